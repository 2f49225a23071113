"""Lists receipts, reads them and marks them as read. All of it is safe to repeat."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sdp.domain import Kvitteringsreferanse, Prioritet
from sdp.dpi.answers import expect, read_json, unreadable
from sdp.dpi.kvittering import read_kvittering
from sdp.dpi.listed_id import kept_id, listed_id
from sdp.dpi.requests import ask
from sdp.errors import CertificateError, SignatureError, UnreadableAnswerError
from sdp.wire import SetAside

if TYPE_CHECKING:
    from sdp.domain import Kvittering
    from sdp.dpi.parties import Parties
    from sdp.dpi.settings import DpiSettings
    from sdp.dpi.signers import Signers
    from sdp.maskinporten import Token
    from sdp.transport.exchange import Exchange
    from sdp.wire import Ko


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
) -> Exchange[tuple[Listed, ...]]:
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


def mark_read(settings: DpiSettings, message_id: str, token: Token) -> Exchange[None]:
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
