"""XAdES verification of `META-INF/signatures.xml` (ETSI TS 101 903).

The result names the signer and the digest that each file must have. The files themselves, of any
size, are digested while they are unpacked.

`sdp.xmlsec` verifies other signatures. It shares the parser and the checks of form with this
module. signxml is not used here: it digests references from memory, does not know the URIs that
the Java client writes, and does not canonicalize an element in its place.
"""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from sdp.dokumentpakke.xades.writer import C14N, SHA1, SIGNED_PROPERTIES_TYPE, XADES
from sdp.errors import SdpError, SignatureError
from sdp.gate import NoOffsetError, read_instant
from sdp.xmlsec import (
    binary_content,
    check_algorithm,
    check_ids,
    has_children,
    parse,
    read_certificate,
)
from sdp.xmlsec.names import DS, RSA_SHA256, SHA256

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

_P = {"ds": DS, "x": XADES}
_ROOTS = frozenset(
    f"{{{namespace}}}XAdESSignatures"
    for namespace in ("http://uri.etsi.org/2918/v1.2.1#", "http://uri.etsi.org/02918/v1.2.1#")
)
_C14N = frozenset({C14N, "http://www.w3.org/2006/12/xml-c14n11"})
_CERT_DIGESTS = {SHA1: hashlib.sha1, SHA256: hashlib.sha256}
_XML = "{http://www.w3.org/XML/1998/namespace}"


@dataclass(frozen=True, slots=True)
class SignedFil:
    """A file as the signature names it."""

    filnavn: str
    sha256: bytes
    mime_type: str | None


@dataclass(frozen=True, slots=True)
class VerifiedXades:
    """A signature that holds. Whether its signer is to be trusted is another matter.

    Attributes:
        certificates: the signer's first, then what it offered of its issuers.
        signing_time: when the signer says it signed.
        filer: the files it covers. Their digests are still to be compared.
    """

    certificates: tuple[x509.Certificate, ...]
    signing_time: datetime
    filer: tuple[SignedFil, ...]


def verify_signatures(data: bytes) -> VerifiedXades:
    """Verify the one signature of a package.

    Form comes first: an element that the profile does not have is refused. References and signed
    properties are then read from the very bytes that were verified.

    Raises:
        SignatureError: it does not hold, or is not of the form the profile demands.
        CertificateError: a certificate in it cannot be read.
    """
    # 1. One signature, of the four parts of the profile, and no id twice.
    root = _parsed(data)
    if root.tag not in _ROOTS or not has_children(root, ["Signature"]):
        raise SignatureError("The package must have exactly one signature.")
    check_ids(root)
    (signature,) = root
    if not has_children(signature, ["SignedInfo", "SignatureValue", "KeyInfo", "Object"]):
        raise SignatureError(
            "The signature of the package must be SignedInfo, SignatureValue, KeyInfo and Object."
        )
    info, value, _, _ = signature
    # 2. SignedInfo: algorithms, a reference to each file without transforms, and a last one to the
    # signed properties.
    _check_form(info)
    # 3. KeyInfo: the signer's certificate, then its issuers.
    certificates = tuple(
        read_certificate(found)
        for found in signature.findall("ds:KeyInfo/ds:X509Data/ds:X509Certificate", _P)
    )
    if not certificates:
        raise SignatureError("The signature of the package holds no certificate.")
    # 4. The signature value, over SignedInfo as it is canonicalized in its place.
    signed_info = _in_place(info)
    _check_signature_value(binary_content(value), signed_info, certificates[0])
    # 5. The signed properties, by the digest in the verified SignedInfo.
    _, _, *files, last = _parsed(signed_info)
    properties = _verified_properties(signature, last)
    # 6. The signer's certificate, as the signed properties name it.
    _check_signer(properties, certificates[0])
    # 7. The kind of each file, and the signing time.
    formats = _formats(properties)
    return VerifiedXades(
        certificates=certificates,
        signing_time=_signing_time(properties),
        filer=tuple(_signed_fil(reference, formats) for reference in files),
    )


def _parsed(data: bytes) -> etree._Element:
    try:
        return parse(data)
    except SdpError as error:
        raise SignatureError(
            f"The signature of the package cannot be parsed. {error.message}"
        ) from None


def _check_form(info: etree._Element) -> None:
    if len(info) < 3:
        raise SignatureError("The signature of the package refers to nothing.")
    canonicalization, method, *references = info
    check_algorithm(canonicalization, "CanonicalizationMethod", _C14N)
    check_algorithm(method, "SignatureMethod", {RSA_SHA256})
    *files, last = references
    if any(reference.tag != f"{{{DS}}}Reference" for reference in references):
        raise SignatureError("SignedInfo must hold references alone, after its two methods.")
    for reference in files:
        if not has_children(reference, ["DigestMethod", "DigestValue"]):
            raise SignatureError("A reference to a file must name it, and have no transforms.")
        check_algorithm(reference[0], "DigestMethod", {SHA256})
    if not has_children(last, ["Transforms", "DigestMethod", "DigestValue"]) or len(last[0]) != 1:
        raise SignatureError("The last reference must be to the signed properties.")
    check_algorithm(last[0][0], "Transform", _C14N)
    check_algorithm(last[1], "DigestMethod", {SHA256})


