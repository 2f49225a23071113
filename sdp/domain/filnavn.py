"""File names that are safe in a package, on every system that will open it."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator

from sdp.domain._tekst import tekst

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
    if any(unicodedata.category(character) == "Cc" for character in value):
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
