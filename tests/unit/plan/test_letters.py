from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdp.plan import Plan, PriceList, Slag, costs_of
from sdp.plan.letters import largest_remainder, letters_of
from sdp.plan.model import Andeler, Personer, Tjeneste
from sdp.plan.numbers import Tall

_COUNTS = st.integers(0, 5000)


@st.composite
def people(draw: st.DrawFn) -> Personer:
    notified, other, on_paper, none = draw(_COUNTS), draw(_COUNTS), draw(_COUNTS), draw(_COUNTS)
    unreached = draw(st.integers(0, other))
    everybody = notified + other + on_paper + none
    return Personer(
        alle=everybody or 1,
        postkasse=notified + other,
        kan_varsles=notified,
        print=on_paper,
        ingen=none if everybody else 1,
        ikke_varsles_uten_adresse=unreached,
        dato=date(2026, 11, 20),
    )


@st.composite
def shares(draw: st.DrawFn) -> Andeler:
    digital = draw(st.decimals(0, 100, places=2))
    none = draw(st.decimals(0, 100 - digital, places=2))
    return Andeler(Tall(digital), Tall(none))


@st.composite
def services(draw: st.DrawFn, plan: Plan) -> Tjeneste:
    return replace(
        plan.tjenester[0],
        slag=draw(st.sampled_from(Slag)),
        volum=Tall(Decimal(draw(st.integers(1, 100_000)))),
        fordeling=draw(people() | shares()),
        bytes=Tall(Decimal(draw(st.integers(1, 9_000_000)))),
        sider=Tall(Decimal(draw(st.integers(1, 12)))),
    )


@given(st.data())
def test_letters_always_sum_to_the_volume(example: Plan, data: st.DataObject) -> None:
    service = data.draw(services(example))
    points = data.draw(st.decimals(-100, 100, places=1))

    letters = letters_of(service, points=points)

    assert letters.total == service.volum.value
    assert min(letters.digital, letters.print, letters.none) >= 0


@given(st.data())
def test_nobody_who_cannot_be_notified_is_counted_digital_for_what_must_be_notified(
    example: Plan, data: st.DataObject
) -> None:
    counted = data.draw(people())
    slag = data.draw(st.sampled_from([Slag.VEDTAK, Slag.VIKTIG]))
    service = replace(example.tjenester[0], slag=slag, fordeling=counted)
    one_each = replace(service, volum=Tall(Decimal(counted.alle)))

    assert letters_of(one_each).digital == counted.kan_varsles


@given(st.data())
def test_cost_does_not_fall_when_size_rises(
    example: Plan, prices: PriceList, data: st.DataObject
) -> None:
    service = data.draw(services(example))
    larger = replace(
        service,
        bytes=Tall(service.bytes.value + data.draw(st.integers(0, 9_000_000))),
    )

    def cost(of: Tjeneste) -> Decimal:
        kroner = costs_of(replace(example, tjenester=(of,)), prices).new.kroner
        assert kroner is not None
        return kroner

    assert cost(service) <= cost(larger)


@given(st.data())
def test_cost_does_not_fall_when_a_price_rises(
    example: Plan, prices: PriceList, data: st.DataObject
) -> None:
    plan = replace(example, tjenester=(data.draw(services(example)),))
    rise = data.draw(st.decimals(0, 5, places=2))
    transport = {name: price + rise for name, price in prices.transport.items()}
    steps = tuple(replace(step, price=step.price + rise) for step in prices.steps)

    now = costs_of(plan, prices).new.kroner
    assert now is not None
    for dearer in (replace(prices, transport=transport), replace(prices, steps=steps)):
        then = costs_of(plan, dearer).new.kroner
        assert then is not None
        # Above the last step, a dearer step changes nothing.
        assert now <= then


def test_ties_go_to_digital_then_print() -> None:
    assert largest_remainder(1, [Fraction(1), Fraction(1), Fraction(1)]) == [1, 0, 0]
    assert largest_remainder(2, [Fraction(1), Fraction(1), Fraction(1)]) == [1, 1, 0]
    assert largest_remainder(2080, [Fraction(1066), Fraction(231), Fraction(3)]) == [1706, 369, 5]


def test_nothing_can_be_shared_out_without_weights() -> None:
    with pytest.raises(ValueError, match="not all zero"):
        largest_remainder(1, [Fraction(0)])


def test_information_goes_to_everybody_with_a_mailbox(example: Plan) -> None:
    service = replace(example.tjeneste("avgift"), slag=Slag.INFORMASJON)

    assert letters_of(service).digital == 18400 * 2760 // 4600


def test_somebody_who_cannot_be_notified_and_has_no_address_is_reached_by_no_decision(
    example: Plan,
) -> None:
    counted = Personer(
        alle=10,
        postkasse=6,
        kan_varsles=4,
        print=3,
        ingen=1,
        ikke_varsles_uten_adresse=2,
        dato=date(2026, 11, 20),
    )
    service = replace(
        example.tjenester[0], slag=Slag.VEDTAK, volum=Tall(Decimal(10)), fordeling=counted
    )

    letters = letters_of(service)

    assert (letters.digital, letters.print, letters.none) == (4, 3, 3)
