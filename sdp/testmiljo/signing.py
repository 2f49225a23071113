"""Signatures and encryption of what the environment sends: XML and JSON signed, XML encrypted.

The library signs canonical text that it has written; here trees are canonicalized by libxml2, so
that a mistake on one side is caught by the other.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import xmlsec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from sdp.domain import TekniskMottaker
from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.names import DS, PREFIXES, WSSE
from sdp.testmiljo.validators.xml import exclusive

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_XENC = "http://www.w3.org/2001/04/xmlenc#"
_WSSE11 = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
_ENCRYPTED_KEY = "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#EncryptedKey"
_KEY_ID = "EK-1"
_HASHES = {"RS256": hashes.SHA256(), "RS512": hashes.SHA512()}
_ID = f"{{{names.WSU}}}Id"


@dataclass(frozen=True)
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

    @cached_property
    def base64_certificate(self) -> str:
        """The certificate as XML and JSON carry it."""
        return base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()


def sign_enveloped(signed: etree._Element, actor: Actor) -> None:
    """Put a signature over the whole document first in `signed`."""
    root = signed.getroottree().getroot()
    document = etree.tostring(root, method="c14n", with_comments=False)
    signature = _template({"": (names.ENVELOPED, document)})
    data = etree.SubElement(_key_info(signature), _ds("X509Data"))
    etree.SubElement(data, _ds("X509Certificate")).text = actor.base64_certificate
    signed.insert(0, signature)
    _sign(signature, actor)


def sign_envelope(
    security: etree._Element, elements: Mapping[str, etree._Element], actor: Actor, token_id: str
) -> etree._Element:
    """Put a signature over each element, by its `wsu:Id`, last in the WS-Security header."""
    for identifier, element in elements.items():
        element.set(_ID, identifier)
    signature = _template(
        {
            f"#{identifier}": (names.EXCLUSIVE_C14N, exclusive(element))
            for identifier, element in elements.items()
        }
    )
    reference = etree.SubElement(
        _key_info(signature), f"{{{names.WSSE}}}SecurityTokenReference", nsmap={"wsse": names.WSSE}
    )
    etree.SubElement(
        reference, f"{{{names.WSSE}}}Reference", URI=f"#{token_id}", ValueType=names.X509_TYPE
    )
    security.append(signature)
    _sign(signature, actor)
    return signature


def _template(references: Mapping[str, tuple[str, bytes]]) -> etree._Element:
    """Write a signature without its value over contents, each with its transform, by their URIs."""
    signature = etree.Element(_ds("Signature"), nsmap={None: names.DS})
    signed_info = etree.SubElement(signature, _ds("SignedInfo"))
    _algorithm(signed_info, "CanonicalizationMethod", names.EXCLUSIVE_C14N)
    _algorithm(signed_info, "SignatureMethod", names.RSA_SHA256)
    for uri, (transform, content) in references.items():
        reference = etree.SubElement(signed_info, _ds("Reference"), URI=uri)
        _algorithm(etree.SubElement(reference, _ds("Transforms")), "Transform", transform)
        _algorithm(reference, "DigestMethod", names.SHA256)
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        etree.SubElement(reference, _ds("DigestValue")).text = digest
    etree.SubElement(signature, _ds("SignatureValue"))
    return signature


def _key_info(signature: etree._Element) -> etree._Element:
    return etree.SubElement(signature, _ds("KeyInfo"))


def _algorithm(parent: etree._Element, name: str, algorithm: str) -> None:
    etree.SubElement(parent, _ds(name), Algorithm=algorithm)


def _ds(name: str) -> str:
    return f"{{{names.DS}}}{name}"


def _sign(signature: etree._Element, actor: Actor) -> None:
    """Put in the value of a signature, which stands where it is to stand."""
    signed_info, value = signature[0], signature[1]
    signed = actor.key.sign(exclusive(signed_info), PKCS1v15(), hashes.SHA256())
    value.text = base64.b64encode(signed).decode()


def encrypt_body(root: etree._Element, recipient: x509.Certificate) -> None:
    """Encrypt the content of a SOAP body for one holder, with the key first in the header.

    AES-256-CBC, its key wrapped with RSA-OAEP (MGF1 with SHA-1): what Oppslagstjenesten sends.
    """
    body = root.find("env:Body", PREFIXES)
    security = root.find("env:Header/wsse:Security", PREFIXES)
    if body is None or security is None:
        raise ValueError("the envelope has no body or no security header")
    data = xmlsec.template.encrypted_data_create(
        body, xmlsec.constants.TransformAes256Cbc, type=xmlsec.constants.TypeEncContent, ns="xenc"
    )
    data.set("Id", "ED-1")
    xmlsec.template.encrypted_data_ensure_cipher_value(data)
    key_info = xmlsec.template.encrypted_data_ensure_key_info(data, ns="ds")
    wrapped = xmlsec.template.add_encrypted_key(key_info, xmlsec.constants.TransformRsaOaep)
    xmlsec.template.encrypted_data_ensure_cipher_value(wrapped)
    context = xmlsec.EncryptionContext(_manager(recipient))
    context.key = xmlsec.Key.generate(
        xmlsec.constants.KeyDataAes, 256, xmlsec.constants.KeyDataTypeSession
    )
    context.encrypt_xml(data, body)
    (key,) = root.iter(f"{{{_XENC}}}EncryptedKey")
    key.set("Id", _KEY_ID)
    key.insert(1, _holder(recipient))
    references = etree.SubElement(key, f"{{{_XENC}}}ReferenceList")
    etree.SubElement(references, f"{{{_XENC}}}DataReference", URI="#ED-1")
    key_info.append(_where_the_key_is())
    security.insert(0, key)


def _manager(recipient: x509.Certificate) -> xmlsec.KeysManager:
    manager = xmlsec.KeysManager()
    pem = recipient.public_bytes(Encoding.PEM)
    manager.add_key(xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem))
    return manager


def _where_the_key_is() -> etree._Element:
    token = etree.Element(f"{{{WSSE}}}SecurityTokenReference", nsmap={"wsse": WSSE})
    token.set(f"{{{_WSSE11}}}TokenType", _ENCRYPTED_KEY)
    etree.SubElement(token, f"{{{WSSE}}}Reference", URI=f"#{_KEY_ID}")
    return token


def _holder(recipient: x509.Certificate) -> etree._Element:
    """Name the recipient's certificate by issuer and serial number."""
    key_info = etree.Element(f"{{{DS}}}KeyInfo", nsmap={"ds": DS})
    token = etree.SubElement(key_info, f"{{{WSSE}}}SecurityTokenReference", nsmap={"wsse": WSSE})
    data = etree.SubElement(token, f"{{{DS}}}X509Data")
    issuer_serial = etree.SubElement(data, f"{{{DS}}}X509IssuerSerial")
    etree.SubElement(
        issuer_serial, f"{{{DS}}}X509IssuerName"
    ).text = recipient.issuer.rfc4514_string()
    etree.SubElement(issuer_serial, f"{{{DS}}}X509SerialNumber").text = str(recipient.serial_number)
    return key_info


def sign(
    payload: dict[str, Any], key: RSAPrivateKey, algorithm: str = "RS256", **header: object
) -> str:
    """Sign a JSON object. `algorithm` is RS256 or RS512."""
    fields = {"alg": algorithm, **header}
    signed = b".".join(_encoded(json.dumps(part).encode()) for part in (fields, payload))
    signature = key.sign(signed, PKCS1v15(), _HASHES[algorithm])
    return (signed + b"." + _encoded(signature)).decode("ascii")


def sign_as(actor: Actor, payload: dict[str, Any], algorithm: str = "RS256") -> str:
    """Sign a JSON object with the certificate of an actor in `x5c`."""
    return sign(payload, actor.key, algorithm, typ="JWT", x5c=[actor.base64_certificate])


def _encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
