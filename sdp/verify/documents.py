"""The documents of the letters that are sent."""

from __future__ import annotations

from sdp.domain import Dokument, Dokumentpakke
from sdp.utskrift.one_page import one_page

TITLE = "Test av digital post"


def documents(*, attachments: int = 0, size: int = 0) -> Dokumentpakke:
    """Make the documents of a test letter.

    Args:
        attachments: how many small text files come with it.
        size: how many bytes the main document is at least.
    """
    return Dokumentpakke(
        hoveddokument=Dokument.from_bytes(
            _filled(one_page([TITLE]), size), filnavn="test.pdf", tittel=TITLE
        ),
        vedlegg=tuple(
            Dokument.from_bytes(b"Test\n", filnavn=f"vedlegg-{n:03}.txt", tittel=f"Vedlegg {n}")
            for n in range(1, attachments + 1)
        ),
    )


def _filled(pdf: bytes, size: int) -> bytes:
    """Lengthen a PDF document with a comment before its end, where readers pass over it."""
    if size <= len(pdf):
        return pdf
    content, startxref, end = pdf.rpartition(b"startxref")
    return content + b"%" + b"0" * (size - len(pdf) - 2) + b"\n" + startxref + end
