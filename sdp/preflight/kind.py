"""Kind of a file by its first bytes, to be compared with what its name says."""

from __future__ import annotations

import re
from typing import Final

from sdp.domain.filnavn import MIME_TYPE_BY_SUFFIX

HEAD: Final = 64 * 1024
"""How many bytes at the start of a file are looked at."""

_PDF_WITHIN: Final = 1024
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_OFFICE: Final = "EncryptedPackage".encode("utf-16-le")
_OPENDOCUMENT: Final = re.compile(rb"mimetype(application/vnd\.oasis\.opendocument\.[a-z-]+)")
_OOXML: Final = (
    (b"word/", MIME_TYPE_BY_SUFFIX[".docx"]),
    (b"xl/", MIME_TYPE_BY_SUFFIX[".xlsx"]),
    (b"ppt/", MIME_TYPE_BY_SUFFIX[".pptx"]),
)
_MARKUP: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*|<!--(?:(?!-->)[\s\S])*-->\s*)*"
    rb"<(?:!doctype\s+html|html|head|body|meta|p|h1|div|table)[\s>]",
    re.IGNORECASE,
)
_XML: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml\s")
ZIP: Final = MIME_TYPE_BY_SUFFIX[".zip"]
ENCRYPTED_OFFICE: Final = "application/x-encrypted-office"
XML: Final = "application/xml"


def sniff(head: bytes) -> str | None:
    """Tell the MIME type of a file by its first 64 KiB; None where nothing is recognised.

    Text and HTML of no particular beginning are not recognised.
    """
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return MIME_TYPE_BY_SUFFIX[".pdf"]
    for magic, suffix in (
        (b"\x89PNG\r\n\x1a\n", ".png"),
        (b"\xff\xd8\xff", ".jpg"),
        (b"GIF87a", ".gif"),
        (b"GIF89a", ".gif"),
    ):
        if head.startswith(magic):
            return MIME_TYPE_BY_SUFFIX[suffix]
    if head.startswith(b"PK\x03\x04"):
        return _of_zip(head)
    if head.startswith(_OLE):
        return ENCRYPTED_OFFICE if _ENCRYPTED_OFFICE in head else MIME_TYPE_BY_SUFFIX[".doc"]
    if _MARKUP.match(head):
        return MIME_TYPE_BY_SUFFIX[".html"]
    return XML if _XML.match(head) else None


def is_text(head: bytes) -> bool:
    """Tell if the start of a file can be plain text: it holds no NUL."""
    return b"\0" not in head


def _of_zip(head: bytes) -> str:
    opendocument = _OPENDOCUMENT.search(head[:200])
    if opendocument is not None:
        return opendocument[1].decode("ascii")
    if b"[Content_Types].xml" in head:
        for folder, mime_type in _OOXML:
            if folder in head:
                return mime_type
    return ZIP
