"""The form a letter has in the tables: JSON that names the type of each value, and no document.

Documents are kept apart, by their digest. A value of `sdp.domain` is written as an object with its
type under `_`, so that fields and types that are added later need nothing here; and it is checked
by its own rules when it is read.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from json.encoder import encode_basestring
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sdp.domain
from sdp.domain import Brev
from sdp.domain._verdi import with_checked
from sdp.errors import UnreadableLetterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_TYPE: Final = "_"
_VALUE: Final = "v"
_KEPT_INSIDE: Final = "dokument"
_KEPT_OUTSIDE: Final = "fil"
_LETTER_IDS: Final = frozenset({"konversasjons_id", "meldings_id"})
_DOCUMENT: Final = re.compile(
    r'\{"_": ?"(?:dokument|fil)", ?"digest": ?"([0-9a-f]+)", ?"size": ?(\d+)'
    r'(?:, ?"path": ?("(?:[^"\\]|\\.)*"))?\}'
)
"""A document as it is written. Within a text of the letter every quotation mark is escaped."""


@dataclass(frozen=True, slots=True)
class Innhold:
    """Place of the bytes of one document: inside by digest, or outside by path and digest."""

    digest: str
    size: int
    path: Path | None = None


class Encoder:
    """Writes letters. Parts that several of them share are written once.

    Args:
        kept: says where the bytes of a source (`Kilde`) are kept.
    """

    def __init__(self, kept: Callable[[Any], Innhold]) -> None:
        self._kept = kept
        self._written: dict[int, tuple[object, str]] = {}

    def encode(self, brev: Brev) -> str:
        """Write a letter without its ids, which have columns of their own."""
        return self._object(brev, without=_LETTER_IDS)

    def _value(self, value: object) -> str:
        match value:
            case None:
                return "null"
            case bool():
                return "true" if value else "false"
            case Enum():
                return f'{{"_":"{type(value).__name__}","v":{json.dumps(value.value)}}}'
            case str():
                return encode_basestring(value)
            case int() | float():
                return json.dumps(value)
            case tuple() | list():
                return f"[{','.join(map(self._value, value))}]"
            case datetime():
                return f'{{"_":"datetime","v":"{value.isoformat()}"}}'
            case date():
                return f'{{"_":"date","v":"{value.isoformat()}"}}'
            case dict():
                return f'{{"_":"dict","v":{self._value(tuple(value.items()))}}}'
            case _:
                return self._shared(value)

    def _shared(self, value: object) -> str:
        known = self._written.get(id(value))
        if known is None:
            is_source = type(value).__name__.endswith("Kilde")
            text = _content(self._kept(value)) if is_source else self._object(value)
            # The value is kept beside its text, or its id could become another's.
            known = self._written[id(value)] = value, text
        return known[1]

    def _object(self, value: Any, *, without: frozenset[str] = frozenset()) -> str:
        # Defaults are written too: what was put is what is sent, whatever a later default is.
        parts = [f'"_":"{type(value).__name__}"']
        parts += [
            f'"{name}":{self._value(each)}'
            for name, each in vars(value).items()
            if each is not None and name not in without
        ]
        return f"{{{','.join(parts)}}}"


def decode(written: str, kilde: Callable[[Innhold], object]) -> Brev:
    """Read a letter that `encode` wrote; its ids are not its own yet.

    Args:
        written: what was written.
        kilde: makes the source of a document from where it is kept.

    Raises:
        UnreadableLetterError: it was written by a newer version of this library, or changed since.
        InvalidInputError: it breaks a rule of the specification.
    """
    try:
        value = _decoded(json.loads(written), kilde)
    except (KeyError, ValueError, TypeError) as error:
        raise _unreadable() from error
    if not isinstance(value, Brev):
        raise _unreadable()
    return value


def of_form(
    brev: Brev, kilder: Sequence[object], *, konversasjons_id: str, meldings_id: str
) -> Brev:
    """Give a letter that was read other documents, and ids of its own. Nothing is checked anew.

    The letter was checked with documents that it had, and these were checked when they were put.

    Args:
        brev: a letter that is written alike but for documents and ids.
        kilder: the sources of its documents, the main one first.
        konversasjons_id: the one that it was put with.
        meldings_id: likewise.
    """
    hoved, *vedlegg = [
        with_checked(dokument, kilde=kilde)
        for dokument, kilde in zip(brev.dokumentpakke.dokumenter, kilder, strict=True)
    ]
    return with_checked(
        brev,
        dokumentpakke=with_checked(brev.dokumentpakke, hoveddokument=hoved, vedlegg=tuple(vedlegg)),
        konversasjons_id=konversasjons_id,
        meldings_id=meldings_id,
    )


def split(written: str) -> tuple[tuple[str, ...], tuple[Innhold, ...]]:
    """Take a letter as it is written apart: what stands around its documents, and the documents.

    Letters of a campaign that differ in their documents alone have the first in common.
    """
    parts = _DOCUMENT.split(written)
    found = zip(parts[1::4], parts[2::4], parts[3::4], strict=True)
    return tuple(parts[::4]), tuple(
        Innhold(digest, int(size), None if path is None else Path(json.loads(path)))
        for digest, size, path in found
    )


def fingerprints(kept: Iterable[Innhold]) -> str:
    """Write what each document of a letter is proved by: size and SHA-256, the main one first."""
    return json.dumps([[each.size, each.digest] for each in kept], separators=(",", ":"))


def _content(innhold: Innhold) -> str:
    path = None if innhold.path is None else str(innhold.path)
    written = {_TYPE: _KEPT_INSIDE, "digest": innhold.digest, "size": innhold.size}
    if path is not None:
        written |= {_TYPE: _KEPT_OUTSIDE, "path": path}
    return json.dumps(written, ensure_ascii=False)


def _innhold(written: Mapping[str, Any]) -> Innhold:
    path = written.get("path")
    return Innhold(written["digest"], written["size"], None if path is None else Path(path))


def _decoded(value: Any, kilde: Callable[[Innhold], object]) -> Any:
    if isinstance(value, list):
        return tuple(_decoded(each, kilde) for each in value)
    if not isinstance(value, dict):
        return value
    match value[_TYPE]:
        case "dokument" | "fil":
            return kilde(_innhold(value))
        case "datetime":
            return datetime.fromisoformat(value[_VALUE])
        case "date":
            return date.fromisoformat(value[_VALUE])
        case "dict":
            return dict(_decoded(pair, kilde) for pair in value[_VALUE])
        case name:
            kind = _domain_type(name)
            if issubclass(kind, Enum):
                return kind(value[_VALUE])
            fields = {key: _decoded(each, kilde) for key, each in value.items() if key != _TYPE}
            return kind(**fields)


@cache
def _domain_type(name: str) -> type[Any]:
    kind = getattr(sdp.domain, name, None)
    if not isinstance(kind, type) or name not in sdp.domain.__all__:
        raise KeyError(name)
    return kind


def _unreadable() -> UnreadableLetterError:
    return UnreadableLetterError(
        "A letter in the outbox cannot be read by this version of the library.",
        remedy="Use the version that put it, or a newer one.",
    )
