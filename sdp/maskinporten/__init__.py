"""Access tokens from Maskinporten, for DPI and for the contact register over REST."""

from sdp.maskinporten.token_endpoint import Token, TokenRequest
from sdp.maskinporten.tokens import Maskinporten, MaskinportenSettings

__all__ = ["Maskinporten", "MaskinportenSettings", "Token", "TokenRequest"]
