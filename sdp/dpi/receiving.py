"""Receipts at the access point: listed, read, and marked as read. All of it is safe to repeat."""

from __future__ import annotations

import binascii
import hashlib
import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, urlencode, urlsplit

from sdp.domain import Kvitteringsreferanse, Prioritet
from sdp.dpi import names
from sdp.dpi.answers import ask, expect, read_json, unreadable
from sdp.dpi.kvittering import read_kvittering
from sdp.dpi.reading import inner, read_document, uuid
from sdp.errors import CertificateError, SignatureError, UnreadableAnswerError
from sdp.gate.identifiers import is_uuid
from sdp.wire import SetAside

if TYPE_CHECKING:
    from sdp.domain import Kvittering
    from sdp.dpi.settings import DpiSettings
    from sdp.maskinporten import Token
    from sdp.transport.effects import Flow
    from sdp.wire import Ko, Parties, Signers


_DEFAULT_PORT: Final = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Listed:
    """A message that the access point lists. Nothing in it is verified.

    Attributes:
        raw: what is listed, as JSON.
        forretningsmelding: the signed message; None where there is none.
        downloadurl: where the access point keeps its package. Receipts have none, so it is never
            followed.
    """

    raw: bytes = field(repr=False)
    forretningsmelding: str | None = field(repr=False)
    downloadurl: str | None = field(repr=False)

    @property
    def key(self) -> bytes:
        """The same for the same message, however often it is listed."""
        message = self.forretningsmelding
        known_by = self.raw if message is None else _bytes(message)
        return hashlib.sha256(known_by).digest()


def fetch_page(
    settings: DpiSettings, ko: Ko, page: int | None, token: Token
) -> Flow[tuple[Listed, ...]]:
    """Ask for one page of what waits; the first where `page` is None.

    Raises:
        UnauthorizedError: the token is not accepted.
        ProblemError: the access point refused.
        UnreadableAnswerError: what came is no list.
        WireError: no answer came; safe to repeat.
    """
    asked = {
        "avsenderidentifikator": ko.avsenderidentifikator,
        "kanal": settings.kanal,
        "page_size": str(settings.page_size),
        "page": None if page is None else str(page),
    }
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    response = yield from ask("GET", f"{settings.root}/messages/in?{query}", token)
    expect(response, HTTPStatus.OK, HTTPStatus.NO_CONTENT)
    if response.status == HTTPStatus.NO_CONTENT:
        return ()
    messages = read_json(response)
    if not isinstance(messages, list):
        raise unreadable("The access point's answer is not a list of messages.")
    return tuple(_listed(message) for message in messages)


def read(
    listed: Listed, settings: DpiSettings, parties: Parties, signers: Signers
) -> Kvittering | SetAside:
    """Verify and read a receipt, or tell why it cannot be."""
    own = (parties.databehandler, settings.consumer_org or parties.databehandler)
    try:
        kvittering = read_kvittering(
            _message(listed),
            trust=parties.trust,
            moment=parties.clock(),
            signers=signers,
            receivers=own,
        )
        _refuse_other_id(kvittering, listed, settings)
    except (UnreadableAnswerError, SignatureError, CertificateError) as reason:
        found = listed_id(listed.forretningsmelding, listed.downloadurl, root=settings.root)
        return SetAside(reason, listed.raw, None if found is None else _referanse(found))
    return kvittering


def mark_read(settings: DpiSettings, message_id: str, token: Token) -> Flow[None]:
    """Take a message off the list. One that is not there has been taken off already.

    Raises:
        UnauthorizedError: the token is not accepted.
        ProblemError: the access point refused.
        WireError: no answer came; safe to repeat.
    """
    response = yield from ask("POST", f"{settings.root}/messages/in/{message_id}/read", token)
    expect(response, HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND)


def _message(listed: Listed) -> str:
    message = listed.forretningsmelding
    if message is None or not message.isascii():
        raise UnreadableAnswerError("The access point lists something that is not a message.")
    return message


def _refuse_other_id(kvittering: Kvittering, listed: Listed, settings: DpiSettings) -> None:
    # Whoever signs a receipt chooses its id, and must not have another message marked as read.
    kept = kept_id(listed.downloadurl, settings.root)
    if kept is not None and kept != kvittering.meldings_id:
        raise UnreadableAnswerError(
            "The access point lists the receipt under another id than the one that is signed."
        )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogatepass")  # JSON may hold half a character


def _referanse(message_id: str) -> Kvitteringsreferanse:
    return Kvitteringsreferanse(message_id=message_id, prioritet=Prioritet.NORMAL)


def _listed(message: Any) -> Listed:
    raw = _bytes(json.dumps(message, ensure_ascii=False))
    given = message if isinstance(message, dict) else {}
    found = [given.get(name) for name in ("forretningsmelding", "downloadurl")]
    return Listed(raw, *(value if isinstance(value, str) else None for value in found))


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
