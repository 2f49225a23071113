"""Traces and metrics of a worker through OpenTelemetry's API, where it is installed.

A span for each block and each letter has ids and nothing private: no key of the caller's, no
person, no words of others. Where the extra `otel` is not installed, nothing is imported and nothing
is done. Without an SDK the API itself does nothing.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Protocol

import sqlalchemy as sa

from sdp.errors import OutboxError, SdpError
from sdp.outbox.openmetrics import BUCKETS, gauges
from sdp.outbox.tables import brev, kvittering

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime

    from opentelemetry.metrics import CallbackOptions, Observation
    from sqlalchemy import Connection

    from sdp.domain import SendResultat
    from sdp.outbox.database import Database
    from sdp.outbox.openmetrics import Family
    from sdp.outbox.slowness import SlowRule

_SCOPE: Final = "sdp.outbox"
_FRESH_SECONDS: Final = 5.0
"""Time in which one reading of the tables serves every gauge."""

Delivery = tuple[str, float]
"""A receiver, and the seconds that it took to deliver a letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A letter on its way, as its span tells of it."""

    meldings_id: str
    konversasjons_id: str
    attempt: int
    repeated: bool
    wire: str
    route: str
    receiver: str


class Telemetry(Protocol):
    """Listener to what a worker does. Safe to share between threads."""

    def block(self, block: int, worker: int, wire: str) -> AbstractContextManager[object]:
        """Surround the sending of a block."""

    def around(self) -> object:
        """Return what the spans of letters that are sent on other threads are part of."""

    def letter(
        self, sending: Sending, around: object
    ) -> AbstractContextManager[Callable[[SendResultat | SdpError], None]]:
        """Surround the sending of a letter; what it gives is told the result."""

    def attempted(self, outcome: str, wire: str, route: str) -> None:
        """Count an attempt that was settled."""

    def deliveries(self, connection: Connection, new: Collection[str]) -> Iterable[Delivery]:
        """Return what new receipts say of times to levering; `new` are their meldings_id."""

    def delivered(self, found: Iterable[Delivery]) -> None:
        """Record times to levering."""


class Silent:
    """Telemetry that nobody listens to."""

    def block(self, _block: int, _worker: int, _wire: str) -> AbstractContextManager[object]:
        """Surround nothing."""
        return nullcontext()

    def around(self) -> object:
        """Return nothing."""
        return None

    def letter(
        self, _sending: Sending, _around: object
    ) -> AbstractContextManager[Callable[[SendResultat | SdpError], None]]:
        """Surround nothing."""
        return _UNTOLD

    def attempted(self, _outcome: str, _wire: str, _route: str) -> None:
        """Count nothing."""

    def deliveries(self, _connection: Connection, _new: Collection[str]) -> Iterable[Delivery]:
        """Return nothing."""
        return ()

    def delivered(self, _found: Iterable[Delivery]) -> None:
        """Record nothing."""


def _ignore(_: SendResultat | SdpError) -> None:
    pass


_UNTOLD: Final = nullcontext(_ignore)


@contextmanager
def telemetry(
    database: Database, clock: Callable[[], datetime], slow: SlowRule
) -> Iterator[Telemetry]:
    """Give the telemetry of one worker; its gauges are read for as long as the block lasts."""
    if not _is_installed():
        yield Silent()
        return
    reading = _Reading(database, clock, slow)
    instruments = _instruments()
    instruments.readings.append(reading)
    try:
        yield _Told(instruments)
    finally:
        instruments.readings.remove(reading)


def _is_installed() -> bool:
    try:
        return find_spec("opentelemetry.trace") is not None
    except ModuleNotFoundError:
        return False


def _is_of_the_api(provider: object) -> bool:
    """Tell whether a provider is one of the API's own, which nobody reads."""
    return type(provider).__module__.startswith(("opentelemetry.trace", "opentelemetry.metrics"))


