"""Mailbox providers and the printer, on either wire."""
