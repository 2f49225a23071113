"""Small real documents for tests."""

from __future__ import annotations

from sdp.utskrift.one_page import one_page


def pdf(text: str = "Hei") -> bytes:
    """Make a one-page PDF with one line of text."""
    return one_page([text])
