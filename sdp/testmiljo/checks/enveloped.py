"""Checks the signature inside a StandardBusinessDocument, with libxmlsec."""

from __future__ import annotations

import base64
import copy
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from sdp.testmiljo import names
from sdp.testmiljo.checks.libxmlsec import holds
from sdp.testmiljo.checks.rejection import policy, unauthenticated
from sdp.testmiljo.checks.xml import exactly_one, expect_algorithm, local_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml import etree


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
        der = base64.b64decode("".join((element.text or "").split()), validate=True)
        certificate = x509.load_der_x509_certificate(der)
        # cryptography reads these no sooner than they are asked for, and only then complains.
        _ = certificate.subject, certificate.issuer, certificate.extensions
        certificate.public_key()
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise refuse(f"the {local_name(element)} is not a certificate") from error
    return certificate
