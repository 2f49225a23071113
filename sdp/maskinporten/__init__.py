"""Access tokens from Maskinporten, for today's wire and for the contact register over REST."""

from sdp.maskinporten.tokens import Maskinporten, MaskinportenSettings
from sdp.maskinporten.values import Token, TokenRequest

__all__ = ["Maskinporten", "MaskinportenSettings", "Token", "TokenRequest"]
