"""Configuration: environments, identity and services, from TOML and the process environment."""

from sdp.config.client import ClientConfig, DpiConfig, EbmsConfig, KrrConfig
from sdp.config.environments import Environment
from sdp.config.identity import IdentityConfig
from sdp.config.maskinporten import MaskinportenConfig

__all__ = [
    "ClientConfig",
    "DpiConfig",
    "EbmsConfig",
    "Environment",
    "IdentityConfig",
    "KrrConfig",
    "MaskinportenConfig",
]
