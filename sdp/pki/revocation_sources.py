"""Asks those whom a certificate names: its OCSP responders first, then its revocation lists."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sdp.pki import crl, ocsp
from sdp.pki.revocation_cache import Cache
from sdp.pki.revocation_status import (
    NoAnswerError,
    Revoked,
    Settled,
    Status,
    Unreachable,
    Untrusted,
    UntrustedAnswerError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from cryptography import x509

    from sdp.pki.revocation_fetch import Deadline, Fetcher

_MAX_OCSP_BYTES = 64 * 1024
_MAX_CRL_BYTES = 32 * 1024 * 1024
_KEPT_ANSWERS = 1024
_KEPT_LISTS = 16


class Sources:
    """Finds out the status of certificates. Safe to share between threads."""

    def __init__(
        self,
        fetcher: Fetcher,
        *,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
    ) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._random = random
        self._answers: Cache[tuple[x509.Certificate, x509.Certificate], Settled] = Cache(
            _KEPT_ANSWERS
        )
        self._lists: Cache[tuple[str, x509.Certificate], crl.RevocationList] = Cache(_KEPT_LISTS)

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, deadline: Deadline
    ) -> Status:
        """Ask one source after the other until an answer settles the matter."""
        untrusted, silent = list[str](), list[str]()
        try:
            for name, ask in self._ways(certificate, issuer, deadline):
                try:
                    return ask()
                except UntrustedAnswerError as error:
                    untrusted.append(f"{name}: {error}")
                except NoAnswerError as error:
                    silent.append(f"{name}: {error}")
        except UntrustedAnswerError as error:
            untrusted.append(str(error))
        if untrusted:
            return Untrusted("; ".join(untrusted))
        return Unreachable("; ".join(silent) or "it names neither OCSP nor a CRL over HTTP")

    def _ways(
        self, certificate: x509.Certificate, issuer: x509.Certificate, deadline: Deadline
    ) -> Iterator[tuple[str, Callable[[], Settled]]]:
        for url in ocsp.addresses(certificate):
            yield f"OCSP {url}", partial(self._by_ocsp, url, certificate, issuer, deadline)
        for point in crl.points(certificate):
            yield f"CRL {point.url}", partial(self._by_crl, point, certificate, issuer, deadline)

    def _by_ocsp(
        self,
        url: str,
        certificate: x509.Certificate,
        issuer: x509.Certificate,
        deadline: Deadline,
    ) -> Settled:
        def ask() -> tuple[Settled, datetime]:
            nonce = self._random(ocsp.NONCE_BYTES)
            answer = self._fetcher.fetch(
                url,
                deadline,
                max_bytes=_MAX_OCSP_BYTES,
                content=ocsp.request(certificate, issuer, nonce),
                content_type=ocsp.REQUEST_TYPE,
            )
            settled, responder = ocsp.read(
                answer, certificate, issuer, nonce=nonce, now=self._clock()
            )
            if responder is not None:
                self._check_responder(responder, issuer, deadline)
            return settled, settled.until

        return self._answers.get(
            (certificate, issuer), now=self._clock(), patience=deadline.remaining, ask=ask
        )

    def _check_responder(
        self, responder: x509.Certificate, issuer: x509.Certificate, deadline: Deadline
    ) -> None:
        # By lists alone: asking a responder about itself could go on for ever.
        for point in crl.points(responder):
            if isinstance(self._by_crl(point, responder, issuer, deadline), Revoked):
                raise UntrustedAnswerError("the certificate of the responder is revoked")

    def _by_crl(
        self,
        point: crl.Point,
        certificate: x509.Certificate,
        issuer: x509.Certificate,
        deadline: Deadline,
    ) -> Settled:
        def ask() -> tuple[crl.RevocationList, datetime]:
            data = self._fetcher.fetch(point.url, deadline, max_bytes=_MAX_CRL_BYTES)
            found = crl.read(data, issuer, now=self._clock())
            return found, found.until

        found = self._lists.get(
            (point.url, issuer), now=self._clock(), patience=deadline.remaining, ask=ask
        )
        return crl.status(found, certificate, point)
