"""Receipts: signed business messages from mailbox and printer.

Source: sdp-kvittering.xsd and sdp-feil.xsd.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sdp.domain import (
    Aapningskvittering,
    Feil,
    Feiltype,
    Leveringskvittering,
    Mottakskvittering,
    Returpostkvittering,
    VarslingFeiletKvittering,
    Varslingskanal,
)
from sdp.ebms import names
from sdp.ebms.reading import at_most_one, every, local_name, only, word
from sdp.errors import InvalidInputError, SignatureError, UnreadableAnswerError
from sdp.gate import canonical_uuid, opaque_id
from sdp.pki import Usage, organisasjonsnummer
from sdp.wss import read_instant
from sdp.xmlsec import inclusive, read_certificate, verify
from sdp.xmlsec.names import DS, SBDH, SDP

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from cryptography import x509
    from lxml import etree

    from sdp.domain import Kvittering, Kvitteringsreferanse
    from sdp.pki import ChainValidator
    from sdp.wire import Signers

E = TypeVar("E", bound=Enum)

_HEADER: Final = "sbd:StandardBusinessDocumentHeader"
_IDENTIFICATION: Final = f"{_HEADER}/sbd:DocumentIdentification"
_ORGANISATION: Final = re.compile(r"9908:(\d{9})", re.ASCII)
_BODIES: Final = frozenset({f"{{{SDP}}}kvittering", f"{{{SDP}}}feil"})


def read_kvittering(
    document: etree._Element,
    *,
    trust: ChainValidator,
    moment: datetime,
    signers: Signers,
    referanse: Kvitteringsreferanse,
) -> Kvittering:
    """Verify a receipt and read it.

    Its signature must be over the whole document, and made with a trusted certificate of one who
    may sign it.

    Args:
        document: the StandardBusinessDocument, standing alone.
        trust: the trust anchors.
        moment: when the certificate must be valid; aware.
        signers: who may sign which receipts.
        referanse: how the receipt is to be confirmed.

    Raises:
        UnreadableAnswerError: it is not a receipt, or not one of the six kinds.
        CertificateError: the signer is not to be trusted, or is another organisation.
        SignatureError: the signature does not hold.
    """
    # 1. It is a header and a signed body.
    if document.tag != f"{{{SBDH}}}StandardBusinessDocument":
        raise UnreadableAnswerError("The message does not carry a StandardBusinessDocument.")
    signature = _signature(document)
    # 2. The certificate is trusted, for signing.
    certificate, *issuers = _certificates(signature)
    trust.validate(certificate, moment=moment, usage=Usage.SIGNING, intermediates=issuers)
    # 3. Its key has signed the whole document. From here on only the signed bytes are read.
    verified = verify(signature, {"": document}, certificate=certificate, moment=moment)[""]
    # 4. The header is that of the body.
    header, body = _halves(verified)
    _check_header(header, body)
    konversasjons_id = _konversasjons_id(header)
    # 5. The signer may sign it.
    signer = organisasjonsnummer(certificate)
    signers.check(signer, _sender(verified), konversasjons_id)
    values: dict[str, Any] = {
        "meldings_id": _id(verified, f"{_IDENTIFICATION}/sbd:InstanceIdentifier", opaque_id),
        "konversasjons_id": konversasjons_id,
        "tidspunkt": read_instant(word(body, "sdp:tidspunkt")),
        "avsender": signer,
        "raw": inclusive(document),
        "referanse": referanse,
    }
    try:
        return _kind(body, values)
    except InvalidInputError:
        raise UnreadableAnswerError("A value in the receipt breaks a rule.") from None


def _signature(document: etree._Element) -> etree._Element:
    _, body = _halves(document)
    signature = body[0] if len(body) else body
    if signature.tag != f"{{{DS}}}Signature":
        raise SignatureError("The receipt is not signed, or not in the place it should be.")
    return signature


def _certificates(signature: etree._Element) -> Sequence[x509.Certificate]:
    given = every(signature, "ds:KeyInfo/ds:X509Data/ds:X509Certificate")
    return [read_certificate(each) for each in given or [signature]]


def _halves(document: etree._Element) -> tuple[etree._Element, etree._Element]:
    if len(document) != 2 or document[0].tag != f"{{{SBDH}}}StandardBusinessDocumentHeader":
        raise UnreadableAnswerError("A receipt is a header and one body, and this is not.")
    header, body = document
    if body.tag not in _BODIES:
        raise UnreadableAnswerError("The message is neither a kvittering nor a feil.")
    return header, body


def _check_header(header: etree._Element, body: etree._Element) -> None:
    for path, expected in (
        ("sbd:HeaderVersion", "1.0"),
        ("sbd:DocumentIdentification/sbd:Standard", names.STANDARD),
        ("sbd:DocumentIdentification/sbd:TypeVersion", "1.0"),
        ("sbd:DocumentIdentification/sbd:Type", local_name(body)),
    ):
        if word(header, path) != expected:
            raise UnreadableAnswerError(
                f"{path.rpartition(':')[2]} must be {expected} in the receipt."
            )


def _konversasjons_id(header: etree._Element) -> str:
    scopes = [
        scope
        for scope in every(header, "sbd:BusinessScope/sbd:Scope")
        if word(scope, "sbd:Type") == "ConversationId"
    ]
    if len(scopes) != 1:
        raise UnreadableAnswerError("The receipt must name one conversation.")
    return _id(scopes[0], "sbd:InstanceIdentifier", canonical_uuid)


def _id(parent: etree._Element, path: str, read: Callable[[str], str]) -> str:
    try:
        return read(word(parent, path))
    except ValueError as rule:
        raise UnreadableAnswerError(f"InstanceIdentifier in the receipt {rule}.") from None


def _sender(document: etree._Element) -> str:
    identifier = word(document, f"{_HEADER}/sbd:Sender/sbd:Identifier")
    match = _ORGANISATION.fullmatch(identifier)
    if match is None:
        raise UnreadableAnswerError("The receipt names its sender in a form that is not known.")
    return match[1]


def _kind(body: etree._Element, values: dict[str, Any]) -> Kvittering:
    if local_name(body) == "feil":
        return Feil(
            feiltype=_one_of(Feiltype, body, "sdp:feiltype"),
            detaljer=_text(body, "sdp:detaljer"),
            **values,
        )
    tidspunkt = only(body, "sdp:tidspunkt")
    kinds = [child for child in body if child is not tidspunkt]
    if len(kinds) != 1 or not str(kinds[0].tag).startswith(f"{{{SDP}}}"):
        raise UnreadableAnswerError("The receipt must be of exactly one kind.")
    kind = kinds[0]
    match local_name(kind):
        case "mottak":
            return Mottakskvittering(**values)
        case "levering":
            return Leveringskvittering(**values)
        case "aapning":
            return Aapningskvittering(**values)
        case "varslingfeilet":
            return VarslingFeiletKvittering(
                kanal=_one_of(Varslingskanal, kind, "sdp:varslingskanal"),
                beskrivelse=_text(kind, "sdp:beskrivelse"),
                **values,
            )
        case "returpost":
            return Returpostkvittering(**values)
        case _:
            raise UnreadableAnswerError("The receipt is of a kind that is not known.")


def _one_of(kind: type[E], parent: etree._Element, path: str) -> E:
    try:
        return kind(word(parent, path))
    except ValueError:
        raise UnreadableAnswerError(f"{path.rpartition(':')[2]} has an unknown value.") from None


def _text(parent: etree._Element, path: str) -> str | None:
    found = at_most_one(parent, path)
    return None if found is None else found.text or ""
