"""Figures are read without colour and without eyes, and hold nobody's number."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from sdp.plan import Language, Plan, PriceList, Texts, costs_of
from sdp.plan.connection import Connection
from sdp.plan.figures import (
    cost_by_share,
    cumulative_gain,
    heat_map,
    solution,
    timeline,
    wheel,
)
from sdp.plan.money import costs_as_csv, costs_as_data
from sdp.plan.payback import payback
from sdp.plan.risks import Colour, assessed
from sdp.plan.schedule import schedule_of
from sdp.plan.sensitivity import sensitivity
from sdp.plan.year import year_of
from tests.unit.plan.test_letters import services

TODAY = date(2026, 11, 29)
PRICES = PriceList.in_package()
DRAWN: dict[str, Callable[[Plan, Texts], str]] = {
    "wheel": lambda plan, texts: wheel(year_of(plan), texts),
    "timeline": lambda plan, texts: timeline(plan, schedule_of(plan), texts),
    "heat_map": lambda plan, texts: heat_map(assessed(plan.risikoer), texts),
    "share": lambda plan, texts: cost_by_share(plan, costs_of(plan, PRICES), texts, "priser"),
    "gain": lambda plan, texts: cumulative_gain(
        payback(plan, costs_of(plan, PRICES)), texts, "priser"
    ),
    "solution": lambda _, texts: solution(Connection.EGEN, texts),
}


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("language", Language)
def test_every_figure_is_well_formed_and_told_in_words(
    example: Plan, name: str, language: Language
) -> None:
    root = etree.fromstring(DRAWN[name](example, Texts(language)).encode())

    labels = (root.get("aria-labelledby") or "").split()
    assert [root.find(f"*[@id='{label}']") is not None for label in labels] == [True, True]
    assert all((root.findtext(f"{{*}}{tag}") or "").strip() for tag in ("title", "desc"))


def test_letters_on_paper_are_hatched_so_that_no_colour_is_needed(example: Plan) -> None:
    figure = DRAWN["wheel"](example, Texts(Language.NB))

    assert figure.count("url(#wheel-hatch)") > 50
    assert "<pattern id='wheel-hatch'" in figure


def test_every_square_of_the_heat_map_has_the_sign_of_its_colour(example: Plan) -> None:
    root = etree.fromstring(DRAWN["heat_map"](example, Texts(Language.NB)).encode())
    signs = {Colour.GREEN: "○", Colour.YELLOW: "◐", Colour.RED: "●"}
    told = [
        text for each in root.iter("{*}text") if re.match(r"[○◐●] \d+$", text := each.text or "")
    ]

    assert len(told) == 25
    assert all(text[0] == signs[Colour.of(int(text[2:]))] for text in told)


def test_curves_are_told_apart_by_dashes_and_words(example: Plan) -> None:
    root = etree.fromstring(DRAWN["gain"](example, Texts(Language.NB)).encode())
    dashes = [each.get("stroke-dasharray") for each in root.iter("{*}polyline")]

    assert len(dashes) == len(set(dashes)) == 2


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_output_has_eleven_digits_in_a_row(example: Plan, data: st.DataObject) -> None:
    few = data.draw(st.lists(services(example), min_size=1, max_size=3))
    named = tuple(replace(each, id=f"t{at}") for at, each in enumerate(few))
    minutes = replace(example.i_dag.minutter, value=Decimal(data.draw(st.integers(0, 60))) / 7)
    plan = replace(
        example,
        tjenester=named,
        utsendelser=(),
        leveranser=(),
        i_dag=replace(example.i_dag, minutter=minutes),
    )
    costs, texts = costs_of(plan, PRICES), Texts(Language.NB)
    earned = payback(plan, costs)

    told = costs_as_data(plan, costs, sensitivity(plan, PRICES), earned, TODAY)
    shown = [json.dumps(told), costs_as_csv(plan, costs, TODAY)]
    shown += [cost_by_share(plan, costs, texts, ""), cumulative_gain(earned, texts, "")]

    assert not re.search(r"\d{11}", " ".join(shown))
