"""File names that are safe on every system, and the MIME types their endings stand for."""

from __future__ import annotations

import re
import unicodedata
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import AfterValidator

from sdp.domain._verdi import tekst
from sdp.errors import InvalidInputError, Problem

MAX_LENGTH = 100

_RESERVED = frozenset({"manifest.xml", "mimetype", "meta-inf"})
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"}
)
_PATH_CHARACTERS = frozenset("/\\:")
_BIDIRECTIONAL = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def collision_key(filnavn: str) -> str:
    """Return what two names have in common when a receiver could take them for the same file."""
    folded = unicodedata.normalize("NFD", filnavn).casefold()
    return unicodedata.normalize("NFC", folded)


def check_filnavn(value: str) -> str:
    """Return a safe file name unchanged.

    Raises:
        ValueError: with the broken rule.
    """
    if not value.isprintable() and any(unicodedata.category(each) == "Cc" for each in value):
        raise ValueError("must not contain control characters")
    if not _BIDIRECTIONAL.isdisjoint(value):
        raise ValueError("must not contain characters that turn the direction of writing")
    if not _PATH_CHARACTERS.isdisjoint(value):
        raise ValueError("must be a plain file name without / \\ or :")
    if ".." in value:
        raise ValueError("must not contain two dots in a row")
    if value != value.strip().strip("."):
        raise ValueError("must not begin or end with a space or a dot")
    key = collision_key(value)
    if key in _RESERVED:
        raise ValueError("must not be a name the package itself uses")
    if key.partition(".")[0].rstrip() in _DEVICES:
        raise ValueError("must not be the name of a Windows device")
    return value


Filnavn = Annotated[str, tekst(4, MAX_LENGTH), AfterValidator(check_filnavn)]
"""4..100 characters. Source: sdp-manifest.xsd, Dokument/@href, and the mailboxes' own rules."""


PDF: Final = "application/pdf"
HTML: Final = "text/html"

# As pathlib has it: a name that begins with its only dot has no ending.
_ENDING: Final = re.compile(r"[^/\\](\.[^./\\]+)\Z")

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
    ending = _ENDING.search(filnavn)
    try:
        return MIME_TYPE_BY_SUFFIX[ending[1].lower() if ending else ""]
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
