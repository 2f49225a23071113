"""Receipts at the access point: listed, read, and marked as read. All of it is safe to repeat."""

from __future__ import annotations

import binascii
import hashlib
import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from sdp.domain import Kvitteringsreferanse, Prioritet
from sdp.dpi import names
from sdp.dpi.answers import ask, expect, read_json, unreadable
from sdp.dpi.kvittering import read_kvittering
from sdp.dpi.reading import inner, read_document, uuid
from sdp.errors import CertificateError, SignatureError, UnreadableAnswerError
from sdp.gate import canonical_uuid
from sdp.pki import validating_with_grounds
from sdp.wire import SetAside, with_grounds

if TYPE_CHECKING:
    from sdp.domain import Kvittering
    from sdp.dpi.settings import DpiSettings
    from sdp.maskinporten import Token
    from sdp.transport.effects import Flow
    from sdp.wire import Parties, ReceiptQueue, Signers

_DONE: Final = (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT)
"""What has been asked for is done, or will be (RFC 9110, 15.3)."""

_MOST_LISTED: Final = 10_000
"""Messages on a page. An answer of 16 MiB has room for a tenth of that, where they are signed."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A message that the access point lists. Nothing in it is verified.

    Attributes:
        raw: what is listed, as JSON.
        forretningsmelding: the signed message; None where there is none.
        downloadurl: where the access point keeps its package. Receipts have none, so it is never
            followed; the id in it is the one that the access point knows the message by.
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
    settings: DpiSettings, queue: ReceiptQueue, page: int | None, token: Token
) -> Flow[tuple[Listed, ...]]:
    """Ask for one page of what waits; the first where `page` is None.

    Raises:
        UnauthorizedError: the token is not accepted.
        ProblemError: the access point refused.
        UnreadableAnswerError: what came is no list.
        WireError: no answer came; safe to repeat.
    """
    asked = {
        "avsenderidentifikator": queue.avsenderidentifikator,
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
    if len(messages) > _MOST_LISTED:
        raise unreadable(f"The access point lists more than {_MOST_LISTED} messages on one page.")
    return tuple(_listed(message) for message in messages)


def read(
    listed: Listed, settings: DpiSettings, parties: Parties, signers: Signers
) -> Flow[Kvittering | SetAside]:
    """Verify and read a receipt, or tell why it cannot be."""
    own = (parties.databehandler, settings.consumer_org or parties.databehandler)
    try:
        # 1. It is signed by one who may, to this organisation, and of a kind that is known.
        kvittering, grounds = yield from validating_with_grounds(
            parties.trust,
            lambda trust: read_kvittering(
                _message(listed),
                trust=trust,
                moment=parties.clock(),
                signers=signers,
                receivers=own,
            ),
        )
        # 2. It is listed under the id that is signed.
        _refuse_other_id(kvittering, listed)
    except (UnreadableAnswerError, SignatureError, CertificateError) as reason:
        found = listed_id(listed.forretningsmelding, listed.downloadurl)
        return SetAside(reason, listed.raw, None if found is None else _referanse(found))
    return with_grounds(kvittering, grounds)


def mark_read(settings: DpiSettings, message_id: str, token: Token) -> Flow[None]:
    """Take a message off the list. One that is not there has been taken off already.

    Raises:
        UnauthorizedError: the token is not accepted.
        ProblemError: the access point refused.
        WireError: no answer came; safe to repeat.
    """
    response = yield from ask("POST", f"{settings.root}/messages/in/{message_id}/read", token)
    expect(response, *_DONE, HTTPStatus.NOT_FOUND)


def _message(listed: Listed) -> str:
    message = listed.forretningsmelding
    if message is None or not message.isascii():
        raise UnreadableAnswerError("The access point lists something that is not a message.")
    return message


def _refuse_other_id(kvittering: Kvittering, listed: Listed) -> None:
    # Whoever signs a receipt chooses its id, and must not have another message marked as read.
    told = told_id(listed.downloadurl)
    if told is None:
        raise UnreadableAnswerError(
            "The access point lists the receipt without the address that names its id "
            "(downloadurl: .../messages/in/<UUID>), so it cannot be compared with the signed one."
        )
    if told != kvittering.meldings_id:
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


def listed_id(token: str | None, downloadurl: str | None) -> str | None:
    """Find the id that a message which was set aside can be marked as read by.

    It stands in the address of its package, and in the message itself, whose writer chose it. Where
    both are there and differ, nobody knows which one is meant.

    Args:
        token: the message, if there is one; not verified.
        downloadurl: the address of its package, if there is one.

    Returns:
        A UUID in canonical form, or None.
    """
    claimed, told = _claimed(token), told_id(downloadurl)
    if claimed and told and claimed != told:
        return None
    return told or claimed


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


def told_id(downloadurl: str | None) -> str | None:
    """Find the id in the address of a package: `.../messages/in/{id}`, with a slash after or not.

    The address may be relative, or name a host that only the access point knows, as behind a
    gateway. It is the access point's own word whatever its host, and is compared, never followed.
    """
    if downloadurl is None:
        return None
    try:
        parts = urlsplit(downloadurl).path.removesuffix("/").split("/")
        return canonical_uuid(parts[-1]) if parts[-3:-1] == ["messages", "in"] else None
    except ValueError:
        return None
