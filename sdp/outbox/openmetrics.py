"""Metrics of an outbox, computed from the tables: right however many workers run.

They are written as OpenMetrics text, and read by the gauges of `sdp.outbox.telemetry`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import sqlalchemy as sa

from sdp.outbox.conditions import WAITS, is_late
from sdp.outbox.overdue import slow_providers
from sdp.outbox.slowness import SlowRule
from sdp.outbox.states import Tilstand
from sdp.outbox.tables import avvik, brems, brev, forsok, kampanje, kvittering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

BUCKETS: Final = (60, 300, 900, 3600, 4 * 3600, 24 * 3600, 2 * 24 * 3600, 7 * 24 * 3600)
"""Upper bounds of the histogram of times to levering, in seconds: a minute to a week."""

_MILLISECONDS: Final = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement.

    Attributes:
        labels: names of campaigns, states, routes, reasons, wires and organisations: none private.
        value: the measurement.
        suffix: what its name ends with, after that of the family.
    """

    labels: Mapping[str, str]
    value: float
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """Measurements of one name."""

    name: str
    kind: Literal["gauge", "counter", "histogram"]
    words: str
    samples: tuple[Sample, ...]


def openmetrics(connection: Connection, moment: datetime, rule: SlowRule | None = None) -> str:
    """Write every metric as text.

    Args:
        connection: reads.
        moment: now.
        rule: what is slower than a provider usually is.

    Source: OpenMetrics 1.0, the text format.
    """
    lines = [line for family in families(connection, moment, rule) for line in _written(family)]
    return "\n".join([*lines, "# EOF", ""])


def families(
    connection: Connection, moment: datetime, rule: SlowRule | None = None
) -> Iterator[Family]:
    """Read every metric from the tables."""
    yield from gauges(connection, moment, rule)
    yield Family(
        "sdp_outbox_attempts",
        "counter",
        "Attempts that have ended, by outcome.",
        tuple(_attempts(connection)),
    )
    yield Family(
        "sdp_outbox_delivery_seconds",
        "histogram",
        "Seconds from acceptance to levering, by receiver.",
        tuple(_deliveries(connection)),
    )


def gauges(
    connection: Connection, moment: datetime, rule: SlowRule | None = None
) -> Iterator[Family]:
    """Read the metrics that say how things stand at this moment."""
    readings: tuple[tuple[str, str, Callable[[Connection, datetime], Iterable[Sample]]], ...] = (
        ("letters", "Letters by campaign and state.", _letters),
        ("routed_letters", "Letters by state, wire, route and the reason of the route.", _routed),
        ("sent_letters", "Accepted letters by route and receiver.", _sent),
        ("overdue_letters", "Letters without levering after the deadline.", _overdue),
        ("oldest_waiting_seconds", "Age of the oldest letter that waits.", _oldest),
        ("receipts", "Stored receipts by kind.", _receipts),
        ("receipts_set_aside", "Receipts that could not be read or trusted.", _set_aside),
        ("brake_seconds", "Seconds that a wire is still left alone.", _brakes),
        ("brakes_in_a_row", "Times in a row that a wire has been braked.", _braked),
    )
    for name, words, read in readings:
        samples = tuple(read(connection, moment))
        yield Family(f"sdp_outbox_{name}", "gauge", words, samples)
    slow = tuple(
        Sample({"receiver": receiver}, found.now / found.usual)
        for receiver, found in slow_providers(connection, moment, rule or SlowRule())
        if found.usual
    )
    yield Family(
        "sdp_outbox_slow_providers",
        "gauge",
        "Times slower than usual, of providers that are slow.",
        slow,
    )


def _letters(connection: Connection, _: datetime) -> Iterator[Sample]:
    query = (
        sa.select(kampanje.c.navn, brev.c.tilstand, sa.func.count())
        .join_from(brev, kampanje)
        .group_by(kampanje.c.navn, brev.c.tilstand)
    )
    found = {(navn, tilstand): count for navn, tilstand, count in connection.execute(query)}
    names = sorted({navn for navn, _ in found} | {""})
    for navn in names:
        for tilstand in Tilstand:
            labels = {"campaign": navn, "state": tilstand.value}
            yield Sample(labels, found.get((navn, tilstand.value), 0))


def _routed(connection: Connection, _: datetime) -> Iterator[Sample]:
    labels = (brev.c.tilstand, brev.c.wire, brev.c.rute, brev.c.rutegrunn)
    query = sa.select(*labels, sa.func.count()).group_by(*labels).order_by(*labels)
    for tilstand, wire, rute, reason, count in connection.execute(query):
        named = {"state": tilstand, "wire": wire, "route": rute, "reason": reason}
        yield Sample({name: value or "" for name, value in named.items()}, count)


