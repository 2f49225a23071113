"""What the blocking and the async client share: everything but who waits, and how."""
