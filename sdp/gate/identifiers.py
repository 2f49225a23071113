"""Identifiers from outside: UUIDs in one canonical form, organisation numbers, and opaque ids."""

from __future__ import annotations

import os
import re
import unicodedata
from functools import lru_cache
from operator import mul
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from uuid import UUID

LONGEST_ID: Final = 255
"""The most characters of an opaque id: RFC 5322 message ids stay far below it."""

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_VARIANTS: Final = "89ab"
_NINE_DIGITS: Final = re.compile("[0-9]{9}")
_WEIGHTS: Final = (3, 2, 7, 6, 5, 4, 3, 2, 1)
"""Of the nine digits; the last is the control digit (MOD-11)."""
_LINE_BREAKS: Final = frozenset({"Zl", "Zp"})


def canonical_uuid(value: UUID | str) -> str:
    """Return a UUID as it is compared, looked up and stored: ASCII, with hyphens, in lower case.

    Only the plain form of RFC 9562, section 4, is read, in either case. `uuid.UUID` and the UUID
    types of databases also take braces, `urn:uuid:`, missing hyphens and digits of other scripts
    for the same UUID; two readers that disagree on what is the same are a way past a comparison.

    Raises:
        ValueError: it is written in another form; the text is the rule.
    """
    written = str(value)
    if not _UUID.fullmatch(written):
        raise ValueError("must be a UUID in its plain form with hyphens")
    return written.lower()


def new_uuid() -> str:
    """Make a random UUID in its canonical form (RFC 9562, section 5.4).

    A message has five. `str(uuid.uuid4())` takes three times as long, by way of a large number.
    """
    digits = os.urandom(16).hex()
    variant = _VARIANTS[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def is_uuid(value: str) -> bool:
    """Tell whether a text is a UUID in its plain form, upper or lower case."""
    return _UUID.fullmatch(value) is not None


def is_organisasjonsnummer(value: str) -> bool:
    """Tell whether a text is nine digits, the last of them the control digit of the others.

    Source: the register of legal entities.
    """
    return _NINE_DIGITS.fullmatch(value) is not None and _control_digit_holds(value)


@lru_cache(maxsize=256)  # a sender meets few organisations, and each of them several times a letter
def _control_digit_holds(number: str) -> bool:
    weighed: int = sum(map(mul, _WEIGHTS, map(int, number)))
    return weighed % 11 == 0


def opaque_id(written: str) -> str:
    """Return an id that is compared as it stands, and never interpreted.

    Raises:
        ValueError: it is blank or longer than 255 characters, or holds control, formatting or
            unassigned characters or line breaks; the text is the rule.
    """
    if not written.strip():
        raise ValueError("must not be blank")
    if len(written) > LONGEST_ID:
        raise ValueError(f"must be at most {LONGEST_ID} characters")
    if not written.isascii() or not written.isprintable():
        for character in written:
            category = unicodedata.category(character)
            if category.startswith("C") or category in _LINE_BREAKS:
                raise ValueError("must not hold control characters")
    return written
