"""XML signatures verified by libxmlsec, and the enveloped one of a StandardBusinessDocument."""

from __future__ import annotations

import copy
import io
import threading
from functools import lru_cache
from typing import TYPE_CHECKING

import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.certificates import read_base64_certificate
from sdp.testmiljo.validators.rejection import policy, unauthenticated
from sdp.testmiljo.validators.xml import exactly_one, expect_algorithm, local_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cryptography import x509
    from lxml import etree


_MOST_REMEMBERED = 256
_io = threading.Lock()


@lru_cache(_MOST_REMEMBERED)
def key_of(certificate: x509.Certificate) -> xmlsec.Key:
    """Return the key of a certificate as libxmlsec has it; made once.

    Each signature is verified with a copy, which is dear of a key that has its certificate with it.
    """
    pem = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem)


def holds(
    signature: etree._Element,
    certificate: x509.Certificate,
    *,
    ids: tuple[etree._Element, ...] = (),
) -> bool:
    """Tell whether a signature, and every digest in it, holds under the key of the certificate.

    Args:
        signature: the ds:Signature, in its document.
        certificate: whose key must have signed.
        ids: elements that references may point at by their `Id`.
    """
    context = xmlsec.SignatureContext()
    try:
        context.key = key_of(certificate)
        for element in ids:
            context.register_id(element, "Id")
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True


def holds_over_files(
    signature: etree._Element,
    certificate: x509.Certificate,
    files: Mapping[str, bytes],
    *,
    ids: tuple[etree._Element, ...],
) -> bool:
    """Tell the same, for a signature with references to files, by their names.

    libxmlsec opens files through callbacks it has one set of. Ours take the place of its own for
    as long as this lasts, so that it can open nothing but these files.
    """

    def known(uri: bytes) -> bytes | None:
        name = uri.decode(errors="replace")  # the escapes are undone, but for a space written as +
        return files.get(name, files.get(name.replace("+", " ")))

    def matches(uri: bytes) -> bool:
        return known(uri) is not None

    def opened(uri: bytes) -> io.BytesIO:
        return io.BytesIO(known(uri) or b"")

    with _io:
        xmlsec.cleanup_callbacks()
        xmlsec.register_callbacks(matches, opened, io.BytesIO.readinto, io.BytesIO.close)
        try:
            return holds(signature, certificate, ids=ids)
        finally:
            xmlsec.cleanup_callbacks()
            xmlsec.register_default_callbacks()


def cut_out(element: etree._Element) -> etree._Element:
    """Copy the element as a document of its own, without the namespaces it only inherits."""
    alone = copy.deepcopy(element)
    alone.tail = None
    return alone


def check_enveloped(document: etree._Element, signed: etree._Element) -> x509.Certificate:
    """Check that `signed` holds one signature, first among its children, over all of `document`.

    Returns:
        The certificate that signed; whether to trust it is for the caller to say.

    Raises:
        EbmsRejection: the signature is missing, of another form, or does not hold.
    """
    signature = exactly_one(document, ".//ds:Signature", policy)
    if signature.getparent() is not signed or signed.index(signature) != 0:
        raise policy("the signature must be the first child of the signed element")
    expect_algorithm(
        signature, "ds:SignedInfo/ds:CanonicalizationMethod", policy, names.EXCLUSIVE_C14N
    )
    expect_algorithm(signature, "ds:SignedInfo/ds:SignatureMethod", policy, names.RSA_SHA256)
    reference = exactly_one(signature, "ds:SignedInfo/ds:Reference", policy)
    if reference.get("URI") != "":
        raise policy("the signature must be over the whole document")
    expect_algorithm(reference, "ds:Transforms/ds:Transform", policy, names.ENVELOPED)
    expect_algorithm(reference, "ds:DigestMethod", policy, names.SHA256)
    certificate = certificate_in(
        exactly_one(signature, "ds:KeyInfo/ds:X509Data/ds:X509Certificate", policy),
        unauthenticated,
    )
    if not holds(signature, certificate):
        raise unauthenticated("the signature of the business message does not hold")
    return certificate


def certificate_in(element: etree._Element, refuse: Callable[[str], Exception]) -> x509.Certificate:
    """Return the certificate an element holds in base64."""
    try:
        return read_base64_certificate("".join((element.text or "").split()))
    except ValueError as error:
        raise refuse(f"the {local_name(element)} is not a certificate") from error
