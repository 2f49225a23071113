"""Verification of XML signatures, which returns what was signed rather than its document.

Both verifiers, of messages here and of packages (`sdp/dokumentpakke/xades/reader.py`), check form
before they canonicalize anything.
"""

from __future__ import annotations

import binascii
import copy
import hashlib
import re
from collections.abc import Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from lxml import etree

from sdp.errors import SignatureError
from sdp.pki import read_certificate as read_der
from sdp.pki.certificates import LARGEST_KEY, SMALLEST_KEY
from sdp.xmlsec import names
from sdp.xmlsec.canonical import exclusive, inclusive
from sdp.xmlsec.names import DS, EC
from sdp.xmlsec.parser import hardened_parser

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from cryptography import x509
    from lxml.etree import _Element


_tag: Final = attrgetter("tag")
_ID_NAMES: Final = frozenset({"Id", "ID", "id"})
_PARAMETERS: Final = {names.EXCLUSIVE_C14N: f"{{{EC}}}InclusiveNamespaces"}


def check_ids(root: etree._Element) -> dict[str, etree._Element]:
    """Check that no two elements of a document have the same id, and return each by its id."""
    elements: dict[str, etree._Element] = {}
    for element in root.iter("*"):
        for name, value in element.items():
            if name.rpartition("}")[2] not in _ID_NAMES:
                continue
            if value in elements:
                raise SignatureError("Two elements of the message have the same id.")
            elements[value] = element
    return elements


def has_children(element: etree._Element, wanted: Sequence[str], namespace: str = DS) -> bool:
    """Tell whether these are the children of an element, in this order, and there are no others."""
    return [*map(_tag, element)] == [*map(f"{{{namespace}}}".__add__, wanted)]


def check_algorithm(element: etree._Element, name: str, allowed: Collection[str]) -> None:
    """Check that an element names an allowed algorithm, without parameters that change it."""
    algorithm = element.get("Algorithm")
    if element.tag != f"{{{DS}}}{name}" or algorithm not in allowed:
        raise SignatureError(f"{name} must be {' or '.join(sorted(allowed))}.")
    if len(element) and [*map(_tag, element)] != [_PARAMETERS.get(algorithm or "")]:
        raise SignatureError(f"{name} has parameters the profile does not allow.")


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
_PADDING: Final = PKCS1v15()
_SHA256: Final = hashes.SHA256()


