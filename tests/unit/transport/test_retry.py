"""A busy register is asked again when it says so, a few times and not for ever."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdp.errors import (
    ConfigurationError,
    NotSentError,
    ProblemError,
    Retry,
    SdpError,
    UnreadableAnswerError,
    WireError,
)
from sdp.transport.effects import Flow
from sdp.transport.request import BytesBody, ConnectionLostError, HttpRequest, HttpResponse
from sdp.transport.retry import (
    MAX_ATTEMPTS,
    MAX_BACKOFF_SECONDS,
    attempt,
    check_retries,
    retry_later,
    retry_with_backoff,
)
from tests.driver import START, FakeDriver

OK = HttpResponse(200, {}, b"ja")
LOST = None


def busy(retry_after: str | None = None, status: int = 503) -> HttpResponse:
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return HttpResponse(status, headers, b"")


def hand(*answers: HttpResponse | None) -> FakeDriver:
    """The other side, which gives these answers and then the last of them for ever."""
    left = list(answers)

    def answer(request: HttpRequest) -> HttpResponse:
        found = left.pop(0) if len(left) > 1 else left[0]
        if found is None:
            raise ConnectionLostError("reset")
        return found

    return FakeDriver(answer)


REQUEST = HttpRequest("POST", "https://krr.test/", {}, BytesBody(b""))


def read(response: HttpResponse) -> HttpResponse:
    if response.status != 200:
        raise ProblemError(response.status)
    return response


def ask(side: FakeDriver) -> HttpResponse:
    return side.run(
        retry_with_backoff(lambda: attempt(REQUEST), read, side.clock, whom="the register")
    )


@pytest.mark.parametrize("status", [429, 503])
def test_the_time_the_register_asks_for_is_waited(status: int) -> None:
    side = hand(busy("7", status), OK)

    assert ask(side) is OK
    assert side.sleeps == [7.0]


def test_the_time_may_be_a_date() -> None:
    date = format_datetime(START + timedelta(seconds=9), usegmt=True)
    side = hand(busy(date), OK)

    assert ask(side) is OK
    assert side.sleeps == [9.0]


def test_a_date_that_is_past_is_no_time_at_all() -> None:
    date = format_datetime(START - timedelta(days=1), usegmt=True)
    side = hand(busy(date), OK)

    assert ask(side) is OK
    assert side.sleeps == [0.0]


@pytest.mark.parametrize(
    "unsaid",
    [
        None,
        "",
        "soon",
        "-5",
        "1.5",
        "9" * 5000,
        "Mon, 99999999999 Jan 2024 00:00:00 GMT",
        "Wed, 01 Jan 99999 00:00:00 GMT",
    ],
)
def test_a_register_that_does_not_say_how_long_is_given_more_time_each_time(
    unsaid: str | None,
) -> None:
    side = hand(busy(unsaid), busy(unsaid), busy(unsaid), OK)

    assert ask(side) is OK
    assert side.sleeps == [1.0, 2.0, 4.0]


def test_a_register_that_stays_busy_is_given_up_with_its_own_words() -> None:
    side = hand(busy("1"))

    with pytest.raises(ProblemError) as caught:
        ask(side)

    assert caught.value.status == 503
    assert caught.value.retry is Retry.LATER
    assert len(side.requests) == MAX_ATTEMPTS
    assert len(side.sleeps) == MAX_ATTEMPTS - 1


def test_a_wait_longer_than_there_is_time_for_is_not_begun() -> None:
    side = hand(busy("61"), OK)

    with pytest.raises(ProblemError):
        ask(side)

    assert side.sleeps == []
    assert len(side.requests) == 1


@pytest.mark.parametrize(
    ("answer", "told"),
    [(busy("61"), 61.0), (busy("1"), 1.0), (busy(), None), (busy("61", 500), None)],
)
def test_how_long_the_other_side_wants_to_be_left_alone_is_told(
    answer: HttpResponse, told: float | None
) -> None:
    with pytest.raises(ProblemError) as caught:
        ask(hand(answer))

    assert caught.value.retry_after == told


@settings(deadline=None)
@given(st.lists(st.sampled_from([busy("1"), busy("25"), busy("59"), busy(), LOST]), min_size=1))
def test_waits_and_attempts_never_exceed_their_limits(answers: list[HttpResponse | None]) -> None:
    side = hand(*answers)

    with pytest.raises(WireError) as caught:
        ask(side)

    assert caught.value.retry is Retry.LATER
    assert len(side.requests) <= MAX_ATTEMPTS
    assert sum(side.sleeps) <= MAX_BACKOFF_SECONDS


@pytest.mark.parametrize("status", [302, 400, 403, 404, 500])
def test_any_other_no_is_believed_at_once(status: int) -> None:
    side = hand(busy("1", status), OK)

    with pytest.raises(ProblemError) as caught:
        ask(side)

    assert caught.value.status == status
    assert side.sleeps == []


def test_a_lost_connection_is_tried_again() -> None:
    side = hand(LOST, OK)

    assert ask(side) is OK
    assert side.sleeps == [1.0]


def test_a_connection_that_is_always_lost_is_told() -> None:
    with pytest.raises(WireError, match="No answer came from the register: reset") as caught:
        ask(hand(LOST))

    assert caught.value.retry is Retry.LATER


def test_an_error_of_an_attempt_is_not_held_back() -> None:
    def fail(request: HttpRequest) -> HttpResponse:
        raise UnreadableAnswerError("It is no answer.")

    with pytest.raises(UnreadableAnswerError):
        ask(FakeDriver(fail))


class TestWhatMaySucceedLater:
    def tried(self, *failures: SdpError, retries: int = 3) -> FakeDriver:
        left = list(failures)

        def make() -> Flow[str]:
            if left:
                raise left.pop(0)
            return "done"
            yield

        driver = FakeDriver(lambda _: OK)
        assert driver.run(retry_later(make, retries, lambda: 1.0)) == "done"
        return driver

    def test_it_is_tried_again_after_growing_pauses(self) -> None:
        unreached = NotSentError("Nobody there.")
        assert self.tried(unreached, unreached, unreached).sleeps == [1.0, 2.0, 4.0]

    def test_the_pause_the_other_side_asks_for_is_kept(self) -> None:
        busy = ProblemError(429)
        busy.retry_after = 30.0
        assert self.tried(busy).sleeps == [30.0]

    @pytest.mark.parametrize("retries", [0, 1])
    def test_it_is_given_up_after_so_many_retries(self, retries: int) -> None:
        unreached = NotSentError("Nobody there.")
        with pytest.raises(NotSentError):
            self.tried(*[unreached] * (retries + 1), retries=retries)

    @pytest.mark.parametrize("retry", [Retry.NEVER, Retry.SAME_MESSAGE])
    def test_nothing_else_is_tried_again(self, retry: Retry) -> None:
        error = ProblemError(400)
        error.retry = retry
        with pytest.raises(ProblemError):
            self.tried(error)

    def test_a_pause_longer_than_a_minute_is_left_to_the_caller(self) -> None:
        busy = ProblemError(503)
        busy.retry_after = 61.0
        with pytest.raises(ProblemError):
            self.tried(busy)

    def test_clients_do_not_come_back_together(self) -> None:
        def make() -> Flow[str]:
            raise NotSentError("Nobody there.")
            yield

        driver = FakeDriver(lambda _: OK)
        with pytest.raises(NotSentError):
            driver.run(retry_later(make, 2, lambda: 0.0))
        assert driver.sleeps == [0.5, 1.0]

    @pytest.mark.parametrize("retries", [-1, 1.5, None, "3"])
    def test_what_is_no_number_of_retries_is_refused(self, retries: object) -> None:
        with pytest.raises(ConfigurationError, match="retries"):
            check_retries(retries)
