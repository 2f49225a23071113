"""Verification of XML signatures, which returns what was signed rather than its document.

Both verifiers, of messages here and of packages (`sdp/dokumentpakke/xades/reader.py`), check form
before they canonicalize anything.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from sdp.errors import SignatureError
from sdp.pki import read_certificate as read_der
from sdp.pki.certificates import LARGEST_KEY, SMALLEST_KEY
from sdp.xmlsec import names
from sdp.xmlsec.canonical import exclusive, inclusive
from sdp.xmlsec.names import DS, EC
from sdp.xmlsec.parser import hardened_parser

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from cryptography import x509


_tag: Final = attrgetter("tag")
_ids: Final = etree.XPath("//@*[local-name() = 'Id' or local-name() = 'ID' or local-name() = 'id']")
_PARAMETERS: Final = {names.EXCLUSIVE_C14N: f"{{{EC}}}InclusiveNamespaces"}


def check_ids(root: etree._Element) -> dict[str, etree._Element]:
    """Check that no two elements of a document have the same id, and return each by its id."""
    ids: Any = _ids(root)
    elements = {str(each): each.getparent() for each in ids}
    if len(elements) != len(ids):
        raise SignatureError("Two elements of the message have the same id.")
    return elements


def has_children(element: etree._Element, wanted: Sequence[str], namespace: str = DS) -> bool:
    """Tell whether these are the children of an element, in this order, and there are no others."""
    return [*map(_tag, element)] == [*map(f"{{{namespace}}}".__add__, wanted)]


def check_algorithm(element: etree._Element, name: str, allowed: Collection[str]) -> None:
    """Check that an element names an allowed algorithm, without parameters that change it."""
    algorithm = element.get("Algorithm")
    if element.tag != f"{{{DS}}}{name}" or algorithm not in allowed:
        raise SignatureError(f"{name} must be {' or '.join(sorted(allowed))}.")
    if [*map(_tag, element)] not in ([], [_PARAMETERS.get(algorithm or "")]):
        raise SignatureError(f"{name} has parameters the profile does not allow.")


@lru_cache(maxsize=256)
def base64_der(certificate: x509.Certificate) -> str:
    """Write a certificate as base64 of its DER, on one line."""
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode("ascii")


def binary_content(element: etree._Element) -> bytes:
    """Read base64 strictly: whitespace is passed over, and nothing else that is not base64.

    Raises:
        SignatureError: the element holds anything else than base64.
    """
    written = "".join((element.text or "").split())
    try:
        value = binascii.a2b_base64(written)
    except ValueError as error:
        raise SignatureError("A value in the signature is not base64.") from error
    # What the decoder passes over is not there when the value is written again.
    if len(element) or binascii.b2a_base64(value, newline=False) != written.encode("ascii"):
        raise SignatureError("A value in the signature is not plain base64.")
    return value


def read_certificate(element: etree._Element) -> x509.Certificate:
    """Read the certificate that an element holds. Whether to trust it is another matter.

    Raises:
        SignatureError: it is not base64.
        CertificateError: it is not a certificate.
    """
    return read_der(binary_content(element))


# No xpointer, and no other thing that one reader may resolve otherwise than another.
_LOCAL_URI: Final = re.compile(r"#[A-Za-z_][\w.-]*")

_PARTS_OF_SIGNATURE: Final = ("SignedInfo", "SignatureValue", "KeyInfo")
_PARTS_OF_REFERENCE: Final = ("Transforms", "DigestMethod", "DigestValue")
_MOST_PREFIXES: Final = 64


def verify(
    signature: etree._Element,
    covered: Mapping[str, etree._Element],
    *,
    certificate: x509.Certificate,
    moment: datetime,
) -> dict[str, etree._Element]:
    """Verify a signature in its document, and return what it covers, parsed from the signed bytes.

    Only RSA-SHA256 over SHA-256 digests is accepted. A reference to the whole document ("") has the
    enveloped-signature transform alone, and is digested in Canonical XML 1.0; a reference to an
    element has exclusive canonicalization alone.

    Args:
        signature: the ds:Signature, where it stands.
        covered: everything the signature must be over, and nothing else: the URI of each
            reference, and the element it must lead to.
        certificate: whose key must have signed, whatever the message says. Validated already.
        moment: when; must be aware.

    Returns:
        The signed element of each URI, a copy on its own. Nothing else of the document is signed.

    Raises:
        SignatureError: the signature does not hold, or is of another form.

    Source: XML Signature Syntax and Processing 1.1, section 3.2.
    """
    root = signature.getroottree().getroot()
    # 1. One signature in its place, and one element for each id.
    location = _location(signature, root)
    elements = check_ids(root)
    # 2. The form: the algorithms, and references to exactly the expected parts.
    references = _references(signature)
    _check_form(signature, references, covered)
    # 3. Signature validation (3.2.2): the certificate's key has signed SignedInfo.
    _check_signature(signature, certificate, moment)
    # 4. Reference validation (3.2.1): each leads to its part, which has its digest.
    signed = {}
    for reference in references:
        uri = reference.get("URI", "")
        expected = covered[uri]
        content = _part(reference, expected, elements) if uri else _without(signature, location)
        if binary_content(reference[2]) != hashlib.sha256(content).digest():
            raise _broken()
        # 5. What is returned is read from the digested bytes.
        signed[uri] = etree.fromstring(content, hardened_parser())
    return signed


def _location(signature: etree._Element, root: etree._Element) -> str:
    above = [*map(str, map(_tag, signature.iterancestors()))]
    location = "/".join([".", *reversed(above[:-1]), f"{{{DS}}}Signature"])
    if root.findall(location) != [signature]:
        raise SignatureError("There must be exactly one signature in its place.")
    return location


def _references(signature: etree._Element) -> Sequence[etree._Element]:
    if not has_children(signature, _PARTS_OF_SIGNATURE):
        raise SignatureError("The signature must be SignedInfo, SignatureValue and KeyInfo.")
    signed_info = signature[0]
    if len(signed_info) < 3:
        raise SignatureError("SignedInfo is not complete.")
    return signed_info[2:]


def _check_form(
    signature: etree._Element,
    references: Sequence[etree._Element],
    covered: Mapping[str, etree._Element],
) -> None:
    signed_info, signature_value, _ = signature
    binary_content(signature_value)
    check_algorithm(signed_info[0], "CanonicalizationMethod", {names.EXCLUSIVE_C14N})
    check_algorithm(signed_info[1], "SignatureMethod", {names.RSA_SHA256})
    for reference in references:
        _check_reference(reference)
    if sorted(str(reference.get("URI")) for reference in references) != sorted(covered):
        raise SignatureError("The signature is not over exactly the parts it should be over.")


def _check_reference(reference: etree._Element) -> None:
    uri = reference.get("URI", "")
    if uri and not _LOCAL_URI.fullmatch(uri):
        raise SignatureError("A reference of the signature leads outside the message.")
    if reference.tag != f"{{{DS}}}Reference" or not has_children(reference, _PARTS_OF_REFERENCE):
        raise SignatureError("A reference must be Transforms, DigestMethod and DigestValue.")
    transforms, digest_method, digest_value = reference
    if len(transforms) != 1:
        raise SignatureError("A reference of the signature must have one transform.")
    expected = names.EXCLUSIVE_C14N if uri else names.ENVELOPED
    check_algorithm(transforms[0], "Transform", {expected})
    check_algorithm(digest_method, "DigestMethod", {names.SHA256})
    binary_content(digest_value)


def _check_signature(
    signature: etree._Element, certificate: x509.Certificate, moment: datetime
) -> None:
    signed_info, signature_value, _ = signature
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or not SMALLEST_KEY <= key.key_size <= LARGEST_KEY:
        raise SignatureError(
            f"The signature must be of an RSA key of {SMALLEST_KEY} to {LARGEST_KEY} bits."
        )
    if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
        raise SignatureError("The certificate of the signature is not valid at this moment.")
    signed = exclusive(signed_info, _prefixes(signed_info[0]))
    try:
        key.verify(binary_content(signature_value), signed, PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise _broken() from None


def _without(signature: etree._Element, location: str) -> bytes:
    """Canonicalize the document that a signature stands in, without it."""
    document = etree.fromstring(
        etree.tostring(signature.getroottree(), encoding="utf-8"), hardened_parser()
    )
    (copy,) = document.findall(location)
    parent = copy.getparent()
    if parent is None:
        raise SignatureError("The signature must stand in what it signs.")
    before = copy.getprevious()
    if before is None:
        parent.text = (parent.text or "") + (copy.tail or "")
    else:
        before.tail = (before.tail or "") + (copy.tail or "")
    parent.remove(copy)
    return inclusive(document)


def _part(
    reference: etree._Element, expected: etree._Element, elements: Mapping[str, etree._Element]
) -> bytes:
    """Canonicalize the element that a reference leads to, which must be the expected one."""
    if elements.get(reference.get("URI", "").removeprefix("#")) is not expected:
        raise SignatureError("The signature covers something other than it should.")
    return exclusive(expected, _prefixes(reference[0][0]))


def _prefixes(algorithm: etree._Element) -> Sequence[str]:
    """Read the PrefixList of exclusive canonicalization; none where there is none."""
    parameters = algorithm.find(f"{{{EC}}}InclusiveNamespaces")
    listed = "" if parameters is None else parameters.get("PrefixList", "")
    prefixes = listed.split()
    if len(prefixes) > _MOST_PREFIXES:
        raise SignatureError(f"A PrefixList of the signature has more than {_MOST_PREFIXES} names.")
    return prefixes


def _broken() -> SignatureError:
    return SignatureError("The signature does not hold.")
