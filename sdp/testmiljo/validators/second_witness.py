"""Second witness of a business message: its signature verified once more, by signxml.

A letter is taken in on the word of libxmlsec, which is quick. The page that shows its checks has
time to ask a library that shares no code with it but libxml2.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from sdp.testmiljo.validators.rejection import policy, unauthenticated
from sdp.testmiljo.validators.signatures import certificate_in
from sdp.testmiljo.validators.xml import exactly_one, parse

if TYPE_CHECKING:
    from datetime import datetime


def _is_no_content(_: logging.LogRecord) -> bool:
    return False


# At DEBUG, signxml logs the very content that it verifies: titles, numbers and addresses.
logging.getLogger("signxml.processor").addFilter(_is_no_content)


def check_by_signxml(raw: bytes, moment: datetime) -> None:
    """Check that signxml, too, finds the signature to be over the whole business message.

    Args:
        raw: the business message, as a document of its own.
        moment: the time at which its certificate must be valid.

    Raises:
        EbmsRejection: signxml finds no such signature, or one that does not hold.
    """
    document = parse(raw)
    if document is None:
        raise policy("the business message is not plain XML")
    signature = exactly_one(document, ".//ds:Signature", policy)
    path = "ds:KeyInfo/ds:X509Data/ds:X509Certificate"
    certificate = certificate_in(exactly_one(signature, path, policy), unauthenticated)
    configuration = SignatureConfiguration(
        expect_references=1,
        signature_methods=frozenset({SignatureMethod.RSA_SHA256}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
        location=f"./{document[1].tag!s}/",
        verification_time=moment,
    )
    try:
        found = XMLVerifier().verify(
            document, x509_cert=certificate, expect_config=configuration, validate_schema=False
        )
    except (SignXMLException, InvalidSignature, etree.LxmlError, ValueError, TypeError) as error:
        raise unauthenticated("signxml does not find the signature to hold") from error
    signed = found[0] if isinstance(found, list) else found
    if signed.signed_xml is None or signed.signed_xml.tag != document.tag:
        raise unauthenticated("signxml finds the signature to be over something else")
