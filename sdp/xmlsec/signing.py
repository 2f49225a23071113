"""XML signatures made already in canonical form."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sdp.xmlsec import names
from sdp.xmlsec.canonical import element
from sdp.xmlsec.names import DS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sdp.pki import Signer


class Transform(StrEnum):
    """Transform of a thing before it is digested."""

    EXCLUSIVE_C14N = names.EXCLUSIVE_C14N
    ENVELOPED = names.ENVELOPED
    ATTACHMENT_CONTENT = names.ATTACHMENT_CONTENT


def _algorithm(name: str, algorithm: str) -> str:
    return element(name, attributes={"Algorithm": algorithm})


_METHODS: Final = _algorithm("ds:CanonicalizationMethod", names.EXCLUSIVE_C14N) + _algorithm(
    "ds:SignatureMethod", names.RSA_SHA256
)
_DIGEST_METHOD: Final = _algorithm("ds:DigestMethod", names.SHA256)
_TRANSFORMS: Final = {
    transform: element("ds:Transforms", _algorithm("ds:Transform", transform))
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
        return element(
            "ds:Reference",
            _TRANSFORMS[self.transform],
            _DIGEST_METHOD,
            element("ds:DigestValue", base64.b64encode(self.digest).decode("ascii")),
            attributes={"URI": self.uri},
        )


def signature(references: Iterable[Reference], signer: Signer, key_info: str) -> str:
    """Sign the references and write the ds:Signature.

    Args:
        references: what to sign.
        signer: whose key signs.
        key_info: what the ds:KeyInfo holds, canonical where the prefix `ds` is declared around it.
    """
    content = _METHODS + "".join(reference.to_xml() for reference in references)
    # Canonicalized on its own, SignedInfo declares the namespace that its parent declares for it.
    alone = element("ds:SignedInfo", content, attributes={"xmlns:ds": DS})
    value = signer.sign(hashlib.sha256(alone.encode()).digest())
    return element(
        "ds:Signature",
        element("ds:SignedInfo", content),
        element("ds:SignatureValue", base64.b64encode(value).decode("ascii")),
        element("ds:KeyInfo", key_info),
        attributes={"xmlns:ds": DS},
    )
