"""WS-Security of a message: everything signed, by a known hand, a moment ago.

The signature itself is verified by signxml, which never resolves an attachment on its own and
passes over the attachment transform: the digest of an attachment is over its bytes as they are.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.certificates import organisation_of
from sdp.testmiljo.validators.rejection import policy, unauthenticated
from sdp.testmiljo.validators.signatures import certificate_in
from sdp.testmiljo.validators.xml import (
    exactly_one,
    expect_algorithm,
    find_all,
    instant_of,
    local_name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cryptography import x509

    from sdp.testmiljo.validators.certificates import Trust
    from sdp.testmiljo.validators.message import Envelope


def _is_not_content(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG


# At DEBUG, signxml logs the very content it verifies, and tests run beside the code they test.
logging.getLogger("signxml.processor").addFilter(_is_not_content)

_ID = f"{{{names.WSU}}}Id"
_CLOCK_SKEW = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Signed:
    """Signer of a message, and the signed references by URI."""

    organisasjonsnummer: str
    certificate: x509.Certificate
    references: dict[str, etree._Element]


def check_security(
    envelope: Envelope,
    *,
    attachments: Mapping[str, bytes],
    trust: Trust,
    moment: datetime,
    longest_life: timedelta = timedelta(minutes=5),
) -> Signed:
    """Check that timestamp, body, Messaging and every attachment are signed by one organisation.

    Args:
        envelope: the message.
        attachments: the bytes of each attachment, by content id.
        trust: whose certificates are genuine.
        moment: now.
        longest_life: the longest a message may claim to be fresh.

    Raises:
        EbmsRejection: 0103 where the profile is not followed, 0101 where a signature, certificate
            or time does not hold.
    """
    timestamp = exactly_one(envelope.security, "wsu:Timestamp", policy)
    references = _references(envelope, timestamp, attachments)
    certificate = _certificate(envelope.security)
    _check_time(timestamp, moment, longest_life)
    _verify(envelope, certificate, len(references), attachments, moment)
    trust.check(certificate, moment, unauthenticated)
    organisation = organisation_of(certificate)
    if organisation is None:
        raise unauthenticated("the signing certificate names no organisation")
    return Signed(organisation, certificate, references)


def _references(
    envelope: Envelope, timestamp: etree._Element, attachments: Mapping[str, bytes]
) -> dict[str, etree._Element]:
    signed_info = exactly_one(envelope.security, "ds:Signature/ds:SignedInfo", policy)
    expect_algorithm(signed_info, "ds:CanonicalizationMethod", policy, names.EXCLUSIVE_C14N)
    expect_algorithm(signed_info, "ds:SignatureMethod", policy, names.RSA_SHA256)
    found = {_uri(reference): reference for reference in find_all(signed_info, "ds:Reference")}
    if len(found) != len(find_all(signed_info, "ds:Reference")):
        raise policy("two references point at the same thing")
    must_be_signed = {
        _id_of(timestamp): "the timestamp",
        _id_of(envelope.body): "the body",
        _id_of(envelope.messaging): "eb:Messaging",
        **{f"cid:{content_id}": "an attachment" for content_id in attachments},
    }
    for uri, what in must_be_signed.items():
        if uri not in found:
            raise policy(f"{what} is not signed")
    for uri, reference in found.items():
        if uri not in must_be_signed:
            raise policy("a reference points outside timestamp, body, eb:Messaging and attachments")
        attached = uri.startswith("cid:")
        expect_algorithm(
            reference,
            "ds:Transforms/ds:Transform",
            policy,
            names.ATTACHMENT_CONTENT if attached else names.EXCLUSIVE_C14N,
        )
        expect_algorithm(reference, "ds:DigestMethod", policy, names.SHA256)
    return found


def _uri(reference: etree._Element) -> str:
    return reference.get("URI", "")


def _id_of(element: etree._Element) -> str:
    identifier = element.get(_ID)
    if not identifier:
        raise policy(f"{local_name(element)} has no wsu:Id, so it cannot be signed")
    return f"#{identifier}"


def _certificate(security: etree._Element) -> x509.Certificate:
    token = exactly_one(security, "wsse:BinarySecurityToken", policy)
    if (token.get("ValueType"), token.get("EncodingType")) != (names.X509_TYPE, names.BASE64):
        raise policy("the BinarySecurityToken must be an X509v3 certificate in base64")
    reference = exactly_one(
        security, "ds:Signature/ds:KeyInfo/wsse:SecurityTokenReference/wsse:Reference", policy
    )
    if (reference.get("URI"), reference.get("ValueType")) != (_id_of(token), names.X509_TYPE):
        raise policy("the SecurityTokenReference must point at the BinarySecurityToken")
    return certificate_in(token, unauthenticated)


def _check_time(timestamp: etree._Element, moment: datetime, longest_life: timedelta) -> None:
    created = instant_of(timestamp, "wsu:Created", policy)
    expires = instant_of(timestamp, "wsu:Expires", policy)
    if not timedelta(0) < expires - created <= longest_life:
        raise policy(f"a message may live {longest_life.total_seconds():.0f} seconds at most")
    if created > moment + _CLOCK_SKEW:
        raise unauthenticated("the message is from the future; check the clock")
    if expires < moment:
        raise unauthenticated("the message has expired; check the clock")


def _verify(
    envelope: Envelope,
    certificate: x509.Certificate,
    references: int,
    attachments: Mapping[str, bytes],
    moment: datetime,
) -> None:
    location = f"./{{{names.ENV}}}Header/{{{names.WSSE}}}Security/"
    configuration = SignatureConfiguration(
        location=location,
        expect_references=references,
        signature_methods=frozenset({SignatureMethod.RSA_SHA256}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
        verification_time=moment,
    )
    try:
        XMLVerifier().verify(
            envelope.root,
            x509_cert=certificate,
            uri_resolver=lambda uri: attachments.get(uri.removeprefix("cid:")),
            expect_config=configuration,
            # Its schemas do not know the InclusiveNamespaces that every WS-Security stack writes.
            validate_schema=False,
        )
    except (SignXMLException, etree.LxmlError, ValueError) as error:
        raise unauthenticated("the WS-Security signature does not hold") from error
