"""The contact register, over REST and over SOAP."""
