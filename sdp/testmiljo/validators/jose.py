"""JSON Web Signatures, RS256 alone, written out with cryptography: not the library's own hand."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from sdp.testmiljo.validators.certificates import read_base64_certificate

if TYPE_CHECKING:
    from cryptography import x509

_PARTS = 3


class TokenProblem(Exception):  # noqa: N818 - it is a finding, told to whoever sent the token
    """Defect of a token."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token taken apart. Nothing in it is checked yet."""

    header: dict[str, Any]
    payload: bytes
    signed: bytes
    signature: bytes

    @classmethod
    def read(cls, text: str) -> Token:
        """Take a token apart.

        Raises:
            TokenProblem: it is no token.
        """
        parts = text.split(".")
        if len(parts) != _PARTS:
            raise TokenProblem("is not a JWS in compact form")
        try:
            header, payload, signature = (_decoded(part) for part in parts)
            fields = json.loads(header)
        except (binascii.Error, ValueError) as error:
            raise TokenProblem("is not a JWS in compact form") from error
        if not isinstance(fields, dict):
            raise TokenProblem("has a header that is not an object")
        return cls(fields, payload, text.rpartition(".")[0].encode(), signature)

    def claims(self) -> dict[str, Any]:
        """Read the payload as a JSON object.

        Raises:
            TokenProblem: it is none.
        """
        try:
            claims = json.loads(self.payload)
        except ValueError as error:
            raise TokenProblem("has a payload that is not JSON") from error
        if not isinstance(claims, dict):
            raise TokenProblem("has a payload that is not an object")
        return claims

    def certificate(self) -> x509.Certificate:
        """Read the first certificate of `x5c`.

        Raises:
            TokenProblem: there is none.
        """
        chain = self.header.get("x5c")
        if not isinstance(chain, list) or not chain:
            raise TokenProblem("has no x5c")
        try:
            return read_base64_certificate(chain[0])
        except (TypeError, ValueError) as error:
            raise TokenProblem("has an x5c that is not a certificate") from error

    def check(self, key: object) -> None:
        """Check the signature: RS256, whatever else the header says.

        Raises:
            TokenProblem: it does not hold.
        """
        if self.header.get("alg") != "RS256":
            raise TokenProblem("is not signed with RS256")
        if not isinstance(key, RSAPublicKey):
            raise TokenProblem("is signed with a key that is not RSA")
        try:
            key.verify(self.signature, self.signed, PKCS1v15(), hashes.SHA256())
        except InvalidSignature as error:
            raise TokenProblem("has a signature that does not hold") from error


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
