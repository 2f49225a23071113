from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from sdp.config import ClientConfig
from sdp.errors import ConfigurationError
from sdp.verify import SUITE, Check, Context, Outcome, Run, Verdict
from sdp.verify.check import Whom, failed, ok, skipped, warning


@pytest.fixture
def context() -> Iterator[Context]:
    with Context(ClientConfig.from_environ({"SDP_ENVIRONMENT": "test"})) as made:
        yield made


class Calls:
    """Makes checks, and remembers in what order they were run."""

    def __init__(self) -> None:
        self.made: list[int] = []

    def check(
        self, number: int, *needs: int, gives: Callable[[], Outcome] = lambda: ok("fine")
    ) -> Check:
        def run(_: Context) -> Outcome:
            self.made.append(number)
            return gives()

        return Check(number, f"check {number}", "Does it.", Whom.OPERATOR, run, needs)


@pytest.fixture
def calls() -> Calls:
    return Calls()


def test_checks_are_run_in_their_order(calls: Calls, context: Context) -> None:
    run = Run([calls.check(101), calls.check(102), calls.check(201)], context)

    assert [result.check.number for result in run.results()] == [101, 102, 201]
    assert calls.made == [101, 102, 201]


def test_what_a_wanted_check_needs_is_run_before_it_and_nothing_else(
    calls: Calls, context: Context
) -> None:
    checks = [calls.check(101), calls.check(102), calls.check(201, 102), calls.check(301, 201)]

    results = [*Run(checks, context).results(lambda check: check.number == 301)]

    assert [result.check.number for result in results] == [102, 201, 301]


def test_a_check_is_run_once_however_often_it_is_asked_for(calls: Calls, context: Context) -> None:
    run = Run([calls.check(101), calls.check(201, 101), calls.check(301, 101)], context)

    assert run.result(301) is run.result(301)
    assert run.result(201).outcome.verdict is Verdict.OK
    assert calls.made == [101, 301, 201]


@pytest.mark.parametrize("gives", [lambda: failed("no", "mend it"), lambda: skipped("not now")])
def test_a_check_whose_ground_has_failed_is_passed_over(
    gives: Callable[[], Outcome], calls: Calls, context: Context
) -> None:
    run = Run(
        [calls.check(101, gives=gives), calls.check(201, 101), calls.check(301, 201)], context
    )

    passed_over = run.result(301).outcome

    assert passed_over.verdict is Verdict.SKIPPED
    assert "check 201" in passed_over.came_back
    assert calls.made == [101]


def test_a_warning_is_ground_enough(calls: Calls, context: Context) -> None:
    checks = [calls.check(101, gives=lambda: warning("soon", "renew")), calls.check(201, 101)]

    assert Run(checks, context).result(201).outcome.verdict is Verdict.OK


def test_an_error_is_a_failure_with_its_own_remedy_and_the_next_check_goes_on(
    calls: Calls, context: Context
) -> None:
    def gives() -> Outcome:
        raise ConfigurationError("No such setting.", remedy="Set it.")

    first, second = Run([calls.check(101, gives=gives), calls.check(102)], context).results()

    assert first.outcome == Outcome(Verdict.FAILED, "No such setting.", "Set it.", Whom.SELF)
    assert first.ask is Whom.SELF
    assert second.outcome.verdict is Verdict.OK


def test_a_defect_fails_its_check_without_its_words_and_the_next_goes_on(
    calls: Calls, context: Context
) -> None:
    def gives() -> Outcome:
        raise ZeroDivisionError("18129902345")

    first, second = Run([calls.check(101, gives=gives), calls.check(102)], context).results()

    assert first.outcome.verdict is Verdict.FAILED
    assert "ZeroDivisionError in test_running.py, line" in first.outcome.came_back
    assert "18129902345" not in repr(first.outcome)
    assert "defect" in first.outcome.remedy
    assert first.ask is Whom.MAKERS
    assert second.outcome.verdict is Verdict.OK


def test_who_stops_a_run_stops_it(calls: Calls, context: Context) -> None:
    def gives() -> Outcome:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Run([calls.check(101, gives=gives)], context).result(101)


@pytest.mark.parametrize(
    ("wanted", "made"), [({801}, [601, 801]), ({602, 801}, [602, 801]), ({601, 602}, [601, 602])]
)
def test_a_check_that_needs_one_of_some_gets_the_first_where_none_is_run(
    wanted: set[int], made: list[int], calls: Calls, context: Context
) -> None:
    last = replace(calls.check(801), needs_one_of=(601, 602))
    run = Run([calls.check(601), calls.check(602), last], context)

    ran = [result.check.number for result in run.results(lambda check: check.number in wanted)]

    assert ran == calls.made == made


def test_every_check_has_a_number_of_its_own_and_needs_only_earlier_ones() -> None:
    numbers = [check.number for check in SUITE]

    assert numbers == sorted(set(numbers))
    assert all(need < check.number for check in SUITE for need in check.needs)
    assert all({*check.needs} <= {*numbers} for check in SUITE)


def test_every_check_says_what_it_does_in_a_sentence() -> None:
    assert all(check.does.endswith(".") and check.does[0].isupper() for check in SUITE)
