"""Signs JSON Web Signatures with whatever holds the key."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from jwt.algorithms import RSAAlgorithm
from jwt.api_jws import PyJWS

from sdp.errors import UnsupportedKeyError
from sdp.pki.end_entity import SMALLEST_KEY

if TYPE_CHECKING:
    from cryptography import x509

    from sdp.pki import Signer

_RS256: Final = "RS256"


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
