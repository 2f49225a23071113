"""Addresses of everything that one environment serves, on its one port."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BROKER: Final = "/api"
ACCESS_POINT: Final = "/dpi"
MASKINPORTEN: Final = "/maskinporten"
KRR_REST: Final = "/krr/rest"
KRR_SOAP: Final = "/krr/ws-v5"
OCSP: Final = "/pki/ocsp"
CRL: Final = "/pki/crl"


@dataclass(frozen=True, slots=True)
class Addresses:
    """URLs of an environment. Revocation alone is served over plain HTTP."""

    port: int

    @property
    def root_url(self) -> str:
        """The root of everything, without a slash at its end."""
        return f"https://localhost:{self.port}"

    @property
    def broker_url(self) -> str:
        """The broker of the ebMS wire."""
        return f"{self.root_url}{BROKER}/"

    @property
    def dpi_url(self) -> str:
        """The access point of the DPI wire, without a slash at its end."""
        return f"{self.root_url}{ACCESS_POINT}"

    @property
    def maskinporten_url(self) -> str:
        """The issuer of tokens."""
        return f"{self.root_url}{MASKINPORTEN}/"

    @property
    def krr_rest_url(self) -> str:
        """The contact register over REST, without its version."""
        return f"{self.root_url}{KRR_REST}/"

    @property
    def krr_soap_url(self) -> str:
        """The contact register over SOAP."""
        return f"{self.root_url}{KRR_SOAP}"

    @property
    def ocsp_url(self) -> str:
        """The OCSP responder that certificates name."""
        return f"http://127.0.0.1:{self.port}{OCSP}"

    @property
    def crl_url(self) -> str:
        """The folder of the revocation lists that certificates name."""
        return f"http://127.0.0.1:{self.port}{CRL}"
