"""XML signatures made already in canonical form."""

from __future__ import annotations

import hashlib
from binascii import b2a_base64
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sdp.xmlsec import names
from sdp.xmlsec.names import DS
from sdp.xmlsec.writing import attribute

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sdp.pki import Signer


class Transform(StrEnum):
    """Transform of a thing before it is digested."""

    EXCLUSIVE_C14N = names.EXCLUSIVE_C14N
    ENVELOPED = names.ENVELOPED
    ATTACHMENT_CONTENT = names.ATTACHMENT_CONTENT


_METHODS: Final = (
    f'<ds:CanonicalizationMethod Algorithm="{names.EXCLUSIVE_C14N}"></ds:CanonicalizationMethod>'
    f'<ds:SignatureMethod Algorithm="{names.RSA_SHA256}"></ds:SignatureMethod>'
)
_BEFORE_DIGEST: Final = {
    transform: f'<ds:Transforms><ds:Transform Algorithm="{transform}"></ds:Transform>'
    f'</ds:Transforms><ds:DigestMethod Algorithm="{names.SHA256}"></ds:DigestMethod>'
    for transform in Transform
}


@dataclass(frozen=True, slots=True)
class Reference:
    """One signed thing: where it is, what is done to it, and the SHA-256 of the outcome."""

    uri: str
    transform: Transform
    digest: bytes

    @classmethod
    def of(cls, uri: str, transform: Transform, content: bytes) -> Reference:
        """Digest `content`, which is the thing after its transform."""
        return cls(uri, transform, hashlib.sha256(content).digest())

    def to_xml(self) -> str:
        """Write the ds:Reference, canonical where the prefix `ds` is declared around it."""
        digest = b2a_base64(self.digest, newline=False).decode("ascii")
        return (
            f'<ds:Reference URI="{attribute(self.uri)}">{_BEFORE_DIGEST[self.transform]}'
            f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
        )


def signature(references: Iterable[Reference], signer: Signer, key_info: str) -> str:
    """Sign the references and write the ds:Signature.

    Args:
        references: what to sign.
        signer: whose key signs.
        key_info: what the ds:KeyInfo holds, canonical where the prefix `ds` is declared around it.
    """
    content = _METHODS + "".join([reference.to_xml() for reference in references])
    # Canonicalized on its own, SignedInfo declares the namespace that its parent declares for it.
    alone = f'<ds:SignedInfo xmlns:ds="{DS}">{content}</ds:SignedInfo>'
    value = signer.sign(hashlib.sha256(alone.encode()).digest())
    written = b2a_base64(value, newline=False).decode("ascii")
    return (
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>{content}</ds:SignedInfo>'
        f"<ds:SignatureValue>{written}</ds:SignatureValue><ds:KeyInfo>{key_info}</ds:KeyInfo>"
        "</ds:Signature>"
    )
