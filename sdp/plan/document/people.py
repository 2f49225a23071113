"""The sections on letters and people: services, terms, risks, privacy, information, rest volume."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sdp.plan.document.blocks import Facts, Figure, Items, Paragraph, Table
from sdp.plan.document.money import marked
from sdp.plan.figures import heat_map
from sdp.plan.model import Andeler, Personer
from sdp.plan.privacy import pre_check
from sdp.plan.risks import Colour, assessed, residual, score

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdp.plan.document.blocks import Block
    from sdp.plan.document.material import Material
    from sdp.plan.model import Risiko, Tjeneste
    from sdp.plan.texts import Texts


def services(material: Material) -> Iterator[Block]:
    """Tell the services, their volumes, and how their people are reached."""
    texts = material.texts
    yield Paragraph(texts("document.services.lead"))
    columns = ("service", "system", "kind", "volume", "bytes", "pages", "delivery", "notice")
    yield Table(
        texts("document.services.caption"),
        [texts(f"document.services.{name}") for name in columns],
        [
            [
                each.navn,
                each.system,
                texts(f"words.slag.{each.slag}"),
                marked(each.volum, texts),
                marked(each.bytes, texts),
                marked(each.sider, texts),
                found.nr if (found := material.plan.leveranse_of(each)) else "",
                ", ".join(sorted(each.varsel)) or texts("words.no"),
            ]
            for each in material.plan.tjenester
        ],
        frozenset({3, 4, 5}),
    )
    yield Table(
        texts("document.people.caption"),
        [texts(f"document.people.{name}") for name in texts.keys_under("document.people")[1:]],
        [_people(each, texts) for each in material.plan.tjenester],
        frozenset({1, 2, 3, 4, 5}),
    )


def _people(service: Tjeneste, texts: Texts) -> list[str]:
    match service.fordeling:
        case Personer() as found:
            counts = (found.alle, found.postkasse, found.kan_varsles, found.print, found.ingen)
            origin = texts("document.measured", dato=found.dato)
            return [service.navn, *map(texts.value, counts), f"●{texts.space}{origin}"]
        case Andeler(digital=digital, uten_adresse=none):
            shares = [f"{marked(each, texts)} (%)" for each in (digital, none)]
            return [service.navn, "", shares[0], "", "", shares[1], texts("words.origin.gitt")]


def rest_volume(material: Material) -> Iterator[Block]:
    """Tell what does not go digitally, and what can be done about it."""
    texts, costs = material.texts, material.costs
    rows = []
    for each in costs.services:
        letters = each.letters
        rest = Decimal(letters.print + letters.none) / letters.total
        counts = (letters.digital, letters.print, letters.none)
        rows.append([each.tjeneste.navn, *map(texts.value, counts), texts.percent(rest)])
    letters = costs.letters
    rest = Decimal(letters.print + letters.none) / letters.total
    counts = (letters.digital, letters.print, letters.none)
    rows.append([texts("words.sum"), *map(texts.value, counts), texts.percent(rest)])
    names = ("service", "digital", "print", "none")
    yield Table(
        texts("document.rest.caption"),
        [*(texts(f"cost.column.{name}") for name in names), texts("document.rest.share")],
        rows,
        frozenset({1, 2, 3, 4}),
        has_sum=True,
    )
    yield Paragraph(texts("document.rest.law", letters=costs.held_on_paper))
    yield Items(
        [texts(f"document.rest_do.{each}") for each in texts.keys_under("document.rest_do")]
    )


def terms(material: Material) -> Iterator[Block]:
    """Tell what the terms ask, and how far each has come."""
    texts, found = material.texts, material.plan.vilkaar
    yield Paragraph(texts("document.terms.lead"))
    if not found:
        yield Paragraph(texts("document.empty", file="vilkaar.csv"))
        return
    columns = ("id", "chapter", "asks", "status", "who", "due")
    yield Table(
        texts("document.section.terms"),
        [texts(f"document.terms.{name}") for name in columns],
        [
            [
                each.id,
                each.kapittel,
                each.krav,
                each.status or texts("document.open"),
                each.ansvar,
                texts.value(each.frist) if each.frist else "",
            ]
            for each in found
        ],
    )


def risks(material: Material) -> Iterator[Block]:
    """Tell the risks, the highest first, with a heat map."""
    texts = material.texts
    assessment = assessed(material.plan.risikoer)
    yield Paragraph(texts("document.risks.lead"))
    if not material.plan.risikoer:
        yield Paragraph(texts("document.empty", file="risiko.csv"))
        return
    yield Figure(heat_map(assessment, texts))
    columns = ("id", "event", "kit", "score", "measure", "owner", "residual", "evidence")
    yield Table(
        texts("document.section.risks"),
        [texts(f"risks.column.{name}") for name in columns],
        [_risk(each, texts) for each in (*assessment.scored, *assessment.unscored)],
    )


def _risk(risk: Risiko, texts: Texts) -> list[str]:
    found, left = score(risk), residual(risk)
    told = texts("risks.unscored")
    if found:
        told = f"{found}: {texts(f'risks.colour.{Colour.of(found)}')}"
    return [
        risk.id,
        risk.hendelse,
        risk.kit,
        told,
        risk.tiltak,
        risk.eier,
        str(left) if left else "",
        risk.bevis,
    ]


def privacy(material: Material) -> Iterator[Block]:
    """Tell the DPIA pre-check, and what is processed where, how long and by whom."""
    texts, criteria = material.texts, material.plan.personvern
    yield Paragraph(texts("risks.dpia.title"))
    yield Paragraph(pre_check(criteria).told(texts))
    if criteria:
        yield Table(
            texts("document.privacy.criteria"),
            [texts(f"document.privacy.{name}") for name in ("criterion", "answer", "reason")],
            [
                [
                    each.kriterium or each.id,
                    texts("document.open") if each.svar is None else texts.value(each.svar),
                    each.begrunnelse,
                ]
                for each in criteria
            ],
        )
    yield Table(
        texts("document.privacy.processing"),
        [texts(f"document.privacy.{name}") for name in ("what", "where", "long", "who")],
        [
            [texts(f"processing_rows.{id_}.{name}") for name in ("what", "where", "long", "who")]
            for id_ in texts.keys_under("processing_rows")
        ],
    )


def information(material: Material) -> Iterator[Block]:
    """Give the texts for the web, for notices and for staff."""
    texts = material.texts
    yield Paragraph(texts("document.information.lead"))
    yield Facts(information_texts(material))


def information_texts(material: Material) -> list[tuple[str, str]]:
    """Fill the texts in for the plan: who sends, what, and from when."""
    texts, plan = material.texts, material.plan
    first = min((each.dato for each in plan.leveranser), default=None)
    values = {
        "navn": plan.navn,
        "dato": first,
        "tjenester": ", ".join(each.navn for each in plan.tjenester),
    }
    return [
        (texts("information.heading.web"), texts("information.web.text", **values)),
        (texts("information.heading.epost"), texts("information.notice.epost")),
        (texts("information.heading.sms"), texts("information.notice.sms")),
        (texts("information.heading.staff"), texts("information.staff.text", **values)),
    ]