def verify(
    signature: etree._Element,
    covered: Mapping[str, etree._Element],
    *,
    certificate: x509.Certificate,
    moment: datetime,
) -> Signed:
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
        The signed element of each URI. Nothing else of the document is signed.

    Raises:
        SignatureError: the signature does not hold, or is of another form.

    Source: XML Signature Syntax and Processing 1.1, section 3.2.
    """
    root = signature.getroottree().getroot()
    # 1. One signature in its place, and one element for each id.
    place = _place(signature, root)
    elements = check_ids(root)
    # 2. The form: the algorithms, and references to exactly the expected parts.
    value, references = _read_form(signature)
    if sorted(reference.uri for reference in references) != sorted(covered):
        raise SignatureError("The signature is not over exactly the parts it should be over.")
    # 3. Signature validation (3.2.2): the certificate's key has signed SignedInfo.
    _check_signature(signature[0], value, certificate, moment)
    # 4. Reference validation (3.2.1): each leads to its part, which has its digest.
    digested = {}
    for reference in references:
        if reference.uri:
            content = _part(reference, covered[reference.uri], elements)
        else:
            content = _without_signature(root, place)
        if reference.digest != hashlib.sha256(content).digest():
            raise _broken()
        digested[reference.uri] = content
    # 5. What is returned is read from the digested bytes.
    return Signed(digested)


class Signed(Mapping[str, "_Element"]):
    """Signed elements by their URIs: each a document of its own, parsed from the digested bytes.

    It is parsed when it is asked for, and anew each time.
    """

    def __init__(self, digested: Mapping[str, bytes]) -> None:
        self._digested = digested

    def __getitem__(self, uri: str) -> etree._Element:
        return etree.fromstring(self._digested[uri], hardened_parser())

    def __iter__(self) -> Iterator[str]:
        return iter(self._digested)

    def __len__(self) -> int:
        return len(self._digested)


class _Reference(NamedTuple):
    """One signed part, as SignedInfo tells of it."""

    uri: str
    prefixes: Sequence[str]
    digest: bytes


def _place(signature: etree._Element, root: etree._Element) -> Sequence[str]:
    """Return the tags that lead from the root to the signature, which must stand there alone."""
    above = [str(each.tag) for each in signature.iterancestors()]
    place = (*reversed(above[:-1]), f"{{{DS}}}Signature")
    if _standing_at(place, root) != [signature]:
        raise SignatureError("There must be exactly one signature in its place.")
    return place


def _standing_at(place: Sequence[str], root: etree._Element) -> Sequence[etree._Element]:
    found = [root]
    for tag in place:
        found = [child for each in found for child in each.iterchildren(tag)]
    return found


def _read_form(signature: etree._Element) -> tuple[bytes, Sequence[_Reference]]:
    """Read the signature value and the references, in the one form that is allowed."""
    if not has_children(signature, _PARTS_OF_SIGNATURE):
        raise SignatureError("The signature must be SignedInfo, SignatureValue and KeyInfo.")
    signed_info, signature_value, _ = signature
    if len(signed_info) < 3:
        raise SignatureError("SignedInfo is not complete.")
    canonicalization, method, *references = signed_info
    value = binary_content(signature_value)
    check_algorithm(canonicalization, "CanonicalizationMethod", {names.EXCLUSIVE_C14N})
    check_algorithm(method, "SignatureMethod", {names.RSA_SHA256})
    return value, [_read_reference(reference) for reference in references]


def _read_reference(reference: etree._Element) -> _Reference:
    uri = reference.get("URI")
    if uri is None or (uri and not _LOCAL_URI.fullmatch(uri)):
        raise SignatureError("A reference of the signature leads outside the message.")
    if reference.tag != f"{{{DS}}}Reference" or not has_children(reference, _PARTS_OF_REFERENCE):
        raise SignatureError("A reference must be Transforms, DigestMethod and DigestValue.")
    transforms, digest_method, digest_value = reference
    if len(transforms) != 1:
        raise SignatureError("A reference of the signature must have one transform.")
    transform = transforms[0]
    expected = names.EXCLUSIVE_C14N if uri else names.ENVELOPED
    check_algorithm(transform, "Transform", {expected})
    check_algorithm(digest_method, "DigestMethod", {names.SHA256})
    return _Reference(uri, _prefixes(transform), binary_content(digest_value))


def _check_signature(
    signed_info: etree._Element, value: bytes, certificate: x509.Certificate, moment: datetime
) -> None:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or not SMALLEST_KEY <= key.key_size <= LARGEST_KEY:
        raise SignatureError(
            f"The signature must be of an RSA key of {SMALLEST_KEY} to {LARGEST_KEY} bits."
        )
    if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
        raise SignatureError("The certificate of the signature is not valid at this moment.")
    signed = exclusive(signed_info, _prefixes(signed_info[0]))
    try:
        key.verify(value, signed, _PADDING, _SHA256)
    except InvalidSignature:
        raise _broken() from None


def _without_signature(root: etree._Element, place: Sequence[str]) -> bytes:
    """Canonicalize a document without the signature that stands in it."""
    document = copy.deepcopy(root.getroottree()).getroot()
    (signature,) = _standing_at(place, document)
    parent = signature.getparent()
    if parent is None:
        raise SignatureError("The signature must stand in what it signs.")
    before = signature.getprevious()
    if before is None:
        parent.text = (parent.text or "") + (signature.tail or "")
    else:
        before.tail = (before.tail or "") + (signature.tail or "")
    parent.remove(signature)
    return inclusive(document)


def _part(
    reference: _Reference, expected: etree._Element, elements: Mapping[str, etree._Element]
) -> bytes:
    """Canonicalize the element that a reference leads to, which must be the expected one."""
    if elements.get(reference.uri.removeprefix("#")) is not expected:
        raise SignatureError("The signature covers something other than it should.")
    return exclusive(expected, reference.prefixes)


def _prefixes(algorithm: etree._Element) -> Sequence[str]:
    """Read the PrefixList of exclusive canonicalization; none where there is none."""
    if not len(algorithm):
        return ()
    prefixes = algorithm[0].get("PrefixList", "").split()
    if len(prefixes) > _MOST_PREFIXES:
        raise SignatureError(f"A PrefixList of the signature has more than {_MOST_PREFIXES} names.")
    return prefixes


def _broken() -> SignatureError:
    return SignatureError("The signature does not hold.")
