"""Keys, certificates, trust and revocation."""

from sdp.pki.certificates import organisasjonsnummer, read_certificate
from sdp.pki.keys.identity import Identity
from sdp.pki.keys.signer import Decryptor, OaepHash, Signer
from sdp.pki.revocation.policy import (
    Fetch,
    FetchRequest,
    Policy,
    Revocation,
    RevocationCheck,
)
from sdp.pki.revocation.sources import RevocationLimits
from sdp.pki.trust.deferred import ChainValidator, DeferredValidation, validating
from sdp.pki.trust.end_entity import Usage, check_organisation
from sdp.pki.trust.store import TrustStore

__all__ = [
    "ChainValidator",
    "Decryptor",
    "DeferredValidation",
    "Fetch",
    "FetchRequest",
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
]
