"""Strict JSON (I-JSON, RFC 7493), whose errors say nothing of what it holds."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_json(content: bytes, *, signed: bool = False) -> Any:
    """Parse JSON in UTF-8, in which no name stands twice.

    A byte order mark before an answer is passed over, as RFC 8259, section 8.1, lets a reader do.

    Args:
        content: what came.
        signed: refuse the mark as well, since others that verify the same may not read past it.

    Raises:
        ValueError: it is something else: UTF-16, NaN, too deep to be read.
            What the parser complains of holds the whole text, so it is in neither words nor cause.
    """
    bare = content if signed else content.removeprefix(codecs.BOM_UTF8)
    try:
        return json.loads(bare.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise ValueError("not JSON that everybody reads alike") from None


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    # Of two values for reservasjon, Python would keep the last without a word.
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number")
