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
    RevocationLimits,
)
from sdp.pki.trust.end_entity import Usage, check_organisation
from sdp.pki.trust.store import TrustStore

__all__ = [
    "Decryptor",
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
]
