"""Strict JSON (I-JSON, RFC 7493), whose errors say nothing of what it holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_json(content: bytes) -> Any:
    """Parse JSON in UTF-8, in which no name stands twice.

    Raises:
        ValueError: it is something else: UTF-16, a byte order mark, NaN, too deep to be read.
            What the parser complains of holds the whole text, so it is in neither words nor cause.
    """
    try:
        return json.loads(
            content.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse
        )
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
