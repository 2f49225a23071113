"""Keys, certificates, trust and revocation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp._exports import exports

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.pki.certificates import organisasjonsnummer, read_certificate
    from sdp.pki.keys.identity import Decryptor, Identity, OaepHash, Signer
    from sdp.pki.revocation.policy import (
        Fetch,
        FetchRequest,
        Policy,
        Revocation,
        RevocationCheck,
    )
    from sdp.pki.revocation.sources import RevocationLimits
    from sdp.pki.trust.deferred import (
        ChainValidator,
        DeferredValidation,
        Grounds,
        validating,
        validating_with_grounds,
    )
    from sdp.pki.trust.end_entity import Usage, check_organisation
    from sdp.pki.trust.store import TrustStore

__all__ = [
    "ChainValidator",
    "Decryptor",
    "DeferredValidation",
    "Fetch",
    "FetchRequest",
    "Grounds",
    "Identity",
    "OaepHash",
    "Policy",
    "Revocation",
    "RevocationCheck",
    "RevocationLimits",
    "Signer",
    "TrustStore",
    "Usage",
    "check_organisation",
    "organisasjonsnummer",
    "read_certificate",
    "validating",
    "validating_with_grounds",
]

__getattr__: Callable[[str], object] = exports(
    __name__,
    {
        "certificates": ("organisasjonsnummer", "read_certificate"),
        "keys.identity": ("Decryptor", "Identity", "OaepHash", "Signer"),
        "revocation.policy": ("Fetch", "FetchRequest", "Policy", "Revocation", "RevocationCheck"),
        "revocation.sources": ("RevocationLimits",),
        "trust.deferred": (
            "ChainValidator",
            "DeferredValidation",
            "Grounds",
            "validating",
            "validating_with_grounds",
        ),
        "trust.end_entity": ("Usage", "check_organisation"),
        "trust.store": ("TrustStore",),
    },
)
