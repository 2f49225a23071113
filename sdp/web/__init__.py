"""Pages of one look: what the test environment and the outbox show in a browser."""
