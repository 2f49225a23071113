"""Under which id the access point lists a message whose signature proves nothing."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode
from typing import Final
from urllib.parse import SplitResult, urlsplit

from sdp.dpi import names
from sdp.dpi.reading import inner, read_document, uuid
from sdp.errors import UnreadableAnswerError
from sdp.gate.identifiers import is_uuid

_DEFAULT_PORT: Final = {"https": 443, "http": 80}


def listed_id(token: str | None, downloadurl: str | None, *, root: str) -> str | None:
    """Find the id that the message can be marked as read by.

    It stands in the message itself, and in the address of its package on the access point's own
    origin. Where both are there and differ, nobody knows which one is meant.

    Args:
        token: the message, if there is one; not verified.
        downloadurl: the address of its package, if there is one.
        root: the root of the access point's API.

    Returns:
        A UUID, or None.
    """
    claimed, kept = _claimed(token), kept_id(downloadurl, root)
    if claimed and kept and claimed != kept:
        return None
    return kept or claimed


def _claimed(token: str | None) -> str | None:
    if token is None or token.count(".") != 2:
        return None
    payload = token.split(".")[1]
    try:
        content = urlsafe_b64decode(payload.encode("ascii") + b"=" * (-len(payload) % 4))
        header = inner(inner(read_document(content), names.DOCUMENT), names.HEADER)
        return uuid(inner(header, "documentIdentification"), "instanceIdentifier")
    except (binascii.Error, ValueError, UnreadableAnswerError):
        return None


def kept_id(downloadurl: str | None, root: str) -> str | None:
    """Find the id in the address of a package on the access point's own origin."""
    if downloadurl is None:
        return None
    try:
        url, own = urlsplit(downloadurl), urlsplit(root)
        is_own = _origin(url) == _origin(own)
    except ValueError:
        return None
    folder, _, last = url.path.rpartition("/")
    is_message = is_own and folder == f"{own.path}/messages/in"
    return last.lower() if is_message and is_uuid(last) else None


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or _DEFAULT_PORT.get(url.scheme)
