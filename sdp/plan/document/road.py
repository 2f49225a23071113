"""The sections on the road: connection, calendar, schedule, tests and production."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sdp.plan.connection import Connection
from sdp.plan.document.blocks import Figure, Items, Paragraph, Table
from sdp.plan.exports import name_of
from sdp.plan.figures import solution, timeline, wheel
from sdp.plan.figures.timeline import phase_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdp.plan.document.blocks import Block
    from sdp.plan.document.material import Material

_BY_CHANNEL: Final = {"ks": Connection.KS_FIKS, "egen": Connection.EGEN}
_LARGEST: Final = 5


def connection(material: Material) -> Iterator[Block]:
    """Tell how letters are carried."""
    texts, way = material.texts, _BY_CHANNEL[material.plan.kanal]
    yield Paragraph(texts("document.connection.lead", name=texts(f"connect.name.{way}")))
    yield Figure(solution(way, texts))


def calendar(material: Material) -> Iterator[Block]:
    """Tell the year: the wheel, the largest weeks, peaks and second notices on holidays."""
    texts, year = material.texts, material.year
    yield Figure(wheel(year, texts))
    largest = sorted((each for each in year.weeks if each.total), key=lambda week: -week.total)
    columns = ("week", "monday", "digital", "paper", "total")
    yield Table(
        texts("document.calendar.largest"),
        [texts(f"calendar.column.{name}") for name in columns],
        [
            [
                str(week.week),
                *map(texts.value, (week.monday, week.digital, week.paper, week.total)),
            ]
            for week in largest[:_LARGEST]
        ],
        frozenset({2, 3, 4}),
    )
    told = [
        texts("calendar.what.peak", letters=each.digital, capacity=each.capacity)
        + f" ({texts.value(each.day)})"
        for each in year.peaks
    ]
    told += [
        texts(
            "calendar.what.second_holiday",
            name=name_of(material.plan, each.load.utsendelse),
            holiday=each.holiday,
        )
        + f" ({texts.value(each.day)})"
        for each in year.second_notices
        if each.holiday
    ]
    if told:
        yield Items(list(dict.fromkeys(told)))


def schedule(material: Material) -> Iterator[Block]:
    """Tell the milestones and the deliveries."""
    texts, plan, found = material.texts, material.plan, material.schedule
    if found.planned:
        yield Figure(timeline(plan, found, texts))
        columns = ("milestone", "phase", "start", "finish", "days", "slack", "who")
        yield Table(
            texts("document.schedule.milestones"),
            [texts(f"calendar.schedule.{name}") for name in columns],
            [
                [
                    each.milepael.navn,
                    phase_name(each.milepael.fase, texts),
                    texts.value(each.start),
                    texts.value(each.finish),
                    str(each.milepael.virkedager),
                    str(each.slack),
                    each.milepael.ansvar,
                ]
                for each in found.planned
            ],
            frozenset({4, 5}),
        )
    yield Table(
        texts("document.schedule.deliveries"),
        [texts(f"document.schedule.{name}") for name in ("nr", "date", "services")],
        [
            [
                each.nr,
                texts.value(each.dato),
                ", ".join(
                    service.navn for service in plan.tjenester if plan.leveranse_of(service) is each
                ),
            ]
            for each in plan.leveranser
        ],
    )


def test(material: Material) -> Iterator[Block]:
    """Tell the national requirements, how each is tried, and the evidence."""
    texts, evidence = material.texts, material.evidence
    if evidence is None:
        yield Paragraph(texts("document.test.without"))
    else:
        yield Paragraph(
            texts(
                "document.test.with",
                environment=evidence.environment,
                day=evidence.day,
                whole=evidence.is_whole,
            )
        )
    columns = ("id", "level", "asks", "how", "evidence")
    yield Table(
        texts("document.section.test"),
        [texts(f"document.test.{name}") for name in columns],
        [
            [
                each.id,
                each.niva,
                each.krav,
                each.hvordan,
                (evidence.told(each.kontroller, texts) if evidence else "")
                or each.status
                or texts("document.open"),
            ]
            for each in material.requirements
        ],
    )


def production(material: Material) -> Iterator[Block]:
    """Tell what must be done before the first letter in production."""
    texts = material.texts
    columns = ("id", "point", "how", "who", "status")
    yield Table(
        texts("document.section.production"),
        [texts(f"document.production.{name}") for name in columns],
        [
            [
                each.id,
                each.punkt,
                each.hvordan,
                each.ansvar,
                each.status or texts("document.open"),
            ]
            for each in material.points
        ],
    )
