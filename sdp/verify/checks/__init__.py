"""Checks of a set-up, by subject."""
