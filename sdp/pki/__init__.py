"""Keys, certificates and whom to trust."""

from sdp.pki.identity import Identity
from sdp.pki.organisasjon import organisasjonsnummer
from sdp.pki.signer import Decryptor, OaepHash, Signer
from sdp.pki.trust import TrustStore, Usage

__all__ = [
    "Decryptor",
    "Identity",
    "OaepHash",
    "Signer",
    "TrustStore",
    "Usage",
    "organisasjonsnummer",
]
