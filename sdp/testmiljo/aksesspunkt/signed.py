"""Reads a business message that is signed: JWS with RS256, and the signer's chain in `x5c`."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from sdp.testmiljo.aksesspunkt.problems import invalid
from sdp.testmiljo.checks.certificates import organisation_of
from sdp.testmiljo.jose import Token, TokenProblem

if TYPE_CHECKING:
    from datetime import datetime

    from sdp.testmiljo.checks.certificates import Trust


@dataclass(frozen=True, slots=True)
class Signed:
    """A message whose signature holds, and who signed it."""

    document: dict[str, Any] = field(repr=False)
    certificate: x509.Certificate
    organisasjonsnummer: str


def read_signed(jws: bytes, trust: Trust, moment: datetime) -> Signed:
    """Verify a message.

    Args:
        jws: the message, in compact form.
        trust: whose certificates are genuine.
        moment: when they must be valid.

    Raises:
        HttpRejection: 400; the message is unsigned, altered, or signed by who may not.
    """
    try:
        token = Token.read(jws.decode("ascii"))
        certificate = _certificate(token, trust, moment)
        token.check(certificate.public_key())
        document = token.claims()
    except TokenProblem as problem:
        raise invalid(f"the forretningsmelding {problem}") from problem
    except (UnicodeDecodeError, RecursionError) as error:
        raise invalid("the forretningsmelding is not a JWS that can be read") from error
    organisation = organisation_of(certificate)
    if organisation is None:
        raise invalid("the certificate of the forretningsmelding names no organisation")
    return Signed(document, certificate, organisation)


def _certificate(token: Token, trust: Trust, moment: datetime) -> x509.Certificate:
    given = token.header.get("x5c")
    if not isinstance(given, list) or not given:
        raise TokenProblem("has no x5c")
    certificates = [_read(each) for each in given]
    chain = trust.check(certificates[0], moment, _untrusted)
    if list(chain[: len(certificates)]) != certificates:
        raise TokenProblem("has an x5c that is not the chain of its first certificate, in order")
    return certificates[0]


def _read(text: object) -> x509.Certificate:
    if not isinstance(text, str):
        raise TokenProblem("has an x5c that is not a list of texts")
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(text, validate=True))
        # cryptography reads these no sooner than they are asked for, and only then complains.
        _ = certificate.subject, certificate.issuer, certificate.extensions
        certificate.public_key()
    except (binascii.Error, ValueError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise TokenProblem("has an x5c that is not certificates in base64") from error
    return certificate


def _untrusted(reason: str) -> TokenProblem:
    return TokenProblem(f"has an x5c that is not to be trusted: {reason}")
