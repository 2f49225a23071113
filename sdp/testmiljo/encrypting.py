"""Encrypts with libxmlsec what the environment answers in confidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from sdp.testmiljo.names import DS, PREFIXES, WSSE

if TYPE_CHECKING:
    from cryptography import x509

_XENC = "http://www.w3.org/2001/04/xmlenc#"
_WSSE11 = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
_ENCRYPTED_KEY = "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#EncryptedKey"
_KEY_ID = "EK-1"


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
