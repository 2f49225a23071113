"""What the WS-Security header of an answer says, once its parts have been found."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sdp.errors import SignatureError, UnreadableAnswerError
from sdp.wss import names
from sdp.wss.instants import read_instant
from sdp.xmlsec import read_certificate
from sdp.xmlsec.namespaces import WSU

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509
    from lxml import etree

_CLOCK_TOLERANCE: Final = timedelta(seconds=120)
_ID: Final = f"{{{WSU}}}Id"


def certificate_of(token: etree._Element, pointer: etree._Element) -> x509.Certificate:
    """Read the certificate that a signature points at. Whether to trust it is another matter.

    Args:
        token: the wsse:BinarySecurityToken.
        pointer: the wsse:Reference in the signature's ds:KeyInfo.

    Raises:
        SignatureError: it points elsewhere, or the token is of another form.
        CertificateError: it is not a certificate.
    """
    if pointer.get("URI") != uri_of(token):
        raise SignatureError("The signature does not point at the certificate in the answer.")
    form = (token.get("ValueType"), token.get("EncodingType"))
    if form != (names.X509_TYPE, names.BASE64_ENCODING):
        raise SignatureError("The BinarySecurityToken must be an X509v3 certificate in base64.")
    return read_certificate(token)


def uri_of(element: etree._Element) -> str:
    """Return how a signature points at an element.

    Raises:
        SignatureError: nothing can point at it.
    """
    identifier = element.get(_ID)
    if not identifier:
        raise SignatureError("A part of the answer that must be signed has no wsu:Id.")
    return f"#{identifier}"


def check_time(created: str, expires: str, moment: datetime) -> None:
    """Check the two times of a timestamp that was signed. They may be 120 seconds off.

    Raises:
        UnreadableAnswerError: the answer is not of this time, or does not tell.
    """
    made, over = read_instant(created), read_instant(expires)
    if made > moment + _CLOCK_TOLERANCE or over < moment - _CLOCK_TOLERANCE:
        raise UnreadableAnswerError(
            "The answer says that it was made at another time than now.",
            remedy="Check the clock of this machine; it must follow NTP.",
        )
