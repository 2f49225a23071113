"""Certificates and other binary values, as XML carries them."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from sdp.errors import SignatureError
from sdp.pki import read_certificate as read_der

if TYPE_CHECKING:
    from cryptography import x509
    from lxml import etree


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
        value = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignatureError("A value in the signature is not base64.") from error
    if len(element) or base64.b64encode(value).decode("ascii") != written:
        raise SignatureError("A value in the signature is not plain base64.")
    return value


def read_certificate(element: etree._Element) -> x509.Certificate:
    """Read the certificate that an element holds. Whether to trust it is another matter.

    Raises:
        SignatureError: it is not base64.
        CertificateError: it is not a certificate.
    """
    return read_der(binary_content(element))
