"""The page of an outbox: campaigns, letters, and what needs a person, in a browser."""
