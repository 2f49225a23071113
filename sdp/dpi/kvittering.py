"""Receipts: signed business messages from mailbox and printer.

Source: the JSON Schemas of the six receipts. Verified first; only what was signed is read.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sdp.domain import (
    Aapningskvittering,
    Feil,
    Feiltype,
    Kvitteringsreferanse,
    Leveringskvittering,
    Mottakskvittering,
    Prioritet,
    Returpostkvittering,
    VarslingFeiletKvittering,
    Varslingskanal,
)
from sdp.dpi import names
from sdp.dpi.reading import inner, instant, only_item, read_document, text, uuid, word
from sdp.errors import InvalidInputError, UnreadableAnswerError
from sdp.gate import NOT_XML
from sdp.jose import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from sdp.domain import Kvittering
    from sdp.pki import ChainValidator
    from sdp.wire import Signers

E = TypeVar("E", bound=Enum)

_PLAIN: Final[dict[str, Callable[..., Kvittering]]] = {
    "mottakskvittering": Mottakskvittering,
    "leveringskvittering": Leveringskvittering,
    "aapningskvittering": Aapningskvittering,
    "returpostkvittering": Returpostkvittering,
}
_KINDS: Final = frozenset({*_PLAIN, "varslingfeiletkvittering", "feil"})
_PROCESSES: Final = frozenset(map(names.process, ("digital", "utskrift", "flyttet")))
_LONGEST_EXPLANATION: Final = 1000
_ORGANISATION: Final = re.compile(r"0192:(\d{9})", re.ASCII)


def read_kvittering(
    token: str,
    *,
    trust: ChainValidator,
    moment: datetime,
    signers: Signers,
    receivers: Collection[str],
) -> Kvittering:
    """Verify a receipt and read it.

    It must be signed with a trusted certificate of the organisation that it says it is from, or of
    one that may sign for that; and where it is known to whom the letter was sent, that must be the
    same organisation.

    Args:
        token: the JWS, in compact form.
        trust: the trust anchors.
        moment: when the certificate must be valid; aware.
        signers: who may sign which receipts.
        receivers: the organisations one of which it must be to.

    Raises:
        UnreadableAnswerError: it is not a receipt, or not one of the six kinds.
        CertificateError: the signer is not to be trusted, or is another organisation.
        SignatureError: the signature does not hold.
    """
    # 1. The signature holds, and is made with a certificate that is trusted.
    verified = verify(token, trust=trust, moment=moment)
    # 2. What is signed is a header and one body, of the same kind.
    document = inner(read_document(verified.payload), names.DOCUMENT)
    header = inner(document, names.HEADER)
    kind, body = _body(document)
    identification = _identification(header, kind)
    konversasjons_id = _konversasjons_id(header)
    # 3. The signer may sign it.
    signers.check(verified.organisasjonsnummer, _party(header, "sender"), konversasjons_id)
    # 4. It is to this organisation.
    if _party(header, "receiver") not in receivers:
        raise UnreadableAnswerError("The receipt is to another organisation.")
    meldings_id = uuid(identification, "instanceIdentifier")
    values: dict[str, Any] = {
        "meldings_id": meldings_id,
        "konversasjons_id": konversasjons_id,
        "tidspunkt": instant(word(body, "tidspunkt")),
        "avsender": verified.organisasjonsnummer,
        "raw": token.encode("ascii"),
        "referanse": Kvitteringsreferanse(message_id=meldings_id, prioritet=Prioritet.NORMAL),
    }
    try:
        return _kind(kind, body, values)
    except InvalidInputError:
        raise UnreadableAnswerError("A value in the receipt breaks a rule.") from None


def _body(document: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    kinds = [name for name in document if name != names.HEADER]
    if len(kinds) != 1:
        raise UnreadableAnswerError("A message is a header and one body, and this is not.")
    if kinds[0] not in _KINDS:
        raise UnreadableAnswerError("The message is not one of the six receipts.")
    return kinds[0], inner(document, kinds[0])


def _identification(header: dict[str, Any], kind: str) -> dict[str, Any]:
    found = inner(header, "documentIdentification")
    for name, holds in (
        ("headerVersion", word(header, "headerVersion") == names.VERSION),
        ("standard", names.is_standard(word(found, "standard"), kind)),
        ("typeVersion", word(found, "typeVersion") == names.VERSION),
        ("type", word(found, "type") == kind),
    ):
        if not holds:
            raise UnreadableAnswerError(f"{name} of the message is not that of its body.")
    return found


def _konversasjons_id(header: dict[str, Any]) -> str:
    scopes = inner(header, "businessScope").get("scope")
    found = [
        scope
        for scope in (scopes if isinstance(scopes, list) else [])
        if isinstance(scope, dict) and scope.get("type") == names.CONVERSATION
    ]
    if len(found) != 1:
        raise UnreadableAnswerError("The receipt must name one conversation.")
    if word(found[0], "identifier") not in _PROCESSES:
        raise UnreadableAnswerError("The receipt is of a process that is not known here.")
    return uuid(found[0], "instanceIdentifier")


def _party(header: dict[str, Any], name: str) -> str:
    identifier = word(inner(only_item(header, name), "identifier"), "value")
    match = _ORGANISATION.fullmatch(identifier)
    if match is None:
        raise UnreadableAnswerError(f"The receipt names its {name} in a form that is not known.")
    return match[1]


def _kind(kind: str, body: dict[str, Any], values: dict[str, Any]) -> Kvittering:
    match kind:
        case "varslingfeiletkvittering":
            return VarslingFeiletKvittering(
                kanal=_one_of(Varslingskanal, body, "varslingskanal"),
                beskrivelse=_explanation(body, "beskrivelse"),
                **values,
            )
        case "feil":
            return Feil(
                feiltype=_one_of(Feiltype, body, "feiltype"),
                detaljer=_explanation(body, "detaljer"),
                **values,
            )
        case _:
            return _PLAIN[kind](**values)


def _one_of(kind: type[E], body: dict[str, Any], name: str) -> E:
    try:
        return kind(word(body, name).upper())
    except ValueError:
        raise UnreadableAnswerError(f"{name} has an unknown value.") from None


def _explanation(body: dict[str, Any], name: str) -> str | None:
    # DPI has no limit for it and the domain has. A receipt is worth more than its last words, and
    # `raw` has them all.
    found = text(body, name)
    return None if found is None else NOT_XML.sub("\ufffd", found)[:_LONGEST_EXPLANATION]