class _Told:
    """Telemetry that OpenTelemetry is told of."""

    def __init__(self, instruments: _Instruments) -> None:
        from opentelemetry import context, trace

        self._instruments = instruments
        self._here = context.get_current
        self._tracer = trace.get_tracer(_SCOPE)
        self._error = trace.Status(trace.StatusCode.ERROR)
        self._is_traced = self._is_measured = True

    def _ask_who_listens(self) -> None:
        """See whether an SDK is there by now; without one the API would do nothing, at a price."""
        from opentelemetry import metrics, trace

        self._is_traced = not _is_of_the_api(trace.get_tracer_provider())
        self._is_measured = not _is_of_the_api(metrics.get_meter_provider())

    def block(self, block: int, worker: int, wire: str) -> AbstractContextManager[object]:
        self._ask_who_listens()
        attributes: dict[str, str | int] = {
            "sdp.block": block,
            "sdp.worker": worker,
            "sdp.wire": wire,
        }
        return self._tracer.start_as_current_span(
            "sdp.outbox.block",
            attributes=attributes,
            # The words of an exception may repeat what others wrote.
            record_exception=False,
            set_status_on_exception=False,
        )

    def around(self) -> object:
        return self._here()

    def letter(
        self, sending: Sending, around: Any
    ) -> AbstractContextManager[Callable[[SendResultat | SdpError], None]]:
        return self._span(sending, around) if self._is_traced else _UNTOLD

    @contextmanager
    def _span(
        self, sending: Sending, around: Any
    ) -> Iterator[Callable[[SendResultat | SdpError], None]]:
        attributes: dict[str, str | int | bool] = {
            "sdp.meldings_id": sending.meldings_id,
            "sdp.konversasjons_id": sending.konversasjons_id,
            "sdp.attempt": sending.attempt,
            "sdp.repeated": sending.repeated,
            "sdp.wire": sending.wire,
            "sdp.route": sending.route,
            "sdp.receiver": sending.receiver,
        }
        with self._tracer.start_as_current_span(
            "sdp.outbox.letter",
            context=around,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:

            def ended(result: SendResultat | SdpError) -> None:
                if isinstance(result, SdpError):
                    span.set_attribute("error.type", type(result).__name__)
                    span.set_status(self._error)
                else:
                    span.set_attribute("sdp.already_received", result.already_received)

            yield ended

    def attempted(self, outcome: str, wire: str, route: str) -> None:
        if self._is_measured:
            labels = {"outcome": outcome, "wire": wire, "route": route}
            self._instruments.attempts.add(1, labels)

    def deliveries(self, connection: Connection, new: Collection[str]) -> Iterable[Delivery]:
        if not new or not self._is_measured:
            return ()
        query = (
            sa.select(brev.c.mottaker, brev.c.sendt, brev.c.levert)
            .join_from(kvittering, brev, kvittering.c.brev_id == brev.c.id)
            .where(
                kvittering.c.meldings_id.in_(list(new)),
                kvittering.c.slag == "levering",
                brev.c.sendt.is_not(None),
                brev.c.levert.is_not(None),
            )
        )
        return [
            (mottaker or "", max(0.0, (levert - sendt).total_seconds()))
            for mottaker, sendt, levert in connection.execute(query)
        ]

    def delivered(self, found: Iterable[Delivery]) -> None:
        for receiver, seconds in found:
            self._instruments.delivery_time.record(seconds, {"receiver": receiver})


class _Reading:
    """Gauges of one outbox, read from its tables when they are asked for."""

    def __init__(self, database: Database, clock: Callable[[], datetime], slow: SlowRule) -> None:
        self._database = database
        self._clock = clock
        self._slow = slow
        self._lock = threading.Lock()
        self._found: dict[str, Family] = {}
        self._read_at = -_FRESH_SECONDS

    def family(self, name: str) -> Family | None:
        """Return the measurements of a name; None while the database does not answer."""
        with self._lock:
            if time.monotonic() - self._read_at >= _FRESH_SECONDS:
                self._found = self._read()
                self._read_at = time.monotonic()
            return self._found.get(name)

    def _read(self) -> dict[str, Family]:
        try:
            with self._database.read() as connection:
                found = gauges(connection, self._clock(), self._slow)
                return {family.name: family for family in found}
        except OutboxError:
            return {}


class _Instruments:
    """The instruments of this process, made once: workers come and go, and they stay.

    Attributes:
        readings: the outboxes that workers of this process work on now.
    """

    def __init__(self) -> None:
        from opentelemetry import metrics

        self.readings: list[_Reading] = []
        self._observation = metrics.Observation
        meter = metrics.get_meter(_SCOPE)
        self.attempts = meter.create_counter(
            "sdp.outbox.attempts", description="Attempts that this worker has settled."
        )
        self.delivery_time = meter.create_histogram(
            "sdp.outbox.delivery_time",
            unit="s",
            description="Time from acceptance to levering.",
            explicit_bucket_boundaries_advisory=BUCKETS,
        )
        for name, unit, words in GAUGES:
            meter.create_observable_gauge(
                dotted(name), callbacks=[self._asked(name)], unit=unit, description=words
            )

    def _asked(self, name: str) -> Callable[[CallbackOptions], list[Observation]]:
        def observe(_: CallbackOptions) -> list[Observation]:
            found = (reading.family(name) for reading in tuple(self.readings))
            return [
                self._observation(sample.value, dict(sample.labels))
                for family in found
                if family is not None
                for sample in family.samples
            ]

        return observe


GAUGES: Final = (
    ("sdp_outbox_letters", "", "Letters by campaign and state."),
    ("sdp_outbox_routed_letters", "", "Letters by state, wire, route and reason."),
    ("sdp_outbox_overdue_letters", "", "Letters without levering after the deadline."),
    ("sdp_outbox_oldest_waiting_seconds", "s", "Age of the oldest letter that waits."),
    ("sdp_outbox_receipts", "", "Stored receipts by kind."),
    ("sdp_outbox_receipts_set_aside", "", "Receipts that could not be read or trusted."),
    ("sdp_outbox_brake_seconds", "s", "Time that a wire is still left alone."),
    ("sdp_outbox_brakes_in_a_row", "", "Times in a row that a wire has been braked."),
    ("sdp_outbox_slow_providers", "", "Times slower than usual, of providers that are slow."),
)
"""The gauges that are read from the tables: the name as in OpenMetrics, unit and words."""


def dotted(name: str) -> str:
    """Return the name of a gauge as OpenTelemetry writes it: its unit is no part of it."""
    return name.removesuffix("_seconds").replace("_", ".", 2)


_made: list[_Instruments] = []
_making = threading.Lock()


def _instruments() -> _Instruments:
    with _making:
        if not _made:
            _made.append(_Instruments())
        return _made[0]
