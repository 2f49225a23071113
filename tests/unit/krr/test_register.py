"""Any number of people are asked about in few calls, and each is answered once per question."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdp.errors import InvalidInputError, ProblemError
from sdp.krr import Oppslag, OppslagFeil, Person
from sdp.krr.register import blocks, check_personer, in_order, lookup_in_blocks
from sdp.testmiljo.world.register import synthetic_people
from sdp.transport.effects import Flow
from tests.unit.krr.strategies import PEOPLE, answers, known

NUMBERS = st.lists(st.sampled_from(PEOPLE), max_size=120)


def finished(flow: Flow[tuple[Oppslag, ...]]) -> tuple[Oppslag, ...]:
    """Run a flow that has no steps to its end."""
    with pytest.raises(StopIteration) as stop:
        next(flow)
    result: tuple[Oppslag, ...] = stop.value.value
    return result


@settings(deadline=None)
@given(NUMBERS, st.integers(1, 10))
def test_blocks_hold_everybody_once_in_the_order_first_given(numbers: list[str], size: int) -> None:
    made = list(blocks(numbers, size))

    assert [number for block in made for number in block] == list(dict.fromkeys(numbers))
    assert all(len(block) == size for block in made[:-1])
    assert all(1 <= len(block) <= size for block in made)


def test_a_block_holds_at_most_a_thousand() -> None:
    numbers = [f"{number:011}" for number in range(2001)]

    assert [len(block) for block in blocks(numbers + numbers)] == [1000, 1000, 1]


@settings(deadline=None)
@given(NUMBERS, st.data())
def test_each_question_is_answered_in_its_own_place(
    numbers: list[str], data: st.DataObject
) -> None:
    def ask(block: tuple[str, ...]) -> Flow[Iterable[Oppslag]]:
        left_in = data.draw(st.lists(st.sampled_from(block), unique=True))
        return [data.draw(answers(number)) for number in left_in]
        yield

    given_back = finished(lookup_in_blocks(numbers, ask))

    assert [answer.personidentifikator for answer in given_back] == numbers


@settings(deadline=None)
@given(st.permutations(PEOPLE), st.data())
def test_answers_may_come_in_any_order(numbers: list[str], data: st.DataObject) -> None:
    found = [known(number) for number in data.draw(st.permutations(PEOPLE))]

    assert in_order(numbers, found) == tuple(known(number) for number in numbers)


def test_somebody_the_register_left_out_is_answered_for() -> None:
    found, left_out = in_order(PEOPLE[:2], [known(PEOPLE[0]), known(PEOPLE[2])])

    assert found == known(PEOPLE[0])
    assert left_out == OppslagFeil(
        personidentifikator=PEOPLE[1],
        grunn="the register left this person out, and gave 1 answer that names nobody who was "
        "asked about",
    )


def test_somebody_left_out_of_a_sound_answer_is_told_so_alone() -> None:
    _, left_out = in_order(PEOPLE[:2], [known(PEOPLE[0])])

    assert isinstance(left_out, OppslagFeil)
    assert left_out.grunn == "the register left this person out"


@settings(deadline=None)
@given(st.permutations([True, False, False]))
def test_a_register_that_contradicts_itself_is_not_believed(reserved: list[bool]) -> None:
    found = [known(PEOPLE[0], reservert=reservert) for reservert in reserved]

    (answer,) = in_order(PEOPLE[:1], found)

    assert isinstance(answer, OppslagFeil)
    assert "contradicts itself" in answer.grunn


def test_the_same_answer_twice_is_one_answer() -> None:
    (answer,) = in_order(PEOPLE[:1], [known(PEOPLE[0]), known(PEOPLE[0])])

    assert isinstance(answer, Person)


def test_nobody_asked_about_means_nobody_asked() -> None:
    def ask(block: tuple[str, ...]) -> Flow[Iterable[Oppslag]]:
        raise AssertionError("there is nobody to ask about")

    assert finished(lookup_in_blocks([], ask)) == ()


def test_wrong_numbers_are_told_by_index_before_anybody_is_asked() -> None:
    def ask(block: tuple[str, ...]) -> Flow[Iterable[Oppslag]]:
        raise AssertionError("nobody must be asked")

    wrong = PEOPLE[3][:-1] + str((int(PEOPLE[3][-1]) + 1) % 10)

    with pytest.raises(InvalidInputError) as caught:
        lookup_in_blocks([PEOPLE[0], wrong, PEOPLE[1], "12345"], ask)

    assert [problem.field for problem in caught.value.problems] == ["personer[1]", "personer[3]"]
    assert wrong not in str(caught.value)
    assert "12345" not in str(caught.value)


def failing_at(*statuses: int | None) -> tuple[list[int], Callable[..., Flow[list[Oppslag]]]]:
    """A register that refuses one call after the other with a status, or answers; and its calls."""
    calls: list[int] = []

    def ask(block: tuple[str, ...]) -> Flow[list[Oppslag]]:
        status = statuses[len(calls)]
        calls.append(len(block))
        if status is not None:
            raise ProblemError(status, title="Nede")
        return [known(number) for number in block]
        yield

    return calls, ask


MANY = list(islice(synthetic_people(), 3500))


def test_a_block_that_fails_later_costs_its_own_people_alone() -> None:
    calls, ask = failing_at(None, 503, None, None)

    answers = finished(lookup_in_blocks(MANY, ask))

    assert calls == [1000, 1000, 1000, 500]
    assert [answer.personidentifikator for answer in answers] == MANY
    failed = [answer for answer in answers if isinstance(answer, OppslagFeil)]
    assert [answer.personidentifikator for answer in failed] == MANY[1000:2000]
    assert "did not answer: Refused with HTTP status 503." in failed[0].grunn


def test_a_register_that_fails_twice_in_a_row_is_asked_no_more() -> None:
    calls, ask = failing_at(None, 500, 503)

    answers = finished(lookup_in_blocks(MANY, ask))

    assert calls == [1000, 1000, 1000]
    assert all(isinstance(answer, Person) for answer in answers[:1000])
    assert all(isinstance(answer, OppslagFeil) for answer in answers[1000:])
    assert "asked no more" in answers[-1].grunn  # type: ignore[union-attr]


@pytest.mark.parametrize("statuses", [(503,), (None, 403)])
def test_a_failure_before_any_answer_or_for_good_is_raised(statuses: tuple[int | None]) -> None:
    _, ask = failing_at(*statuses)

    with pytest.raises(ProblemError):
        finished(lookup_in_blocks(MANY, ask))


def test_numbers_may_come_from_a_generator() -> None:
    _, ask = failing_at(None)

    answers = finished(lookup_in_blocks((number for number in PEOPLE[:3]), ask))

    assert [answer.personidentifikator for answer in answers] == list(PEOPLE[:3])


def test_a_lone_number_is_not_taken_for_eleven_people() -> None:
    with pytest.raises(InvalidInputError, match="personer: must be a sequence"):
        check_personer(PEOPLE[0])


def test_what_is_not_text_is_told_by_index() -> None:
    with pytest.raises(InvalidInputError, match=r"personer\[0\]: must be text"):
        check_personer([1815800083])  # type: ignore[list-item]
