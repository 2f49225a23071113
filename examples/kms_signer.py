"""Sign letters with a key in a cloud KMS, which signs digests and never hands out the key.

Write the few lines of `Kms` over your vendor's client, and give the signer to the library:

    chain = load_pem_x509_certificates(Path("virksomhet.pem").read_bytes())
    client = sdp.Client(config, signer=KmsSigner(kms, "keys/virksomhet", chain))
"""

from collections.abc import Sequence
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509 import Certificate

import sdp


class Kms(Protocol):
    """What is needed of a KMS. Vendors name the algorithm in their own ways."""

    def sign_digest(self, key: str, digest: bytes, algorithm: str) -> bytes:
        """Sign a digest; `algorithm` is RSASSA_PKCS1_V1_5_SHA_256."""


class KmsSigner:
    """A `sdp.Signer` whose key is in a KMS. Safe for threads if the client of the KMS is."""

    def __init__(self, kms: Kms, key: str, chain: Sequence[Certificate]) -> None:
        public_key = chain[0].public_key()
        if not isinstance(public_key, RSAPublicKey) or not 2048 <= public_key.key_size <= 4096:
            raise sdp.UnsupportedKeyError("The wire signs with RSA keys of 2048 to 4096 bits.")
        self._kms = kms
        self._key = key
        self._chain = tuple(chain)
        self._public_key = public_key
        # A key that is missing, or another than the certificate's, is found out now and not at
        # the first letter.
        self.sign(bytes(32))

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """The certificate first, then its issuers."""
        return self._chain

    def sign(self, digest: bytes) -> bytes:
        """Sign a SHA-256 digest of 32 bytes with RSASSA-PKCS1-v1_5."""
        signature = self._kms.sign_digest(self._key, digest, "RSASSA_PKCS1_V1_5_SHA_256")
        try:
            self._public_key.verify(signature, digest, PKCS1v15(), Prehashed(hashes.SHA256()))
        except InvalidSignature:
            raise sdp.KeyMismatchError(
                f"What the KMS signed with {self._key} does not verify with the certificate.",
                remedy="Use the key that the certificate was ordered with.",
            ) from None
        return signature
