"""WS-Security as ebMS and the SOAP register use it: one token, one timestamp, one signature."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

from sdp import gate
from sdp.errors import SignatureError, UnreadableAnswerError, check_moment
from sdp.pki.certificates import base64_der
from sdp.xmlsec import read_certificate, signature
from sdp.xmlsec.names import ENV, WSSE, WSU

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cryptography import x509
    from lxml import etree

    from sdp.pki import Signer
    from sdp.xmlsec import Reference


def write_instant(moment: datetime) -> str:
    """Write an aware datetime in UTC with milliseconds (RFC 3339), whatever the locale.

    Raises:
        InvalidInputError: the datetime is naive.
    """
    check_moment(moment)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_instant(text: str) -> datetime:
    """Read an xsd:dateTime that says its time zone.

    Raises:
        UnreadableAnswerError: it is something else, or outside the years 1970 to 2999.
    """
    try:
        return gate.read_instant(text)
    except ValueError as rule:
        raise UnreadableAnswerError(f"A time in the answer {rule}.") from None


X509_TYPE: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
)
BASE64_ENCODING: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
)

_ID: Final = f"{{{WSU}}}Id"
_LIFE: Final = timedelta(seconds=120)
_CLOCK_TOLERANCE: Final = timedelta(seconds=120)


def timestamp(identifier: str, moment: datetime) -> str:
    """Write a timestamp that is fresh for 120 seconds from a moment.

    Args:
        identifier: its `wsu:Id`, of letters, digits and hyphens.
        moment: when it begins; must be aware.

    Raises:
        InvalidInputError: the moment is naive.
    """
    created, expires = write_instant(moment), write_instant(moment + _LIFE)
    return (
        f'<wsu:Timestamp xmlns:wsu="{WSU}" wsu:Id="{identifier}"><wsu:Created>{created}'
        f"</wsu:Created><wsu:Expires>{expires}</wsu:Expires></wsu:Timestamp>"
    )


def security(
    written_timestamp: str,
    references: Sequence[Reference],
    signer: Signer,
    *,
    stands_alone: bool = False,
) -> str:
    """Write the header: the signer's certificate, the timestamp, and the signature.

    Args:
        written_timestamp: from `timestamp`; one of the references must be to it.
        references: what is signed.
        signer: whose key signs.
        stands_alone: declare the prefix env, which an envelope around it declares otherwise.
    """
    token_id = f"X509-{gate.new_uuid()}"
    key_info = (
        f'<wsse:SecurityTokenReference><wsse:Reference URI="#{token_id}" ValueType="{X509_TYPE}">'
        "</wsse:Reference></wsse:SecurityTokenReference>"
    )
    env = f' xmlns:env="{ENV}"' if stands_alone else ""
    return (
        f'<wsse:Security{env} xmlns:wsse="{WSSE}" env:mustUnderstand="true">'
        f'<wsse:BinarySecurityToken xmlns:wsu="{WSU}" EncodingType="{BASE64_ENCODING}"'
        f' ValueType="{X509_TYPE}" wsu:Id="{token_id}">{base64_der(signer.chain[0])}'
        f"</wsse:BinarySecurityToken>{written_timestamp}"
        f"{signature(references, signer, key_info)}</wsse:Security>"
    )


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
    if form != (X509_TYPE, BASE64_ENCODING):
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
