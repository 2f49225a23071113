"""The kinds of receipt of each letter, from a folder that `sdp receipts --store` has filled."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Final

from sdp.errors import SdpError
from sdp.xmlsec import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_NAME: Final = re.compile(
    r"\d{8}T\d{6}Z-(?P<kind>mottak|levering|aapning|varslingfeilet|returpost|feil)-"
    r"[0-9a-f]{16}\.(?P<suffix>xml|jwt)"
)
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CONVERSATION: Final = "conversationid"
_LARGEST: Final = 4 * 1024 * 1024


def receipts_in(folder: Path) -> tuple[Mapping[str, frozenset[str]], int]:
    """Read the kinds of receipt, by the konversasjons_id of the letter.

    Receipts were verified when they were stored; they are counted here, not verified again.

    Returns:
        The kinds, and how many files could not be read.
    """
    found: dict[str, set[str]] = {}
    unread = 0
    for path in sorted(folder.iterdir()):
        named = _NAME.fullmatch(path.name)
        if named is None:
            continue
        konversasjons_id = _conversation(path, named["suffix"])
        if konversasjons_id is None:
            unread += 1
        else:
            found.setdefault(konversasjons_id, set()).add(named["kind"])
    return {id_: frozenset(kinds) for id_, kinds in found.items()}, unread


def _conversation(path: Path, suffix: str) -> str | None:
    if path.stat().st_size > _LARGEST:
        return None
    data = path.read_bytes()
    try:
        ids = list(_in_xml(data) if suffix == "xml" else _in_jwt(data))
    except (SdpError, ValueError, RecursionError):
        return None
    valid = {id_.casefold() for id_ in ids if _UUID.fullmatch(id_)}
    return valid.pop() if len(valid) == 1 else None


def _in_xml(data: bytes) -> Iterator[str]:
    for scope in parse(data).iter("{*}Scope"):
        kind, value = scope.findtext("{*}Type"), scope.findtext("{*}InstanceIdentifier")
        if kind and value and kind.casefold() == _CONVERSATION:
            yield value.strip()


def _in_jwt(data: bytes) -> Iterator[str]:
    _, _, rest = data.partition(b".")
    payload, _, _ = rest.partition(b".")
    told = json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
    yield from _scopes(told)


def _scopes(told: object) -> Iterator[str]:
    """Find the conversation of a business message, wherever its scopes lie."""
    if isinstance(told, list):
        for each in told:
            yield from _scopes(each)
    elif isinstance(told, dict):
        if str(told.get("type", "")).casefold() == _CONVERSATION:
            yield str(told.get("instanceIdentifier", ""))
        for each in told.values():
            yield from _scopes(each)
