"""JSON Web Signatures (RFC 7515) as the national APIs use them, and the strict JSON in them."""

from __future__ import annotations

import base64
import binascii
import codecs
import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from sdp.errors import (
    CertificateError,
    CertificateProblem,
    SignatureError,
    UnreadableAnswerError,
    UnsupportedKeyError,
)
from sdp.pki import Usage, read_certificate
from sdp.pki import organisasjonsnummer as organisation_of
from sdp.pki.cache import remembered
from sdp.pki.certificates import SMALLEST_KEY, base64_der
from sdp.pki.keys.registered import RegisteredKey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cryptography import x509

    from sdp.pki import ChainValidator, Signer


MOST_VALUES: Final = 1_000_000
"""The most values in a text, by the signs before them: three bytes may take eighty in memory."""


def read_json(content: bytes, *, signed: bool = False) -> Any:
    """Parse JSON in UTF-8, in which no name stands twice.

    A byte order mark before an answer is passed over, as RFC 8259, section 8.1, lets a reader do.

    Args:
        content: what came.
        signed: refuse the mark as well, since others that verify the same may not read past it.

    Raises:
        ValueError: it is something else: UTF-16, NaN, too deep to be read, or of too many values.
            What the parser complains of holds the whole text, so it is in neither words nor cause.
    """
    bare = content if signed else content.removeprefix(codecs.BOM_UTF8)
    if sum(map(bare.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise ValueError(f"holds more than {MOST_VALUES} values")
    try:
        return json.loads(bare.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise ValueError("not JSON that everybody reads alike") from None


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    # Of two values for reservasjon, Python would keep the last without a word.
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number")


_RS256: Final = "RS256"
_ACCEPTED: Final[dict[str, hashes.HashAlgorithm]] = {
    _RS256: hashes.SHA256(),
    "RS384": hashes.SHA384(),
    "RS512": hashes.SHA512(),
}
MAX_BYTES: Final = 1024 * 1024
"""The most a token may be unless a place says otherwise."""

_MAX_CERTIFICATES: Final = 10
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){2}")


def sign(
    payload: bytes,
    signer: Signer | RegisteredKey,
    *,
    key_id: str | None = None,
    typ: str = "JWT",
) -> str:
    """Sign a payload and return the token in its compact form (RFC 7515), RS256.

    Args:
        payload: what is signed.
        signer: holds the key, and the certificates that are put in `x5c`; a registered key is
            named by its id (`kid`) instead.
        key_id: names the key in place of its certificates, where it is registered.
        typ: what the token is.

    Raises:
        UnsupportedKeyError: the signer's key is not RSA of 2048 bits or more.
    """
    if not isinstance(signer, RegisteredKey):
        _require_rsa(signer.chain[0])
    signed = f"{_header(typ, *_named(signer, key_id))}.{_encoded(payload)}"
    return f"{signed}.{_encoded(signer.sign(hashlib.sha256(signed.encode()).digest()))}"


def _named(
    signer: Signer | RegisteredKey, key_id: str | None
) -> tuple[str | None, tuple[str, ...]]:
    """Return the id that names the key, or else the certificates that do, in base64."""
    if isinstance(signer, RegisteredKey):
        return signer.key_id, ()
    if key_id is not None:
        return key_id, ()
    return None, tuple(map(base64_der, signer.chain))


@lru_cache(maxsize=16)  # a sender has few, and each letter brings one
def _header(typ: str, key_id: str | None, chain: tuple[str, ...]) -> str:
    """Write the header of a token, encoded."""
    named: dict[str, Any] = {"x5c": chain} if key_id is None else {"kid": key_id}
    header = json.dumps({"typ": typ, "alg": _RS256, **named}, separators=(",", ":"))
    return _encoded(header.encode())


@remembered(16)
def _require_rsa(certificate: x509.Certificate) -> None:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < SMALLEST_KEY:
        raise UnsupportedKeyError(
            f"Tokens are signed with RS256, by an RSA key of {SMALLEST_KEY} bits or more.",
            remedy="Order a virksomhetssertifikat with such a key.",
        )


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _encoded(content) != text:  # the last character may hold bits that stand for nothing
        raise binascii.Error("not canonical base64url")
    return content


@dataclass(frozen=True, slots=True)
class Verified:
    """Content of a token, and the certificate that has signed it.

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
    trust: ChainValidator,
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
        SignatureError: the signature does not hold, or is of another kind.
    """
    # 1. The form, and a header that everybody reads alike (RFC 7515, 5.2, steps 1 to 4).
    header, payload, signed, signature = _split(token, max_bytes)
    # 2. Nothing that is not understood must be (4.1.11), and the payload is in base64url.
    if "crit" in header:
        raise SignatureError("The token demands an extension that is not understood (crit).")
    if not isinstance(header.get("kid", ""), str) or header.get("b64", True) is not True:
        raise UnreadableAnswerError("kid or b64 in the header of the token has an unknown value.")
    # 3. The algorithm: asymmetric, RSA, from a closed list (RFC 8725, 3.1).
    digest = _digest(header)
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
    try:
        _key(certificate).verify(signature, signed, PKCS1v15(), digest)
    except InvalidSignature:
        raise SignatureError(
            "The signature of the token does not hold; it must be RS256, RS384 or RS512 by the "
            "key of its certificate."
        ) from None
    return Verified(payload, certificate)


def _split(token: str, max_bytes: int) -> tuple[dict[str, Any], bytes, bytes, bytes]:
    """Return header, payload, what is signed, and the signature. Nothing in them is verified."""
    if len(token) > max_bytes:
        raise UnreadableAnswerError(f"The token is larger than {max_bytes} bytes.")
    if _COMPACT.fullmatch(token) is None:
        raise UnreadableAnswerError("The token is not a JWS in compact form.")
    signed = token.rpartition(".")[0].encode("ascii")
    try:
        head, payload, signature = map(_decoded, token.split("."))
    except binascii.Error:
        raise UnreadableAnswerError("The token is not a JWS in compact form.") from None
    try:
        header = read_json(head, signed=True)
    except ValueError:
        raise UnreadableAnswerError("The header of the token cannot be read.") from None
    if not isinstance(header, dict):
        raise UnreadableAnswerError("The header of the token is not a JSON object.")
    return header, payload, signed, signature


def _digest(header: dict[str, Any]) -> hashes.HashAlgorithm:
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in _ACCEPTED:
        raise SignatureError(f"The token must be signed with {', '.join(sorted(_ACCEPTED))}.")
    return _ACCEPTED[algorithm]


def _certificates(header: dict[str, Any]) -> list[x509.Certificate]:
    written = header.get("x5c")
    if not isinstance(written, list) or not 1 <= len(written) <= _MAX_CERTIFICATES:
        raise UnreadableAnswerError(
            f"The token must bring 1 to {_MAX_CERTIFICATES} certificates (x5c)."
        )
    try:
        return [read_certificate(base64.b64decode(one, validate=True)) for one in written]
    except (binascii.Error, TypeError, ValueError):
        raise UnreadableAnswerError("A certificate in the token (x5c) cannot be read.") from None


@remembered(64)  # few sign receipts, and each signs many
def _key(certificate: x509.Certificate) -> rsa.RSAPublicKey:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < SMALLEST_KEY:
        raise CertificateError(
            CertificateProblem.FORMAT,
            f"The certificate in the token must have an RSA key of {SMALLEST_KEY} bits or more.",
        )
    return key
