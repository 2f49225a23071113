"""Warnings that save money, or that keep to the law."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from sdp.plan import PriceList, read_plan
from sdp.plan.advice import advise
from sdp.plan.findings import Finding
from tests.unit.plan.conftest import Edit

Advised = Callable[[], list[Finding]]


@pytest.fixture
def advised(folder: Path, prices: PriceList) -> Advised:
    return lambda: list(advise(read_plan(folder).valid(), prices))


def with_code(findings: list[Finding], code: str) -> list[Finding]:
    return [each for each in findings if each.code == code]


def test_one_price_step_down_is_told_from_500_kroner_a_year(advised: Advised) -> None:
    told = with_code(advised(), "price_step")

    assert [(each.row, each.values["kroner"], each.values["bytes"]) for each in told] == [
        (3, Decimal("714.75"), 31_000),
        (7, Decimal("1995.10"), 310_000),
    ]


def test_a_step_that_depends_on_the_megabyte_is_told(advised: Advised) -> None:
    [told] = with_code(advised(), "megabyte")

    assert (told.row, told.values["kroner"], told.values["limit"]) == (8, 96, 100_000)


def test_a_delivery_just_after_a_large_mailing_is_told_with_its_worth(advised: Advised) -> None:
    [told] = with_code(advised(), "delivery_after_mailing")

    assert told.values["days"] == 17
    assert told.values["letters"] == 5100


def test_a_delivery_before_the_mailing_is_not_told(advised: Advised, edit: Edit) -> None:
    edit("utsendelser.csv", "2027-02-25;;5100;2027-02-26", "2027-03-25;;5100;")

    assert with_code(advised(), "delivery_after_mailing") == []


def test_a_day_above_the_measured_rate_is_a_peak(advised: Advised, edit: Edit) -> None:
    edit("plan.toml", "brev_per_time = 4000", "brev_per_time = 300")

    peaks = with_code(advised(), "peak")

    assert {each.row for each in peaks} == {3}
    # 2622 of the mailing, and 14 of one that is spread over the spring.
    assert peaks[0].values == {"letters": 2636, "capacity": 2400}


def test_second_notices_on_a_holiday_are_told(advised: Advised) -> None:
    told = {each.row: each.values["holiday"] for each in with_code(advised(), "second_notice")}

    assert told == {12: "Andre påskedag", 3: "Andre pinsedag; Grunnlovsdag"}


def test_decisions_to_people_who_cannot_be_notified_are_counted(advised: Advised) -> None:
    told = {each.row: each.values["letters"] for each in with_code(advised(), "not_notifiable")}

    assert told == {2: 552, 3: 150, 5: 132, 7: 23, 8: 10}


def test_information_that_looks_like_a_decision_is_told(advised: Advised, edit: Edit) -> None:
    assert with_code(advised(), "looks_like_decision") == []

    edit("tjenester.csv", "Nytt fra SFO", "Vedtak om SFO")

    [told] = with_code(advised(), "looks_like_decision")
    assert told.values["word"] == "vedtak"


def test_a_rest_volume_above_half_is_told(advised: Advised) -> None:
    [told] = with_code(advised(), "rest_volume")

    assert told.row == 5


def test_prices_of_an_earlier_year_are_told(advised: Advised, edit: Edit) -> None:
    assert with_code(advised(), "old_prices")

    edit("plan.toml", "aar = 2027", "aar = 2024")

    assert with_code(advised(), "old_prices") == []


def test_a_milestone_on_a_holiday_is_told(advised: Advised, edit: Edit) -> None:
    edit("plan.toml", "dato = 2027-03-15\ntjenester", "dato = 2027-05-17\ntjenester")

    assert [each.values["holiday"] for each in with_code(advised(), "holiday")] == [
        "Andre pinsedag; Grunnlovsdag"
    ]


def test_opening_receipts_need_a_reason_and_an_unknown_price_is_in_no_total(
    advised: Advised, edit: Edit, codes: Callable[[], list[tuple[str, str, int | None, str]]]
) -> None:
    edit("tjenester.csv", "2;;;epost;nei;;3;;", "2;;;epost+sms;ja;;3;;")

    assert ("reason_missing", "tjenester.csv", 7, "begrunnelse") in codes()
    assert len(with_code(advised(), "price_unknown")) == 2


def test_mailings_that_do_not_add_to_the_volume_are_told(advised: Advised, edit: Edit) -> None:
    edit("utsendelser.csv", "2027-03-22;;480;", "2027-03-22;;400;")

    [told] = with_code(advised(), "mailings_differ")
    assert (told.values["antall"], told.values["volum"]) == (400, 480)


def test_a_red_risk_without_a_measure_is_told(advised: Advised, folder: Path) -> None:
    (folder / "risiko.csv").write_text(
        "id;hendelse;sannsynlighet;konsekvens;tiltak;eier\n"
        "R1;Brev på avveie;4;4;Noe;\nR2;Nede;5;5;Papir;IKT\nR3;Annet;;;;\n",
        encoding="utf-8",
    )

    found = advised()

    assert [each.values for each in with_code(found, "risk_red")] == [{"id": "R1", "score": 16}]
    assert [each.values for each in with_code(found, "risk_unscored")] == [{"count": 1}]
