"""Validates the certificates of many people, who share those of a few mailbox providers."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from sdp.errors import CertificateError

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.x509 import Certificate

    from sdp.errors import CertificateProblem
    from sdp.pki import TrustStore, Usage

_GOOD_FOR: Final = timedelta(minutes=1)
_MOST: Final = 256


class _Refusal(NamedTuple):
    problem: CertificateProblem
    message: str
    remedy: str


class Validated:
    """Remembers each verdict for a minute. A `CertificateCheck`; safe to share between threads."""

    def __init__(self, trust: TrustStore) -> None:
        self._trust = trust
        self._verdicts: dict[tuple[Certificate, Usage, str], tuple[datetime, _Refusal | None]] = {}
        self._lock = threading.Lock()

    def __call__(
        self,
        certificate: Certificate,
        /,
        *,
        moment: datetime,
        usage: Usage,
        organisasjonsnummer: str,
    ) -> None:
        """Return if the certificate is to be trusted.

        Raises:
            CertificateError: it is not.
        """
        asked = (certificate, usage, organisasjonsnummer)
        with self._lock:
            kept = self._verdicts.get(asked)
        if kept is None or not timedelta() <= moment - kept[0] < _GOOD_FOR:
            kept = moment, self._verdict(certificate, moment, usage, organisasjonsnummer)
            with self._lock:
                if len(self._verdicts) >= _MOST:
                    self._verdicts.clear()
                self._verdicts[asked] = kept
        refusal = kept[1]
        if refusal is not None:
            # Made anew each time: an exception grows with each raise, and threads would share it.
            raise CertificateError(refusal.problem, refusal.message, remedy=refusal.remedy)

    def _verdict(
        self, certificate: Certificate, moment: datetime, usage: Usage, organisasjonsnummer: str
    ) -> _Refusal | None:
        try:
            self._trust.validate(
                certificate, moment=moment, usage=usage, organisasjonsnummer=organisasjonsnummer
            )
        except CertificateError as error:
            return _Refusal(error.problem, error.message, error.remedy)
        return None
