from __future__ import annotations

from itertools import combinations, permutations

import pytest

from sdp.outbox.decisions import commands, what_to_do
from sdp.outbox.states import (
    ALLOWED,
    FINAL,
    OVERGANGER,
    Aarsak,
    Tilstand,
    after_receipts,
    check,
    figure,
)
from sdp.outbox.web.actions import for_letter
from sdp.outbox.web.showing import STATES
from tests.pages import ROOT

KINDS = ("mottak", "levering", "aapning", "varslingfeilet", "returpost", "feil")


def test_there_are_the_ten_states_of_the_documentation() -> None:
    names = "KLAR SENDES SENDT UKJENT UAVKLART AVVIST FEILET LEVERT RETUR AVBRUTT"

    assert [tilstand.name for tilstand in Tilstand] == names.split()


def test_a_letter_is_cancelled_only_before_it_is_sent() -> None:
    assert {each.fra for each in OVERGANGER if each.til is Tilstand.AVBRUTT} == {Tilstand.KLAR}


def test_nothing_but_a_receipt_or_a_person_moves_a_letter_out_of_a_final_state() -> None:
    causes = {cause for fra, _, cause in ALLOWED if fra in FINAL}

    assert causes == {Aarsak.KVITTERING, Aarsak.PROEVES_IGJEN}


def test_what_may_have_arrived_is_never_taken_not_to_have() -> None:
    ways = {(til, cause) for fra, til, cause in ALLOWED if fra is Tilstand.UKJENT}

    assert not {til for til, _ in ways} & {Tilstand.KLAR, Tilstand.AVVIST, Tilstand.AVBRUTT}


def test_a_transition_that_the_table_does_not_have_is_a_defect() -> None:
    with pytest.raises(AssertionError, match="levert to klar"):
        check(Tilstand.LEVERT, Tilstand.KLAR, Aarsak.PROEVES_IGJEN)


@pytest.mark.parametrize("start", list(Tilstand))
def test_the_order_of_receipts_makes_no_difference(start: Tilstand) -> None:
    for kinds in (each for size in (1, 2, 3) for each in combinations(KINDS, size)):
        ends = set()
        for order in permutations(kinds):
            state, seen = start, set[str]()
            for kind in order:
                seen.add(kind)
                reached = after_receipts(state, frozenset(seen))
                check(state, reached, Aarsak.KVITTERING)
                state = reached
            ends.add(state)
        assert len(ends) == 1, kinds


def test_the_figure_is_drawn_from_the_table() -> None:
    drawn = figure()

    for each in OVERGANGER:
        if Aarsak.KVITTERING not in each.aarsaker:
            assert f"{each.fra} --> {each.til}: {', '.join(each.aarsaker)}" in drawn


@pytest.mark.parametrize("tilstand", list(Tilstand))
def test_the_page_for_operators_says_of_each_state_what_the_code_says(tilstand: Tilstand) -> None:
    page = (ROOT / "docs" / "outbox-operations.md").read_text(encoding="utf-8")
    told = " or ".join(f"`{each}`" for each in commands(tilstand, "KEY")) or "none"

    row = f"| `{tilstand}` | {STATES[tilstand][0]} | {what_to_do(tilstand)} | {told} |"
    assert row in page.splitlines()


@pytest.mark.parametrize("tilstand", list(Tilstand))
def test_the_commands_of_a_state_are_those_that_it_lets_a_person_give(tilstand: Tilstand) -> None:
    named = {each.split()[2] for each in commands(tilstand, "KEY")}
    possible = {action.name for action in for_letter(tilstand)}

    assert named - {"put"} == possible
