"""XAdES signature over the files of a package, verified by libxmlsec."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from cryptography.hazmat.primitives.serialization import Encoding

from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.package import SIGNATURES
from sdp.testmiljo.validators.rejection import LetterRejection
from sdp.testmiljo.validators.signatures import certificate_in, holds_over_files
from sdp.testmiljo.validators.xml import (
    exactly_one,
    expect_algorithm,
    find_all,
    instant_of,
    parse,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cryptography import x509
    from lxml import etree

    from sdp.testmiljo.validators.certificates import Trust

_SIGNED_PROPERTIES = "ds:Object/xades:QualifyingProperties/xades:SignedProperties"
_SIGNATURE_PROPERTIES = f"{_SIGNED_PROPERTIES}/xades:SignedSignatureProperties"
_OBJECT_PROPERTIES = f"{_SIGNED_PROPERTIES}/xades:SignedDataObjectProperties"
# The sender signs while packing, which a large package takes minutes to be through with.
_MAX_AGE = timedelta(hours=1)
_MOST_REMEMBERED = 256


def check_xades(
    files: Mapping[str, bytes],
    mime_types: Mapping[str, str],
    trust: Trust,
    moment: datetime,
    *,
    namespace: str = names.ASIC,
) -> x509.Certificate:
    """Check that one signature covers every file, as the profile demands.

    Args:
        files: the whole package, unpacked.
        mime_types: what the manifest says each file is.
        trust: whose certificates are genuine.
        moment: now.
        namespace: that of XAdESSignatures, which differs between the wires.

    Returns:
        The certificate that signed.

    Raises:
        LetterRejection: it does not.
    """
    root = parse(files[SIGNATURES])
    if root is None or root.tag != f"{{{namespace}}}XAdESSignatures":
        raise LetterRejection("signatures.xml is not an XAdESSignatures document")
    signature = exactly_one(root, "ds:Signature", LetterRejection)
    covered = _references(signature)
    if covered.keys() != files.keys() - {SIGNATURES}:
        raise LetterRejection("the signature does not cover exactly the files of the package")
    certificate, *issuers = _certificates(signature)
    _check_signed_properties(signature, certificate, moment)
    _check_mime_types(signature, covered, mime_types)
    properties = exactly_one(signature, _SIGNED_PROPERTIES, LetterRejection)
    if not holds_over_files(signature, certificate, files, ids=(properties,)):
        raise LetterRejection("the signature over the package does not hold")
    if trust.check(certificate, moment, LetterRejection) != (certificate, *issuers):
        raise LetterRejection("KeyInfo must hold the whole chain, from the leaf to the root")
    return certificate


def _references(signature: etree._Element) -> dict[str, str]:
    """Find the id of the reference to each file; the one to SignedProperties must come last."""
    expect_algorithm(
        signature,
        "ds:SignedInfo/ds:CanonicalizationMethod",
        LetterRejection,
        names.INCLUSIVE_C14N,
        names.INCLUSIVE_C14N_11,
    )
    expect_algorithm(
        signature, "ds:SignedInfo/ds:SignatureMethod", LetterRejection, names.RSA_SHA256
    )
    references = find_all(signature, "ds:SignedInfo/ds:Reference")
    if not references or references[-1].get("Type") != names.SIGNED_PROPERTIES:
        raise LetterRejection("the last reference must be to the SignedProperties")
    *files, properties = references
    target = exactly_one(signature, _SIGNED_PROPERTIES, LetterRejection)
    if properties.get("URI") != f"#{target.get('Id')}":
        raise LetterRejection("the SignedProperties are not what is signed")
    expect_algorithm(
        properties, "ds:Transforms/ds:Transform", LetterRejection, names.INCLUSIVE_C14N
    )
    for reference in (*files, properties):
        expect_algorithm(reference, "ds:DigestMethod", LetterRejection, names.SHA256)
    if any(find_all(reference, "ds:Transforms") for reference in files):
        raise LetterRejection("a file must be signed as it is, without transforms")
    covered = {unquote_plus(each.get("URI", "")): each.get("Id", "") for each in files}
    if len(covered) != len(files):
        raise LetterRejection("a file is signed twice")
    return covered


def _certificates(signature: etree._Element) -> list[x509.Certificate]:
    found = find_all(signature, "ds:KeyInfo/ds:X509Data/ds:X509Certificate")
    if not found:
        raise LetterRejection("KeyInfo holds no certificate")
    return [certificate_in(element, LetterRejection) for element in found]


def _check_signed_properties(
    signature: etree._Element, certificate: x509.Certificate, moment: datetime
) -> None:
    signing_time = instant_of(
        signature, f"{_SIGNATURE_PROPERTIES}/xades:SigningTime", LetterRejection
    )
    if abs(moment - signing_time) > _MAX_AGE:
        raise LetterRejection("the SigningTime is far from now")
    cert = exactly_one(
        signature, f"{_SIGNATURE_PROPERTIES}/xades:SigningCertificate/xades:Cert", LetterRejection
    )
    expect_algorithm(cert, "xades:CertDigest/ds:DigestMethod", LetterRejection, names.SHA1)
    stated = text_of(cert, "xades:CertDigest/ds:DigestValue", LetterRejection)
    serial = text_of(cert, "xades:IssuerSerial/ds:X509SerialNumber", LetterRejection)
    if stated != _sha1_of(certificate) or serial != str(certificate.serial_number):
        raise LetterRejection("the SigningCertificate is not the one that signed")


@lru_cache(_MOST_REMEMBERED)
def _sha1_of(certificate: x509.Certificate) -> str:
    der = certificate.public_bytes(Encoding.DER)
    return base64.b64encode(hashlib.sha1(der, usedforsecurity=False).digest()).decode()


def _check_mime_types(
    signature: etree._Element, covered: Mapping[str, str], mime_types: Mapping[str, str]
) -> None:
    formats = find_all(signature, f"{_OBJECT_PROPERTIES}/xades:DataObjectFormat")
    stated = {
        item.get("ObjectReference", ""): text_of(item, "xades:MimeType", LetterRejection)
        for item in formats
    }
    expected = {f"#{covered[name]}": mime for name, mime in mime_types.items() if name in covered}
    if len(formats) != len(stated) or stated != expected:
        raise LetterRejection("the DataObjectFormats do not match the files of the manifest")
