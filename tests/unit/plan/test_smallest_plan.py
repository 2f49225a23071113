"""The least that is a plan, and a plan with the largest numbers that there can be."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from sdp.plan import PriceList, Texts, costs_of, read_plan
from sdp.plan.advice import advise
from sdp.plan.document.blocks import Figure
from sdp.plan.figures import cost_by_share, timeline, wheel
from sdp.plan.schedule import schedule_of
from sdp.plan.sensitivity import sensitivity
from sdp.plan.year import year_of

SETTINGS = """
[virksomhet]
navn = "Her"
organisasjonsnummer = "123456789"
aar = 2027

[i_dag]
papir = 1
porto = 16
ekstra_ark = 0
minutter = 3
timekost = 500

[prosjekt]
engang = 0
fast_per_aar = 0

[formidling]
kanal = "egen"

[utskrift]
forste_ark = 3
ekstra_ark = 1

[[utskrift.porto]]
til_ark = 6
innland = 15
utland = 27
"""
SERVICES = "id,navn,slag,volum,sider,bytes,digital,uten_adresse\n"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "plan.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "tjenester.csv").write_text(SERVICES + "a,A,vedtak,100,1,1000,60,10\n", "utf-8")
    return tmp_path


def test_the_least_that_is_a_plan_is_calculated(small: Path, prices: PriceList) -> None:
    reading = read_plan(small)

    costs = costs_of(reading.valid(), prices)

    assert (costs.letters.digital, costs.letters.print, costs.letters.none) == (60, 30, 10)
    # 60 x (0.147 + 0.69) + 30 x (3 + 15) + 10 x (1 + 16 + 25)
    assert costs.new.kroner == Decimal("1010.220")
    assert costs.today.kroner == 4200
    # The owner's number is wrong, which is told and changes nothing.
    assert [each.code for each in reading.findings][:1] == ["organisation_invalid"]


def test_the_least_that_is_a_plan_has_figures_and_advice(small: Path, prices: PriceList) -> None:
    plan = read_plan(small).valid()
    texts = Texts(plan.spraak)

    assert advise(plan, prices)
    assert sensitivity(plan, prices)
    for svg in (
        wheel(year_of(plan), texts),
        timeline(plan, schedule_of(plan), texts),
        cost_by_share(plan, costs_of(plan, prices), texts, ""),
    ):
        assert Figure(svg).title
        assert Figure(svg).desc


def test_the_largest_numbers_give_no_eleven_digits(small: Path, prices: PriceList) -> None:
    settings = SETTINGS.replace("timekost = 500", "timekost = 999")
    settings = settings.replace("engang = 0", "engang = 1000000000")
    (small / "plan.toml").write_text(settings, encoding="utf-8")
    row = "a,A,vedtak,5500000,12,999999999,33.3333333333,33.3333333333\n"
    (small / "tjenester.csv").write_text(SERVICES + row, encoding="utf-8")
    plan = read_plan(small).valid()
    texts = Texts(plan.spraak)

    shown = [cost_by_share(plan, costs_of(plan, prices), texts, ""), wheel(year_of(plan), texts)]
    shown += [each.rule(texts) + each.remedy(texts) for each in advise(plan, prices)]

    assert not re.search(r"\d{11}", " ".join(shown))
