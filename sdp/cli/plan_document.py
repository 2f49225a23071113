"""`sdp plan document` and `sdp plan information`: the plan, and the texts, to hand over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from sdp.cli._errors import CommandError
from sdp.cli._output import Output, facts, json_option, printable
from sdp.cli.files import whole_or_nothing
from sdp.cli.parameters import FILE, NEW_FILE
from sdp.cli.plan_folder import folder_argument, today_option
from sdp.cli.plan_sent import sent_letters, sent_options
from sdp.cli.prices import price_list, prices_option
from sdp.plan import Language, Texts, read_plan
from sdp.plan.advice import advise
from sdp.plan.checklists import production_points, requirements
from sdp.plan.costs import costs_of
from sdp.plan.document import (
    Evidence,
    Material,
    as_html,
    as_markdown,
    as_pdf,
    sections_of,
)
from sdp.plan.document.people import information_texts
from sdp.plan.findings import Level
from sdp.plan.follow import follow
from sdp.plan.payback import payback
from sdp.plan.schedule import schedule_of
from sdp.plan.sensitivity import sensitivity
from sdp.plan.year import year_of

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from sdp.plan.document.blocks import Section
    from sdp.prices import PriceList

_HARD_SPACE = "\u00a0"
_KINDS = (".html", ".md", ".pdf")


@click.command
@folder_argument
@click.option("--out", type=NEW_FILE, required=True, help="The document: .html, .md or .pdf.")
@click.option("--verify", type=FILE, help="Report of sdp verify --json: evidence of the tests.")
@sent_options
@prices_option
@today_option
@json_option
def document(
    *,
    folder: Path,
    out: Path,
    verify: Path | None,
    letters: Path | None,
    receipts: Path | None,
    outbox: str | None,
    prices: Path | None,
    today: date,
    output: Output,
) -> int:
    """Write the whole plan as one document, with figures, sources, dates and a place to sign."""
    if out.suffix.casefold() not in _KINDS:
        raise CommandError(
            f"The document cannot be written as {out.suffix or 'a file without an ending'}.",
            remedy=f"Give --out a name that ends in {', '.join(_KINDS)}.",
        )
    material = _material(folder, price_list(prices), today)
    if verify is not None:
        material = replace(material, evidence=Evidence.from_path(verify))
    plan, texts = material.plan, material.texts
    sent = sent_letters(plan, texts, letters=letters, receipts=receipts, outbox=outbox)
    if sent is not None:
        rows = follow(plan, material.costs.prices, sent.letters, sent.receipts, today)
        material = replace(material, followed=rows)
    sections = sections_of(material)
    written = _rendered(out.suffix.casefold(), material, sections)
    with whole_or_nothing(out) as file:
        file.write(written)
    output.result(
        {"out": out, "bytes": len(written), "sections": [each.id for each in sections]},
        printable(out),
    )
    return 0


@click.command
@folder_argument
@click.option(
    "--language",
    type=click.Choice([each.value for each in Language]),
    help="Another language than the plan's.",
)
@today_option
@json_option
def information(*, folder: Path, language: str | None, today: date, output: Output) -> int:
    """Give the texts for the web, for notices and for staff, filled in for the plan."""
    material = _material(folder, price_list(None), today)
    if language is not None:
        material = replace(material, texts=Texts(Language(language)))
    told = information_texts(material)
    output.result({"language": material.texts.language.value, "texts": dict(told)}, facts(told))
    return 0


def _material(folder: Path, prices: PriceList, today: date) -> Material:
    reading = read_plan(folder)
    plan, texts = reading.valid(), Texts(reading.spraak, _HARD_SPACE)
    costs, schedule = costs_of(plan, prices), schedule_of(plan).valid(plan)
    findings = (*reading.findings, *advise(plan, prices))
    return Material(
        plan=plan,
        texts=texts,
        today=today,
        costs=costs,
        swings=sensitivity(plan, prices),
        payback=payback(plan, costs),
        year=year_of(plan),
        schedule=schedule,
        findings=tuple(each for each in findings if each.level is Level.WARNING),
        requirements=requirements(folder, texts),
        points=production_points(folder, texts),
    )


def _rendered(kind: str, material: Material, sections: list[Section]) -> bytes:
    plan, texts, today = material.plan, material.texts, material.today
    if kind == ".md":
        return as_markdown(plan, sections, texts, today).encode("utf-8")
    page = as_html(plan, sections, texts, today)
    return as_pdf(page) if kind == ".pdf" else page.encode("utf-8")