def _check_signature_value(value: bytes, signed_info: bytes, certificate: x509.Certificate) -> None:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or not 2048 <= key.key_size <= 4096:
        raise SignatureError("The package must be signed with an RSA key of 2048 to 4096 bits.")
    try:
        key.verify(value, signed_info, PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise SignatureError("The signature of the package does not hold.") from None


def _verified_properties(signature: etree._Element, reference: etree._Element) -> etree._Element:
    qualifying = _one(signature, "ds:Object/x:QualifyingProperties")
    if qualifying.get("Target") != f"#{signature.get('Id')}":
        raise SignatureError("The qualifying properties must be of the signature of the package.")
    properties = _one(qualifying, "x:SignedProperties")
    if (
        reference.get("Type") != SIGNED_PROPERTIES_TYPE
        or reference.get("URI") != f"#{properties.get('Id')}"
    ):
        raise SignatureError("The last reference must be to the signed properties.")
    signed_properties = _in_place(properties)
    if binary_content(reference[2]) != hashlib.sha256(signed_properties).digest():
        raise SignatureError("The signed properties of the package have been changed.")
    return _parsed(signed_properties)


def _check_signer(properties: etree._Element, certificate: x509.Certificate) -> None:
    cert = _one(properties, "x:SignedSignatureProperties/x:SigningCertificate/x:Cert")
    method = _one(cert, "x:CertDigest/ds:DigestMethod").get("Algorithm", "")
    if method not in _CERT_DIGESTS:
        raise SignatureError("The digest of the signing certificate is of an unknown kind.")
    found = binary_content(_one(cert, "x:CertDigest/ds:DigestValue"))
    if found != _CERT_DIGESTS[method](certificate.public_bytes(Encoding.DER)).digest():
        raise SignatureError("The signed properties name another certificate than the signer's.")


def _formats(properties: etree._Element) -> dict[str, str | None]:
    """Collect what the signer says each file is, by the id of its reference."""
    found = properties.findall("x:SignedDataObjectProperties/x:DataObjectFormat", _P)
    if any(len(each.findall("x:MimeType", _P)) > 1 for each in found):
        raise SignatureError("The signed properties say twice what a file is.")
    formats = {
        each.get("ObjectReference", ""): each.findtext("x:MimeType", namespaces=_P)
        for each in found
    }
    if len(formats) != len(found):
        raise SignatureError("The signed properties say twice what a file is.")
    return formats


def _signed_fil(reference: etree._Element, formats: dict[str, str | None]) -> SignedFil:
    uri = reference.get("URI", "")
    if not uri or uri.startswith("#"):
        raise SignatureError("A reference to a file must name it, and have no transforms.")
    # The Java client writes a space as a plus; a plus itself is always percent-encoded.
    try:
        filnavn = unquote(uri.replace("+", " "), errors="strict")
    except UnicodeDecodeError:
        raise SignatureError("A reference to a file names it in no readable way.") from None
    name = reference.get("Id")
    mime_type = None if name is None else formats.get(f"#{name}")
    return SignedFil(filnavn, binary_content(reference[1]), mime_type)


def _signing_time(properties: etree._Element) -> datetime:
    found = _one(properties, "x:SignedSignatureProperties/x:SigningTime").text or ""
    try:
        return read_instant(found.strip())
    except NoOffsetError:  # the place where it was signed would decide which instant that was
        raise SignatureError("The signing time of the package has no time zone.") from None
    except ValueError as error:
        raise SignatureError(
            f"The signing time of the package cannot be read: it {error}."
        ) from None


def _in_place(element: etree._Element) -> bytes:
    """Canonicalize an element with the namespaces that its ancestors declare for it."""
    if any(str(name).startswith(_XML) for a in element.iterancestors() for name in a.attrib):
        raise SignatureError("xml: attributes around what is signed are not allowed.")
    alone = etree.Element(element.tag, dict(element.attrib), nsmap=element.nsmap)
    alone.text = element.text
    for child in element:
        alone.append(copy.deepcopy(child))
    try:
        return etree.tostring(alone, method="c14n", with_comments=False)
    except etree.LxmlError:
        raise SignatureError("What is signed cannot be canonicalized.") from None


def _one(parent: etree._Element, path: str) -> etree._Element:
    found = parent.findall(path, _P)
    if len(found) != 1:
        raise SignatureError(f"The signature of the package must have one {path}.")
    return found[0]
