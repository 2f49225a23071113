"""Verifies `META-INF/signatures.xml`: who signed, and which digest each file must have."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from sdp.dokumentpakke.xades import C14N, SHA1, SIGNED_PROPERTIES_TYPE, XADES
from sdp.errors import SdpError, SignatureError
from sdp.xmlsec import binary_content, parse, read_certificate
from sdp.xmlsec.algorithms import RSA_SHA256, SHA256
from sdp.xmlsec.namespaces import DS

if TYPE_CHECKING:
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

    Raises:
        SignatureError: it does not hold, or is not of the form the profile demands.
        CertificateError: a certificate in it cannot be read.
    """
    try:
        root = parse(data)
    except SdpError as error:
        raise SignatureError("The signature of the package cannot be parsed.") from error
    if root.tag not in _ROOTS or len(root) != 1:
        raise SignatureError("The package must have exactly one signature.")
    signature = _one(root, "ds:Signature")
    info = _one(signature, "ds:SignedInfo")
    properties = _one(signature, "ds:Object/x:QualifyingProperties/x:SignedProperties")
    certificates = tuple(
        read_certificate(found)
        for found in signature.findall("ds:KeyInfo/ds:X509Data/ds:X509Certificate", _P)
    )
    if not certificates:
        raise SignatureError("The signature of the package holds no certificate.")
    _check_signature_value(signature, info, certificates[0])
    *files, last = _references(info)
    _check_properties(last, properties, certificates[0])
    formats = {
        found.get("ObjectReference"): found.findtext("x:MimeType", namespaces=_P)
        for found in properties.iterfind(".//x:DataObjectFormat", _P)
    }
    return VerifiedXades(
        certificates=certificates,
        signing_time=_signing_time(properties),
        filer=tuple(_signed_fil(reference, formats) for reference in files),
    )


def _references(info: etree._Element) -> list[etree._Element]:
    found = info.findall("ds:Reference", _P)
    if not found:
        raise SignatureError("The signature of the package refers to nothing.")
    return found


def _check_signature_value(
    signature: etree._Element, info: etree._Element, certificate: x509.Certificate
) -> None:
    _expect(_one(info, "ds:CanonicalizationMethod"), _C14N)
    _expect(_one(info, "ds:SignatureMethod"), {RSA_SHA256})
    value = binary_content(_one(signature, "ds:SignatureValue"))
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise SignatureError("The package must be signed with an RSA key of 2048 bits or more.")
    try:
        key.verify(value, _in_place(info), PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise SignatureError("The signature of the package does not hold.") from error


def _check_properties(
    reference: etree._Element, properties: etree._Element, certificate: x509.Certificate
) -> None:
    transforms = reference.findall("ds:Transforms/ds:Transform", _P)
    if (
        reference.get("Type") != SIGNED_PROPERTIES_TYPE
        or reference.get("URI") != f"#{properties.get('Id')}"
        or len(transforms) != 1
    ):
        raise SignatureError("The last reference must be to the signed properties.")
    _expect(transforms[0], _C14N)
    if _reference_digest(reference) != hashlib.sha256(_in_place(properties)).digest():
        raise SignatureError("The signed properties of the package have been changed.")
    cert = _one(properties, "x:SignedSignatureProperties/x:SigningCertificate/x:Cert")
    method = _one(cert, "x:CertDigest/ds:DigestMethod").get("Algorithm", "")
    if method not in _CERT_DIGESTS:
        raise SignatureError("The digest of the signing certificate is of an unknown kind.")
    found = binary_content(_one(cert, "x:CertDigest/ds:DigestValue"))
    if found != _CERT_DIGESTS[method](certificate.public_bytes(Encoding.DER)).digest():
        raise SignatureError("The signed properties name another certificate than the signer's.")


def _signed_fil(reference: etree._Element, formats: dict[str | None, str | None]) -> SignedFil:
    uri = reference.get("URI", "")
    if not uri or uri.startswith("#") or reference.find("ds:Transforms", _P) is not None:
        raise SignatureError("A reference to a file must name it, and have no transforms.")
    # The Java client writes a space as a plus; a plus itself is always percent-encoded.
    try:
        filnavn = unquote(uri.replace("+", " "), errors="strict")
    except UnicodeDecodeError as error:
        raise SignatureError("A reference to a file names it in no readable way.") from error
    mime_type = formats.get(f"#{reference.get('Id')}")
    return SignedFil(filnavn, _reference_digest(reference), mime_type)


def _reference_digest(reference: etree._Element) -> bytes:
    _expect(_one(reference, "ds:DigestMethod"), {SHA256})
    return binary_content(_one(reference, "ds:DigestValue"))


def _signing_time(properties: etree._Element) -> datetime:
    found = _one(properties, "x:SignedSignatureProperties/x:SigningTime").text or ""
    try:
        moment = datetime.fromisoformat(found)
    except ValueError as error:
        raise SignatureError("The signing time of the package cannot be read.") from error
    if moment.tzinfo is None:  # where it was signed decides which moment that was
        raise SignatureError("The signing time of the package says no time zone.")
    return moment


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
    except etree.LxmlError as error:
        raise SignatureError("What is signed cannot be canonicalized.") from error


def _one(parent: etree._Element, path: str) -> etree._Element:
    found = parent.findall(path, _P)
    if len(found) != 1:
        raise SignatureError(f"The signature of the package must have one {path}.")
    return found[0]


def _expect(method: etree._Element, allowed: set[str] | frozenset[str]) -> None:
    if method.get("Algorithm") not in allowed:
        name = etree.QName(method).localname
        raise SignatureError(f"The {name} of the package's signature is not an allowed one.")
