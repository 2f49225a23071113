"""The parts of a SOAP envelope that everything else is read from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sdp.testmiljo import names
from sdp.testmiljo.checks.rejection import policy, unreadable
from sdp.testmiljo.checks.xml import exactly_one, local_name, parse

if TYPE_CHECKING:
    from lxml import etree

_UNDERSTAND = f"{{{names.ENV}}}mustUnderstand"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A SOAP 1.2 envelope with the two headers of the profile."""

    root: etree._Element
    security: etree._Element
    messaging: etree._Element
    body: etree._Element


def read_envelope(data: bytes) -> Envelope:
    """Parse an envelope and find its parts.

    Raises:
        HttpRejection: it is not XML, or not a SOAP 1.2 envelope.
        EbmsRejection: a header is missing or doubled.
    """
    root = parse(data)
    if root is None or root.tag != f"{{{names.ENV}}}Envelope":
        raise unreadable("the message is not a SOAP 1.2 envelope in plain XML")
    header = exactly_one(root, "env:Header", unreadable)
    envelope = Envelope(
        root=root,
        security=exactly_one(header, "wsse:Security", policy),
        messaging=exactly_one(header, "eb:Messaging", policy),
        body=exactly_one(root, "env:Body", unreadable),
    )
    for element in (envelope.security, envelope.messaging):
        if element.get(_UNDERSTAND) not in ("true", "1"):
            raise policy(f"{local_name(element)} must say mustUnderstand")
    return envelope