def _sent(connection: Connection, _: datetime) -> Iterator[Sample]:
    query = (
        sa.select(brev.c.rute, brev.c.mottaker, sa.func.count())
        .where(brev.c.sendt.is_not(None))
        .group_by(brev.c.rute, brev.c.mottaker)
    )
    for rute, mottaker, count in connection.execute(query):
        yield Sample({"route": rute or "", "receiver": mottaker or ""}, count)


def _overdue(connection: Connection, moment: datetime) -> Iterator[Sample]:
    yield Sample({}, _count(connection, brev, *is_late(moment)))


def _oldest(connection: Connection, moment: datetime) -> Iterator[Sample]:
    oldest = connection.scalar(sa.select(sa.func.min(brev.c.opprettet)).where(WAITS))
    yield Sample({}, 0.0 if oldest is None else max(0.0, (moment - oldest).total_seconds()))


def _receipts(connection: Connection, _: datetime) -> Iterator[Sample]:
    query = sa.select(kvittering.c.slag, sa.func.count()).group_by(kvittering.c.slag)
    for slag, count in connection.execute(query):
        yield Sample({"kind": slag}, count)


def _set_aside(connection: Connection, _: datetime) -> Iterator[Sample]:
    yield Sample({}, _count(connection, avvik))


def _brakes(connection: Connection, moment: datetime) -> Iterator[Sample]:
    for wire, until in connection.execute(sa.select(brems.c.wire, brems.c.til)):
        yield Sample({"wire": wire}, max(0.0, (until - moment).total_seconds()))


def _braked(connection: Connection, _: datetime) -> Iterator[Sample]:
    for wire, times in connection.execute(sa.select(brems.c.wire, brems.c.paa_rad)):
        yield Sample({"wire": wire}, times)


def _attempts(connection: Connection) -> Iterator[Sample]:
    query = sa.select(forsok.c.utfall, sa.func.count()).group_by(forsok.c.utfall)
    for outcome, count in connection.execute(query):
        yield Sample({"outcome": outcome}, count, "_total")


def _deliveries(connection: Connection) -> Iterator[Sample]:
    took = _seconds(connection)
    delivered = brev.c.levert.is_not(None), brev.c.sendt.is_not(None)
    # Each time is computed once, and not anew for every bucket.
    times = sa.select(brev.c.mottaker, took.label("took")).where(*delivered).cte()
    times = times.prefix_with("MATERIALIZED")
    # The clock of the other side may be behind ours.
    time = sa.case((times.c.took > 0, times.c.took), else_=0.0)
    query = sa.select(
        times.c.mottaker,
        sa.func.count(),
        sa.func.sum(time),
        *(sa.func.sum(sa.case((times.c.took <= bound, 1), else_=0)) for bound in BUCKETS),
    ).group_by(times.c.mottaker)
    for mottaker, count, total, *within in connection.execute(query):
        labels = {"receiver": mottaker or ""}
        for bound, each in zip(BUCKETS, within, strict=True):
            yield Sample({**labels, "le": f"{float(bound)}"}, each, "_bucket")
        yield Sample({**labels, "le": "+Inf"}, count, "_bucket")
        yield Sample(labels, count, "_count")
        yield Sample(labels, round(float(total), _MILLISECONDS), "_sum")


def _seconds(connection: Connection) -> ColumnElement[float]:
    """Return the time from acceptance to levering, in the words of a dialect."""
    if connection.dialect.name == "sqlite":
        levert = sa.func.julianday(brev.c.levert, type_=sa.Float)
        sendt = sa.func.julianday(brev.c.sendt, type_=sa.Float)
        # Days as floating point are exact to some 40 microseconds.
        return sa.func.round((levert - sendt) * 86_400.0, _MILLISECONDS, type_=sa.Float)
    took: Any = brev.c.levert - brev.c.sendt
    return sa.cast(sa.extract("epoch", took), sa.Float)


def _count(connection: Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0


def _written(family: Family) -> Iterator[str]:
    yield f"# TYPE {family.name} {family.kind}"
    yield f"# HELP {family.name} {family.words}"
    for sample in family.samples:
        name = family.name + sample.suffix
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in sample.labels.items())
        yield f"{name}{{{inside}}} {sample.value}" if inside else f"{name} {sample.value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
