"""Words of others, redacted so that they can be shown and logged."""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 500
_MOST_READ: Final = 4000
_PRIVATE: Final = re.compile(
    r"(?<![\d-])\d{6} ?\d{5}(?![\d-])"  # personidentifikator
    r"|(?<![\w+-])(?:(?:\+|00)?47 ?)?\d{8}(?![\w-])|\+\d{9,15}"  # mobile number
    r"|\bey[\w-]{6,}(?:\.[\w-]*)*"  # token, whole or cut off
    r"|[\w.+=~-]{40,}",  # anything else that is long and opaque, such as a key
    re.ASCII,
)


def presentable(words: object) -> str:
    """Shorten somebody's words to one line that shows no personal data and no secret.

    What is not text says nothing. Identifiers of messages (UUID) stay readable.
    """
    if not isinstance(words, str):
        return ""
    read = words[:_MOST_READ].split(" ")
    if len(words) > _MOST_READ:
        read[-1] = "***"  # it may be half of a secret that nothing tells as such
    text = "".join(one if one.isprintable() else " " for one in " ".join(read))
    line = " ".join("***" if "@" in word else word for word in text.split())
    return _PRIVATE.sub("***", line)[:_LONGEST]
