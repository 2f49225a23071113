"""The addresses and keys of one environment: made at its first start, and the same after that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from sdp.errors import ConfigurationError
from sdp.testmiljo.ca import Issued, TestCA
from sdp.testmiljo.world.forms import CA, ISSUED

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sdp.testmiljo.world.state import Keeper


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


_CA = "ca"
_REMEDY = "name another state file, or delete this one to start anew."


class Keys:
    """Keys of the organisations and of the CA.

    Args:
        keeper: where keys are kept.
        clock: tells the time; aware.
    """

    def __init__(self, keeper: Keeper, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._kept_ca = keeper.records("ca", CA)
        self._kept_issued = keeper.records("keys", ISSUED)
        self._ca = dict(self._kept_ca.all()).get(_CA)
        self._issued = dict(self._kept_issued.all())

    def port(self, port: int) -> int:
        """Return the port to take: for 0 the one that the kept certificates name, if there are any.

        Raises:
            ConfigurationError: the kept certificates name another.
        """
        kept = urlsplit(self._ca.crl_url).port if self._ca and self._ca.crl_url else None
        if kept is not None and port not in (0, kept):
            raise ConfigurationError(
                f"The kept certificates say that one may ask at port {kept} whether they are"
                f" revoked, and this environment would be at port {port}.",
                remedy=f"Start it at port {kept}, {_REMEDY}",
            )
        return kept or port

    def ca(self, addresses: Addresses) -> TestCA:
        """Return the CA; a new one has certificates that name these addresses for revocation."""
        if self._ca is None:
            self._ca = TestCA.create(
                self._clock(), ocsp_url=addresses.ocsp_url, crl_url=addresses.crl_url
            )
            self._kept_ca.put(_CA, self._ca)
        return self._ca

    def issued(self, ca: TestCA, organisasjonsnummer: str, name: str) -> Issued:
        """Return the key and certificate of an organisation.

        Raises:
            ConfigurationError: the certificate has expired since it was made.
        """
        moment = self._clock()
        key = f"{organisasjonsnummer} {name}"
        found = self._issued.get(key)
        if found is None:
            found = self._issued[key] = ca.issue(organisasjonsnummer, name, moment=moment)
            self._kept_issued.put(key, found)
        end = found.certificate.not_valid_after_utc
        if end <= moment:
            raise ConfigurationError(
                f"The kept certificates were valid until {end:%Y-%m-%d}.",
                remedy=_REMEDY.capitalize(),
            )
        return found
