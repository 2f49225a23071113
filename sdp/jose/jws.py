"""JSON Web Signatures (RFC 7515) in compact form, made and verified."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from jwt.algorithms import RSAAlgorithm
from jwt.api_jws import PyJWS
from jwt.exceptions import InvalidSignatureError, PyJWTError
from jwt.utils import base64url_decode

from sdp.errors import (
    CertificateError,
    CertificateProblem,
    SignatureError,
    UnreadableAnswerError,
    UnsupportedKeyError,
)
from sdp.jose.strict_json import read_json
from sdp.pki import Usage, read_certificate
from sdp.pki import organisasjonsnummer as organisation_of
from sdp.pki.certificates import SMALLEST_KEY

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

    from sdp.pki import Signer, TrustStore


_RS256: Final = "RS256"
_ACCEPTED: Final = frozenset({_RS256, "RS384", "RS512"})
MAX_BYTES: Final = 1024 * 1024
"""The most a token may be unless a place says otherwise."""

_MAX_CERTIFICATES: Final = 10
_COMPACT: Final = re.compile(r"([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*")


def sign(payload: bytes, signer: Signer, *, key_id: str | None = None, typ: str = "JWT") -> str:
    """Sign a payload and return the token in its compact form (RFC 7515), RS256.

    Args:
        payload: what is signed.
        signer: holds the key, and the certificates that are put in `x5c`.
        key_id: names the key in place of its certificates, where it is registered.
        typ: what the token is.

    Raises:
        UnsupportedKeyError: the signer's key is not RSA of 2048 bits or more.
    """
    headers: dict[str, Any] = {"typ": typ}
    if key_id is None:
        headers["x5c"] = [_base64_der(certificate) for certificate in signer.chain]
    else:
        headers["kid"] = key_id
    jws = PyJWS(algorithms=[])
    jws.register_algorithm(_RS256, _BySigner(signer))
    return jws.encode(payload, "", algorithm=_RS256, headers=headers)


class _BySigner(RSAAlgorithm):
    """RS256 by a key that this process may not hold."""

    def __init__(self, signer: Signer) -> None:
        super().__init__(RSAAlgorithm.SHA256)
        self._signer = signer
        public_key = signer.chain[0].public_key()
        if not isinstance(public_key, rsa.RSAPublicKey) or public_key.key_size < SMALLEST_KEY:
            raise UnsupportedKeyError(
                f"Tokens are signed with RS256, by an RSA key of {SMALLEST_KEY} bits or more.",
                remedy="Order a virksomhetssertifikat with such a key.",
            )
        self._public_key = public_key

    def prepare_key(self, key: object) -> rsa.RSAPublicKey:  # noqa: ARG002 - the signer holds it
        """Return the public half, which is all that there is to ask of here."""
        return self._public_key

    def sign(self, msg: bytes, key: object) -> bytes:  # noqa: ARG002
        """Sign what the token says."""
        return self._signer.sign(hashlib.sha256(msg).digest())


def _base64_der(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode("ascii")


@dataclass(frozen=True, slots=True)
class Verified:
    """What a token says, and who has signed it.

    Attributes:
        payload: the signed bytes.
        certificate: the signer's, validated.
    """

    payload: bytes = field(repr=False)
    certificate: x509.Certificate

    @property
    def organisasjonsnummer(self) -> str:
        """The organisation that has signed.

        Raises:
            CertificateError: its certificate names none.
        """
        return organisation_of(self.certificate)


def verify(
    token: str,
    *,
    trust: TrustStore,
    moment: datetime,
    organisasjonsnummer: str | None = None,
    max_bytes: int = MAX_BYTES,
) -> Verified:
    """Verify a token signed by the holder of the first certificate in its `x5c`.

    Accepted are RSASSA-PKCS1-v1_5 with SHA-256, SHA-384 or SHA-512 (RS256, RS384, RS512; RFC 7518,
    3.3). The certificate is validated first, and the signature is checked with its key alone; keys
    named in the token are never used.

    Args:
        token: in compact form.
        trust: the trust anchors.
        moment: when the signature must have been good; aware.
        organisasjonsnummer: who must have signed.
        max_bytes: the most it may be.

    Raises:
        UnreadableAnswerError: it is no such token, or larger.
        CertificateError: a certificate cannot be read, or the signer's is not to be trusted, is
            another organisation's or has an RSA key of less than 2048 bits.
        SignatureError: the signature does not hold, or is of another algorithm.
    """
    # 1. The form, and a header that everybody reads alike (RFC 7515, 5.2, steps 1 to 4).
    header = _header(token, max_bytes)
    # 2. Nothing that is not understood must be (4.1.11).
    if "crit" in header:
        raise SignatureError("The token demands an extension that is not understood (crit).")
    # 3. The algorithm: asymmetric, RSA, from a closed list (RFC 8725, 3.1).
    algorithm = _algorithm(header)
    # 4. The certificates (x5c), then whether the first is to be trusted, and whose it is.
    certificate, *others = _certificates(header)
    trust.validate(
        certificate,
        moment=moment,
        usage=Usage.SIGNING,
        intermediates=others,
        organisasjonsnummer=organisasjonsnummer,
    )
    # 5. The signature over header and payload, with the key of that certificate.
    return Verified(_payload(token, certificate, algorithm), certificate)


def _header(token: str, max_bytes: int) -> dict[str, Any]:
    if len(token) > max_bytes:
        raise UnreadableAnswerError(f"The token is larger than {max_bytes} bytes.")
    compact = _COMPACT.fullmatch(token)
    if compact is None:
        raise UnreadableAnswerError("The token is not a JWS in compact form.")
    try:
        header = read_json(base64url_decode(compact[1]))
    except (binascii.Error, ValueError) as error:
        raise UnreadableAnswerError("The header of the token cannot be read.") from error
    if not isinstance(header, dict):
        raise UnreadableAnswerError("The header of the token is not a JSON object.")
    return header


def _algorithm(header: dict[str, Any]) -> str:
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in _ACCEPTED:
        raise SignatureError(f"The token must be signed with {', '.join(sorted(_ACCEPTED))}.")
    return algorithm


def _certificates(header: dict[str, Any]) -> list[x509.Certificate]:
    written = header.get("x5c")
    if not isinstance(written, list) or not 1 <= len(written) <= _MAX_CERTIFICATES:
        raise UnreadableAnswerError(
            f"The token must bring 1 to {_MAX_CERTIFICATES} certificates (x5c)."
        )
    try:
        return [read_certificate(base64.b64decode(one, validate=True)) for one in written]
    except (binascii.Error, TypeError, ValueError) as error:
        raise UnreadableAnswerError("A certificate in the token (x5c) cannot be read.") from error


def _payload(token: str, certificate: x509.Certificate, algorithm: str) -> bytes:
    try:
        payload: bytes = PyJWS(algorithms=[algorithm]).decode(
            token, _key(certificate), algorithms=[algorithm]
        )
    except InvalidSignatureError as error:
        raise SignatureError("The signature of the token does not hold.") from error
    except PyJWTError as error:
        raise UnreadableAnswerError("The token is not a JWS in compact form.") from error
    return payload


def _key(certificate: x509.Certificate) -> rsa.RSAPublicKey:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < SMALLEST_KEY:
        raise CertificateError(
            CertificateProblem.FORMAT,
            f"The certificate in the token must have an RSA key of {SMALLEST_KEY} bits or more.",
        )
    return key
