"""Keys, certificates and whom to trust."""

from sdp.pki.end_entity import Usage, check_organisation
from sdp.pki.identity import Identity
from sdp.pki.organisasjon import organisasjonsnummer
from sdp.pki.received import read_certificate
from sdp.pki.revocation import (
    Fetch,
    FetchRequest,
    Policy,
    Revocation,
    RevocationCheck,
    RevocationLimits,
)
from sdp.pki.signer import Decryptor, OaepHash, Signer
from sdp.pki.trust import TrustStore

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
