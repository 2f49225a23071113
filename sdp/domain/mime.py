"""The MIME types a letter may hold."""

from __future__ import annotations

from pathlib import PurePath
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import AfterValidator

from sdp.errors import InvalidInputError, Problem

PDF: Final = "application/pdf"
HTML: Final = "text/html"

_OPENDOCUMENT = "application/vnd.oasis.opendocument"
_OOXML = "application/vnd.openxmlformats-officedocument"

MIME_TYPE_BY_SUFFIX: Final = MappingProxyType(
    {
        ".pdf": PDF,
        ".html": HTML,
        ".htm": HTML,
        ".txt": "text/plain",
        ".odf": f"{_OPENDOCUMENT}.formula",
        ".odt": f"{_OPENDOCUMENT}.text",
        ".ods": f"{_OPENDOCUMENT}.spreadsheet",
        ".odp": f"{_OPENDOCUMENT}.presentation",
        ".odg": f"{_OPENDOCUMENT}.graphics",
        ".gif": "image/gif",
        ".jpg": "image/jpeg",
        ".jpeg": "image/jpeg",
        ".png": "image/png",
        ".doc": "application/msword",
        ".docx": f"{_OOXML}.wordprocessingml.document",
        ".xlsx": f"{_OOXML}.spreadsheetml.sheet",
        ".pptx": f"{_OOXML}.presentationml.presentation",
        ".zip": "application/octet-stream",
    }
)

ALLOWED_MIME_TYPES: Final = frozenset({*MIME_TYPE_BY_SUFFIX.values(), "application/ehf+xml"})


def guess_mime_type(filnavn: str) -> str:
    """Guess the MIME type from the ending of a file name.

    Raises:
        InvalidInputError: the ending is not a known one.
    """
    try:
        return MIME_TYPE_BY_SUFFIX[PurePath(filnavn).suffix.lower()]
    except KeyError:
        rule = f"cannot be told from the ending of the file name {filnavn!r}"
        raise InvalidInputError(
            "Dokument",
            [Problem("mime_type", rule)],
            remedy=f"Give mime_type, one of {', '.join(sorted(ALLOWED_MIME_TYPES))}.",
        ) from None


def _allowed(value: str) -> str:
    if value in ALLOWED_MIME_TYPES:
        return value
    raise ValueError(f"must be one of {', '.join(sorted(ALLOWED_MIME_TYPES))}")


MimeType = Annotated[str, AfterValidator(_allowed)]
