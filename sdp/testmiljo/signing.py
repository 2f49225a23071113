"""Signs what the environment sends, with libxmlsec: a hand the library does not sign with."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

import xmlsec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from lxml import etree

from sdp.domain import TekniskMottaker
from sdp.testmiljo import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_ID = f"{{{names.WSU}}}Id"


@dataclass(frozen=True, slots=True)
class Actor:
    """An organisation of the environment, with its key."""

    organisasjonsnummer: str
    certificate: x509.Certificate
    key: RSAPrivateKey

    def as_mottaker(self) -> TekniskMottaker:
        """Return the organisation as a letter names it."""
        return TekniskMottaker(
            organisasjonsnummer=self.organisasjonsnummer, sertifikat=self.certificate
        )

    def base64_certificate(self) -> str:
        """Return the certificate as XML carries it."""
        return base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()


def sign_enveloped(signed: etree._Element, actor: Actor) -> None:
    """Put a signature over the whole document first in `signed`."""
    signature = _template({"": names.ENVELOPED})
    data = etree.SubElement(_key_info(signature), _ds("X509Data"))
    etree.SubElement(data, _ds("X509Certificate")).text = actor.base64_certificate()
    signed.insert(0, signature)
    _context(actor).sign(signature)


def sign_envelope(
    security: etree._Element, elements: Mapping[str, etree._Element], actor: Actor, token_id: str
) -> etree._Element:
    """Put a signature over each element, by its `wsu:Id`, last in the WS-Security header."""
    signature = _template({f"#{identifier}": names.EXCLUSIVE_C14N for identifier in elements})
    reference = etree.SubElement(
        _key_info(signature), f"{{{names.WSSE}}}SecurityTokenReference", nsmap={"wsse": names.WSSE}
    )
    etree.SubElement(
        reference, f"{{{names.WSSE}}}Reference", URI=f"#{token_id}", ValueType=names.X509_TYPE
    )
    security.append(signature)
    context = _context(actor)
    for identifier, element in elements.items():
        element.set(_ID, identifier)
        context.register_id(element, "Id", names.WSU)
    context.sign(signature)
    return signature


def _template(references: Mapping[str, str]) -> etree._Element:
    signature = etree.Element(_ds("Signature"), nsmap={None: names.DS})
    signed_info = etree.SubElement(signature, _ds("SignedInfo"))
    _algorithm(signed_info, "CanonicalizationMethod", names.EXCLUSIVE_C14N)
    _algorithm(signed_info, "SignatureMethod", names.RSA_SHA256)
    for uri, transform in references.items():
        reference = etree.SubElement(signed_info, _ds("Reference"), URI=uri)
        _algorithm(etree.SubElement(reference, _ds("Transforms")), "Transform", transform)
        _algorithm(reference, "DigestMethod", names.SHA256)
        etree.SubElement(reference, _ds("DigestValue"))
    etree.SubElement(signature, _ds("SignatureValue"))
    return signature


def _key_info(signature: etree._Element) -> etree._Element:
    return etree.SubElement(signature, _ds("KeyInfo"))


def _algorithm(parent: etree._Element, name: str, algorithm: str) -> None:
    etree.SubElement(parent, _ds(name), Algorithm=algorithm)


def _ds(name: str) -> str:
    return f"{{{names.DS}}}{name}"


def _context(actor: Actor) -> xmlsec.SignatureContext:
    context = xmlsec.SignatureContext()
    pem = actor.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem)
    return context
