"""Business message of a letter on the ebMS wire, checked against itself and its signature."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.certificates import organisation_of
from sdp.testmiljo.validators.rejection import inconsistent, policy, unauthenticated, unknown_value
from sdp.testmiljo.validators.signatures import check_enveloped, cut_out
from sdp.testmiljo.validators.xml import (
    at_most_one,
    exactly_one,
    instant_of,
    local_name,
    optional_text,
    text_of,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sdp.testmiljo.validators.certificates import Trust

_HEADER = "sbdh:StandardBusinessDocumentHeader"
_IDENTIFICATION = f"{_HEADER}/sbdh:DocumentIdentification"


@dataclass(frozen=True, slots=True)
class BusinessMessage:
    """A letter's business message, verified.

    Attributes:
        meldings_id: the SBDH InstanceIdentifier.
        konversasjons_id: the ConversationId scope.
        databehandler: the organisation that signed.
        teknisk_mottaker: the mailbox provider or printer it is for.
        avsender: the organisation the letter is from.
        fingerprint: the SHA-256 the sender says the package has.
        post: the verified `digitalPost` or `flyttetDigitalPost` element.
        raw: the verified document.
    """

    meldings_id: str
    konversasjons_id: str
    databehandler: str
    teknisk_mottaker: str
    avsender: str
    avsenderidentifikator: str | None
    fingerprint: bytes
    post: etree._Element
    raw: bytes


def read_business_message(body: etree._Element, trust: Trust, moment: datetime) -> BusinessMessage:
    """Read and verify the business message in a SOAP body.

    Raises:
        EbmsRejection: it is incomplete, contradictory, unsigned or signed by somebody else.
    """
    if len(body) != 1:
        raise policy("the body must hold one StandardBusinessDocument and nothing else")
    document = cut_out(exactly_one(body, "sbdh:StandardBusinessDocument", policy))
    raw = etree.tostring(document)
    post = _post(document)
    certificate = check_enveloped(document, post)
    trust.check(certificate, moment, unauthenticated)
    databehandler = _organisation(document, f"{_HEADER}/sbdh:Sender/sbdh:Identifier")
    if organisation_of(certificate) != databehandler:
        raise unauthenticated("the SBDH Sender is not the organisation that signed")
    _check_constants(document)
    return BusinessMessage(
        meldings_id=text_of(document, f"{_IDENTIFICATION}/sbdh:InstanceIdentifier", policy),
        konversasjons_id=_konversasjons_id(document),
        databehandler=databehandler,
        teknisk_mottaker=_organisation(document, f"{_HEADER}/sbdh:Receiver/sbdh:Identifier"),
        avsender=_prefixed(text_of(post, "sdp:avsender/sdp:organisasjon", policy)),
        avsenderidentifikator=optional_text(post, "sdp:avsender/sdp:avsenderidentifikator", policy),
        fingerprint=_fingerprint(post),
        post=post,
        raw=raw,
    )


def is_fysisk(message: BusinessMessage) -> bool:
    """Tell a letter for the printer from a digital one."""
    return at_most_one(message.post, "sdp:fysiskPostInfo", policy) is not None


def _post(document: etree._Element) -> etree._Element:
    children = [child for child in document if isinstance(child.tag, str)]
    if len(children) != 2:
        raise policy("a StandardBusinessDocument is a header and one business message")
    post = children[1]
    if post.tag not in (f"{{{names.SDP}}}digitalPost", f"{{{names.SDP}}}flyttetDigitalPost"):
        raise unknown_value("the business message must be digitalPost or flyttetDigitalPost")
    return post


def _check_constants(document: etree._Element) -> None:
    name = local_name(_post(document))
    for path, expected in (
        (f"{_HEADER}/sbdh:HeaderVersion", "1.0"),
        (f"{_IDENTIFICATION}/sbdh:Standard", names.STANDARD),
        (f"{_IDENTIFICATION}/sbdh:TypeVersion", "1.0"),
        (f"{_IDENTIFICATION}/sbdh:Type", name),
    ):
        if text_of(document, path, policy) != expected:
            raise unknown_value(f"{path.rpartition('/')[2]} must be {expected}")
    instant_of(document, f"{_IDENTIFICATION}/sbdh:CreationDateAndTime", policy)


def _konversasjons_id(document: etree._Element) -> str:
    scope = exactly_one(document, f"{_HEADER}/sbdh:BusinessScope/sbdh:Scope", policy)
    if (
        text_of(scope, "sbdh:Type", policy) != "ConversationId"
        or text_of(scope, "sbdh:Identifier", policy) != names.STANDARD
    ):
        raise unknown_value("the scope must be the ConversationId of urn:no:difi:sdp:1.0")
    return text_of(scope, "sbdh:InstanceIdentifier", policy)


def _organisation(document: etree._Element, path: str) -> str:
    identifier = exactly_one(document, path, policy)
    if identifier.get("Authority") != names.PARTY_TYPE:
        raise unknown_value("the Authority of an organisation must be ISO 6523 9908")
    return _prefixed((identifier.text or "").strip())


def _prefixed(value: str) -> str:
    if not re.fullmatch(r"9908:\d{9}", value):
        raise unknown_value("an organisation is written 9908:<organisation number>")
    return value.removeprefix("9908:")


def _fingerprint(post: etree._Element) -> bytes:
    fingerprint = exactly_one(post, "sdp:dokumentpakkefingeravtrykk", policy)
    if exactly_one(fingerprint, "ds:DigestMethod", policy).get("Algorithm") != names.SHA256:
        raise policy("the fingerprint must be SHA-256")
    try:
        return base64.b64decode(text_of(fingerprint, "ds:DigestValue", policy), validate=True)
    except ValueError as error:
        raise inconsistent("the fingerprint is not base64") from error
