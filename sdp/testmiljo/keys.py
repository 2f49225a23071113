"""The CA and the keys of one environment: made at its first start, and the same ones after that."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sdp.errors import ConfigurationError
from sdp.testmiljo.ca import Issued, TestCA
from sdp.testmiljo.kept import CA, ISSUED
from sdp.testmiljo.revocation_server import RevocationServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sdp.testmiljo.records import Keeper

_CA = "ca"
_REMEDY = "name another state file, or delete this one to start anew."


class Keys:
    """Who has which key.

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

    def revocation_server(self) -> RevocationServer:
        """Take the port that the certificates name, or any where there are none yet.

        Raises:
            ConfigurationError: the port is taken.
        """
        if self._ca is None or self._ca.crl_url is None:
            return RevocationServer()
        port = urlsplit(self._ca.crl_url).port or 0
        try:
            return RevocationServer(port)
        except OSError as error:
            raise ConfigurationError(
                f"Port {port} is taken, where the kept certificates say that one may ask whether "
                "they are revoked.",
                remedy=f"Stop what listens there, {_REMEDY}",
            ) from error

    def ca(self, issuers: RevocationServer) -> TestCA:
        """Return the CA; a new one has certificates that name `issuers`."""
        if self._ca is None:
            self._ca = TestCA.create(
                self._clock(), ocsp_url=issuers.ocsp_url, crl_url=issuers.crl_url
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
