"""Validator of a question to Oppslagstjenesten: signed, a moment ago, by somebody known here."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import xmlsec
from lxml import etree

from sdp.testmiljo.validators.certificates import read_certificate
from sdp.testmiljo.validators.names import DS, ENV, PREFIXES, RSA_SHA256, WSU
from sdp.testmiljo.validators.signatures import key_of

if TYPE_CHECKING:
    from cryptography import x509

    from sdp.testmiljo.validators.certificates import Trust

_ID: Final = f"{{{WSU}}}Id"
_CLOCK_SKEW: Final = timedelta(seconds=60)
_ON_BEHALF: Final = "Oppslagstjenesten"


class QuestionProblem(Exception):  # noqa: N818 - it is a finding, told to whoever asked
    """Why a question is not answered."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question that holds.

    Attributes:
        operation: the local name of what is asked for.
        content: the operation's element.
        certificate: who asked; answers are encrypted for it.
        signature_value: what the answer must confirm.
        paa_vegne_av: the organisation that is asked for, if another.
    """

    operation: str
    content: etree._Element = field(repr=False)
    certificate: x509.Certificate
    signature_value: str
    paa_vegne_av: str | None

    def texts(self, name: str) -> list[str]:
        """Return the texts of the parts with a local name."""
        return [part.text or "" for part in self.content.iter(f"{{*}}{name}")]


def read_question(content: bytes, *, trust: Trust, moment: datetime) -> Question:
    """Check a question.

    Raises:
        QuestionProblem: it does not hold, and why.
    """
    root = _parsed(content)
    header, body = _only(root, "env:Header"), _only(root, "env:Body")
    security = _only(header, "wsse:Security")
    signature = _only(security, "ds:Signature")
    certificate = _certificate(_only(security, "wsse:BinarySecurityToken"))
    trust.check(certificate, moment, QuestionProblem)
    timestamp = _only(security, "wsu:Timestamp")
    _check_time(timestamp, moment)
    signed = [timestamp, body]
    on_behalf = [part for part in header if etree.QName(part).localname == _ON_BEHALF]
    signed += on_behalf
    _check_covered(signature, signed)
    _check_signature(root, signature, certificate)
    if len(body) != 1:
        raise QuestionProblem("a question asks one thing")
    return Question(
        operation=etree.QName(body[0]).localname,
        content=body[0],
        certificate=certificate,
        signature_value="".join((_only(signature, "ds:SignatureValue").text or "").split()),
        paa_vegne_av="".join("".join(part.itertext()) for part in on_behalf).strip() or None,
    )


def _parsed(content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise QuestionProblem("the question is not XML") from error
    if root.tag != f"{{{ENV}}}Envelope":
        raise QuestionProblem("the question is not a SOAP 1.2 envelope")
    return root


def _only(parent: etree._Element, name: str) -> etree._Element:
    found = parent.findall(name, PREFIXES)
    if len(found) != 1:
        raise QuestionProblem(f"there must be one {name}, and there are {len(found)}")
    return found[0]


def _certificate(token: etree._Element) -> x509.Certificate:
    try:
        return read_certificate(base64.b64decode(token.text or ""))
    except ValueError as error:
        raise QuestionProblem("the BinarySecurityToken is not a certificate") from error


def _check_time(timestamp: etree._Element, moment: datetime) -> None:
    try:
        created, expires = (
            datetime.fromisoformat(_only(timestamp, name).text or "")
            for name in ("wsu:Created", "wsu:Expires")
        )
        fresh = created - _CLOCK_SKEW <= moment < expires
    except (TypeError, ValueError) as error:
        raise QuestionProblem("the timestamp cannot be read") from error
    if not fresh:
        raise QuestionProblem("the question is not from this moment")


def _check_covered(signature: etree._Element, parts: list[etree._Element]) -> None:
    covered = {
        reference.get("URI", "").removeprefix("#")
        for reference in signature.iter(f"{{{DS}}}Reference")
    }
    for part in parts:
        if part.get(_ID) not in covered:
            raise QuestionProblem(f"{etree.QName(part).localname} is not signed")


def _check_signature(
    root: etree._Element, signature: etree._Element, certificate: x509.Certificate
) -> None:
    method = signature.find("ds:SignedInfo/ds:SignatureMethod", PREFIXES)
    if method is None or method.get("Algorithm") != RSA_SHA256:
        raise QuestionProblem("the signature is not RSA-SHA256")
    context = xmlsec.SignatureContext()
    context.key = key_of(certificate)
    for part in root.iter():
        if isinstance(part.tag, str) and _ID in part.attrib:
            context.register_id(part, "Id", WSU)
    try:
        context.verify(signature)
    except xmlsec.Error as error:
        raise QuestionProblem("the signature does not hold") from error
