"""The parts of an answer, found by namespace and place; nothing in them is verified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sdp.errors import UnreadableAnswerError
from sdp.krr.soap import names
from sdp.xmlsec.namespaces import ENV, PREFIXES

if TYPE_CHECKING:
    from lxml import etree

_PREFIXES: Final = {**PREFIXES, "wsse11": names.WSSE11, "xenc": names.XENC}


@dataclass(frozen=True, slots=True)
class Answer:
    """A SOAP 1.2 envelope with WS-Security, as it came."""

    root: etree._Element
    security: etree._Element
    body: etree._Element
    signature: etree._Element
    timestamp: etree._Element
    confirmation: etree._Element


def read_answer(root: etree._Element) -> Answer:
    """Find the parts that an answer must have, each in its place and only once.

    Raises:
        UnreadableAnswerError: one is missing, or is there twice.
    """
    if root.tag != f"{{{ENV}}}Envelope":
        raise UnreadableAnswerError("The answer is not a SOAP 1.2 envelope.")
    security = only(root, "env:Header/wsse:Security")
    return Answer(
        root=root,
        security=security,
        body=only(root, "env:Body"),
        signature=only(security, "ds:Signature"),
        timestamp=only(security, "wsu:Timestamp"),
        confirmation=only(security, "wsse11:SignatureConfirmation"),
    )


def only(parent: etree._Element, path: str) -> etree._Element:
    """Return the one element on the path.

    Raises:
        UnreadableAnswerError: there are none or several.
    """
    found = parent.findall(path, _PREFIXES)
    if len(found) != 1:
        name = path.rpartition("/")[2].rpartition(":")[2]
        raise UnreadableAnswerError(f"The answer must have one {name}, and has {len(found)}.")
    return found[0]
