"""The client: from a letter to a confirmed receipt."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from sdp._http.transport import HttpHooks, HttpTransport
from sdp.dokumentpakke import pack
from sdp.domain import Forsendelse, Prioritet
from sdp.ebms import EbmsWire, Ko, PendingMessage, SetAside
from sdp.errors import (
    ConfigurationError,
    InvalidInputError,
    Problem,
    RefusedError,
    Retry,
    UnknownOutcomeError,
)
from sdp.pki import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from sdp._http.exchange import HttpRequest, HttpResponse
    from sdp.config import ClientConfig
    from sdp.domain import Kvittering, SendResultat
    from sdp.pki import Identity, Signer, TrustStore

_log = logging.getLogger("sdp.client")

_SHORTEST_WAIT_SECONDS = 1.0


def _now() -> datetime:
    return datetime.now(UTC)


class Client:
    """Sends letters and fetches receipts. Safe to share between threads; close it when done.

    Args:
        config: where to send, who is sending, and how.
        signer: signs in place of the key file that `config` names, such as an HSM.
        trust: the trust anchors, in place of the ones that `config` names.
        clock: tells the time, in UTC.
        sleep: waits a number of seconds; used by `receipts(follow=True)` alone.
        transport: carries the HTTP requests, in place of the network.
        on_request: called with each HTTP request before it goes out.
        on_response: called with each HTTP answer.

    Raises:
        ConfigurationError: a setting is missing, or no trust store is configured.
        IdentityError: the sender's key or certificate cannot be used.
    """

    def __init__(
        self,
        config: ClientConfig,
        *,
        signer: Signer | None = None,
        trust: TrustStore | None = None,
        clock: Callable[[], datetime] = _now,
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
        on_request: Callable[[HttpRequest], None] | None = None,
        on_response: Callable[[HttpResponse], None] | None = None,
    ) -> None:
        self._environment = config.environment
        self._clock = clock
        self._sleep = sleep
        self._trust = trust or config.load_trust() or _no_trust_store()
        self._signer = signer or self._identity(config)
        self._wire = EbmsWire(
            environment=config.environment,
            signer=self._signer,
            trust=self._trust,
            databehandler=config.databehandler,
            clock=clock,
        )
        self._waits = _Waits(
            {
                Prioritet.NORMAL: config.environment.pull_interval_normal_seconds,
                Prioritet.PRIORITERT: config.environment.pull_interval_prioritert_seconds,
            }
        )
        self._http = HttpTransport(
            config.http_settings(),
            hooks=HttpHooks(request=on_request, response=on_response),
            transport=transport,
        )

    def send(self, forsendelse: Forsendelse) -> SendResultat:
        """Pack, sign, encrypt and send one letter.

        The ids of the letter are used as they are, so a letter sent twice is refused by the broker
        rather than delivered twice.

        Raises:
            InvalidInputError: the letter cannot be sent in this environment.
            CertificateError: the recipient's certificate is not to be trusted.
            PackageError: a document cannot be read, or the package is too large.
            NotSentError: nothing left this machine; try again.
            RefusedError: the broker refused; nothing was accepted.
            UnknownOutcomeError: no answer settled the matter; see `resend`.
        """
        self._refuse_synthetic_person_in_production(forsendelse)
        moment = self._clock()
        mottaker = forsendelse.teknisk_mottaker
        self._trust.validate(
            mottaker.sertifikat,
            moment=moment,
            usage=Usage.ENCRYPTION,
            organisasjonsnummer=mottaker.organisasjonsnummer,
        )
        pakke = pack(
            forsendelse,
            self._signer,
            moment=moment,
            size_limit=self._environment.size_limit_bytes,
        )
        try:
            resultat = self._http.run(self._wire.send(forsendelse, pakke))
        except UnknownOutcomeError:
            raise  # the package lives on in error.pending
        except BaseException:
            pakke.close()
            raise
        pakke.close()
        return resultat

    def resend(self, pending: PendingMessage) -> SendResultat:
        """Send the very same message again, after an `UnknownOutcomeError`.

        If the broker says that it already has the message, the first attempt had arrived: the
        result says so in `already_received`.

        Raises:
            NotSentError, UnknownOutcomeError: as for `send`; `pending` can be used again.
            RefusedError: the broker refused; `pending` can be used again if its `retry` says later.
        """
        try:
            resultat = self._http.run(self._wire.resend(pending))
        except RefusedError as error:
            if error.retry is Retry.NEVER:
                pending.close()
            raise
        pending.close()
        return resultat

    def receipts(
        self,
        *,
        prioritet: Prioritet = Prioritet.NORMAL,
        mpc_id: str | None = None,
        follow: bool = False,
        on_set_aside: Callable[[SetAside], None] | None = None,
    ) -> Iterator[Kvittering]:
        """Fetch receipts one by one, and confirm each when the caller is done with it.

        A receipt is confirmed when the next one is asked for. If the caller's block raises or
        breaks, its receipt stays unconfirmed and the broker gives it again after five minutes. A
        receipt may therefore come twice; tell them apart by `meldings_id`.

        A receipt that cannot be read or verified is passed to `on_set_aside` and logged; it stays
        unconfirmed and does not stop the others.

        Args:
            prioritet: which queue to empty.
            mpc_id: the part of the queue, where the letters were sent with one.
            follow: go on for ever, waiting when the queue is empty as long as the broker demands
                (10 minutes for normal, 1 minute for prioritised). Without it, an empty queue ends
                the iteration, and a call before that wait is over yields nothing.
            on_set_aside: told of each receipt that could not be read or verified.

        Raises:
            WireError: the broker could not be reached or refused; receipts already handed out are
                either confirmed or will be given again.
        """
        ko = Ko(prioritet, mpc_id)
        wait = self._waits.remaining(ko, self._clock())
        if wait and not follow:
            _log.info("the queue was empty a moment ago; it may be asked again in %.0f s", wait)
            return
        while True:
            if wait:
                self._sleep(wait)
            yield from self._until_empty(ko, on_set_aside)
            if not follow:
                return
            wait = max(self._waits.remaining(ko, self._clock()), _SHORTEST_WAIT_SECONDS)

    def _until_empty(
        self, ko: Ko, on_set_aside: Callable[[SetAside], None] | None
    ) -> Iterator[Kvittering]:
        handled: Kvittering | None = None
        already_set_aside: set[str | None] = set()
        while True:
            pulled = self._http.run(self._wire.pull(ko, confirm=handled))
            handled = None
            match pulled:
                case None:
                    break
                case SetAside() if pulled.message_id in already_set_aside:
                    break
                case SetAside():
                    already_set_aside.add(pulled.message_id)
                    _log.warning("a receipt was set aside: %s", pulled.reason)
                    if on_set_aside is not None:
                        on_set_aside(pulled)
                case kvittering:
                    yield kvittering
                    handled = kvittering
        self._waits.note_empty(ko, self._clock())

    def confirm(self, kvittering: Kvittering | SetAside) -> None:
        """Tell the broker that one receipt is stored, so that it is not given again.

        Needed only for receipts whose iteration was left early, and for ones set aside that the
        caller has dealt with by hand.

        Raises:
            WireError: the broker could not be reached or refused; confirm again.
        """
        self._http.run(self._wire.confirm(kvittering))

    def close(self) -> None:
        """Close the connections. The client cannot be used afterwards."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _identity(self, config: ClientConfig) -> Identity:
        moment = self._clock()
        return config.load_identity(moment).with_chain_from(self._trust, moment=moment)

    def _refuse_synthetic_person_in_production(self, forsendelse: Forsendelse) -> None:
        if self._environment.production and forsendelse.uses_synthetic_person:
            problem = Problem("personidentifikator", "must not be a synthetic test number here")
            raise InvalidInputError(
                "Forsendelse",
                [problem],
                remedy="Send test letters in a test environment.",
            )


class _Waits:
    """When each queue was last found empty, and how long to leave it alone after that."""

    def __init__(self, seconds: dict[Prioritet, float]) -> None:
        self._intervals = {prioritet: timedelta(seconds=s) for prioritet, s in seconds.items()}
        self._empty_since: dict[Ko, datetime] = {}
        self._lock = threading.Lock()

    def note_empty(self, ko: Ko, moment: datetime) -> None:
        with self._lock:
            self._empty_since[ko] = moment

    def remaining(self, ko: Ko, moment: datetime) -> float:
        """Seconds until the queue may be asked again; 0 if it may be asked now."""
        with self._lock:
            since = self._empty_since.get(ko)
        if since is None:
            return 0.0
        left = since + self._intervals[ko.prioritet] - moment
        return max(0.0, left.total_seconds())


def _no_trust_store() -> TrustStore:
    raise ConfigurationError(
        "No trust store is configured, so no recipient and no receipt can be trusted.",
        remedy="Set environment.trust to a folder or bundle of the CA certificates.",
    )
