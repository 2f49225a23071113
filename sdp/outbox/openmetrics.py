"""Metrics of an outbox as OpenMetrics text, computed from the tables: right however many work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from sdp.outbox.states import SENDABLE, Tilstand
from sdp.outbox.tables import avvik, brems, brev, kampanje, kvittering

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

Sample = tuple["Mapping[str, str]", float]
"""The labels of a measurement, and its value."""


def openmetrics(connection: Connection, moment: datetime) -> str:
    """Write every metric. Labels are names of campaigns, states, routes and wires: nothing private.

    Source: OpenMetrics 1.0, the text format.
    """
    families: tuple[tuple[str, str, Iterable[Sample]], ...] = (
        ("sdp_outbox_letters", "Letters by campaign and state.", _letters(connection)),
        ("sdp_outbox_sent_letters", "Accepted letters by route and receiver.", _sent(connection)),
        ("sdp_outbox_overdue_letters", "Letters without levering after the deadline.",
         [({}, _count(connection, brev, brev.c.tilstand == "sendt", brev.c.frist < moment))]),
        ("sdp_outbox_oldest_waiting_seconds", "Age of the oldest letter that waits.",
         [({}, _oldest(connection, moment))]),
        ("sdp_outbox_receipts", "Stored receipts by kind.", _receipts(connection)),
        ("sdp_outbox_receipts_set_aside", "Receipts that could not be read or trusted.",
         [({}, _count(connection, avvik))]),
        ("sdp_outbox_brake_seconds", "Seconds that a wire is still left alone.",
         _brakes(connection, moment)),
    )  # fmt: skip
    lines = [line for family in families for line in _family(*family)]
    return "\n".join([*lines, "# EOF", ""])


def _letters(connection: Connection) -> Iterator[Sample]:
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
            yield labels, found.get((navn, tilstand.value), 0)


def _sent(connection: Connection) -> Iterator[Sample]:
    query = (
        sa.select(brev.c.rute, brev.c.mottaker, sa.func.count())
        .where(brev.c.sendt.is_not(None))
        .group_by(brev.c.rute, brev.c.mottaker)
    )
    for rute, mottaker, count in connection.execute(query):
        yield {"route": rute or "", "receiver": mottaker or ""}, count


def _receipts(connection: Connection) -> Iterator[Sample]:
    query = sa.select(kvittering.c.slag, sa.func.count()).group_by(kvittering.c.slag)
    for slag, count in connection.execute(query):
        yield {"kind": slag}, count


def _brakes(connection: Connection, moment: datetime) -> Iterator[Sample]:
    for wire, until in connection.execute(sa.select(brems.c.wire, brems.c.til)):
        yield {"wire": wire}, max(0.0, (until - moment).total_seconds())


def _oldest(connection: Connection, moment: datetime) -> float:
    waiting = brev.c.tilstand.in_([tilstand.value for tilstand in SENDABLE])
    oldest = connection.scalar(sa.select(sa.func.min(brev.c.opprettet)).where(waiting))
    return 0.0 if oldest is None else max(0.0, (moment - oldest).total_seconds())


def _count(connection: Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0


def _family(name: str, words: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# TYPE {name} gauge"
    yield f"# HELP {name} {words}"
    for labels, value in samples:
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        yield f"{name}{{{inside}}} {value}" if inside else f"{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
