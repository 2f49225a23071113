"""Sections of the plan document, in the order of the national guidance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp.plan.document import money, people, road
from sdp.plan.document.blocks import Facts, Items, Paragraph, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdp.plan.document.material import Material


def sections_of(material: Material) -> list[Section]:
    """Make the sections: a summary, the steps of the guidance, warnings, follow-up, sources."""
    parts: dict[str, Iterator[object]] = {
        "summary": money.summary(material),
        "services": people.services(material),
        "connection": road.connection(material),
        "cost": money.cost(material),
        "calendar": road.calendar(material),
        "terms": people.terms(material),
        "risks": people.risks(material),
        "privacy": people.privacy(material),
        "test": road.test(material),
        "information": people.information(material),
        "schedule": road.schedule(material),
        "rest": people.rest_volume(material),
        "production": road.production(material),
        "warnings": _warnings(material),
    }
    if material.followed:
        parts["followed"] = money.followed(material)
    parts["sources"] = _sources(material)
    texts = material.texts
    return [
        Section(name, texts(f"document.section.{name}"), list(blocks))  # type: ignore[arg-type]
        for name, blocks in parts.items()
    ]


def _warnings(material: Material) -> Iterator[Table | Paragraph]:
    texts = material.texts
    if not material.findings:
        yield Paragraph(texts("document.no_warnings"))
        return
    yield Table(
        texts("document.section.warnings"),
        [texts(f"check.{name}") for name in ("place", "rule", "remedy")],
        [[each.place, each.rule(texts), each.remedy(texts)] for each in material.findings],
    )


def _sources(material: Material) -> Iterator[Facts | Items | Paragraph]:
    texts = material.texts
    yield Facts(
        [
            (texts("cost.note.prices"), money.prices_told(material)),
            *(
                (f"{texts('document.mark.' + each)}", texts(f"document.mark_means.{each}"))
                for each in ("maalt", "gitt", "antatt")
            ),
        ]
    )
    yield Items([texts(f"document.source.{each}") for each in texts.keys_under("document.source")])
    yield Paragraph(texts("document.unverified"))
