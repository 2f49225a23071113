"""A cache saves questions for a while, and never keeps what it should not."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdp.errors import ConfigurationError, InvalidInputError, WireError
from sdp.krr import Kontaktregister, Oppslag, OppslagFeil, Person, Printsertifikat
from sdp.krr.register import CachedRegister
from sdp.transport.effects import Flow, Sleep
from sdp.transport.request import HttpRequest, HttpResponse
from tests.driver import FakeDriver
from tests.unit.domain.conftest import self_signed
from tests.unit.krr.strategies import PEOPLE, known

LIFETIME = timedelta(minutes=2)
PRINTER = Printsertifikat(leverandoer="974761076", sertifikat=self_signed("Utskrift"))


class Register:
    """A register that writes down whom it is asked about, and takes a second for it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.reserved: set[str] = set()
        self.garbled: set[str] = set()
        self.down = False

    def lookup(self, personer: Iterable[str]) -> Flow[tuple[Oppslag, ...]]:
        self.asked.append(tuple(personer))
        yield Sleep(1.0)
        if self.down:
            raise WireError("It is down.")
        return tuple(self._answer(number) for number in personer)

    def print_certificate(self) -> Flow[Printsertifikat]:
        yield Sleep(1.0)
        return PRINTER

    def _answer(self, number: str) -> Oppslag:
        if number in self.garbled:
            return OppslagFeil(personidentifikator=number, grunn="cannot be read")
        return known(number, reservert=number in self.reserved)


class Cached:
    """A cache in front of a register, and a clock."""

    def __init__(self, limit: int = 1000) -> None:
        self.register = Register()
        self.hand = FakeDriver(self._no_requests)
        inner: Kontaktregister = self.register
        self.cache = CachedRegister(inner, LIFETIME, self.hand.clock, limit=limit)

    def lookup(self, *numbers: str) -> tuple[Oppslag, ...]:
        return self.hand.run(self.cache.lookup(numbers))

    def pass_time(self, time: timedelta) -> None:
        self.hand.moment += time

    @staticmethod
    def _no_requests(request: HttpRequest) -> HttpResponse:
        raise AssertionError("the register of this test sends nothing")


def test_nobody_is_asked_about_twice_within_the_lifetime() -> None:
    cached = Cached()

    first = cached.lookup(PEOPLE[0], PEOPLE[1])
    again = cached.lookup(PEOPLE[1], PEOPLE[2], PEOPLE[1])

    assert cached.register.asked == [(PEOPLE[0], PEOPLE[1]), (PEOPLE[2],)]
    assert again == (first[1], known(PEOPLE[2]), first[1])


def test_an_answer_is_good_for_its_lifetime_counted_from_the_question() -> None:
    cached = Cached()
    cached.lookup(PEOPLE[0])  # takes a second
    cached.register.reserved.add(PEOPLE[0])

    cached.pass_time(LIFETIME - timedelta(seconds=2))
    assert cached.lookup(PEOPLE[0]) == (known(PEOPLE[0]),)
    cached.pass_time(timedelta(seconds=1))
    assert cached.lookup(PEOPLE[0]) == (known(PEOPLE[0], reservert=True),)


def test_failures_are_not_remembered() -> None:
    cached = Cached()
    cached.register.garbled.add(PEOPLE[0])
    (garbled,) = cached.lookup(PEOPLE[0])
    assert isinstance(garbled, OppslagFeil)

    cached.register.garbled.clear()
    (mended,) = cached.lookup(PEOPLE[0])

    assert isinstance(mended, Person)


def test_an_error_leaves_what_was_remembered_as_it_is() -> None:
    cached = Cached()
    cached.lookup(PEOPLE[0])
    cached.register.down = True

    with pytest.raises(WireError):
        cached.lookup(PEOPLE[0], PEOPLE[1])

    assert cached.lookup(PEOPLE[0]) == (known(PEOPLE[0]),)


def test_no_more_people_are_remembered_than_the_limit_and_the_oldest_go_first() -> None:
    cached = Cached(limit=2)
    cached.lookup(PEOPLE[0])
    cached.lookup(PEOPLE[1], PEOPLE[2])
    cached.register.asked.clear()

    cached.lookup(PEOPLE[1], PEOPLE[2])
    assert cached.register.asked == []
    cached.lookup(PEOPLE[0])
    assert cached.register.asked == [(PEOPLE[0],)]


def test_more_people_than_the_limit_are_all_answered() -> None:
    assert Cached(limit=1).lookup(*PEOPLE) == tuple(known(number) for number in PEOPLE)


def test_a_clock_set_back_makes_no_answer_last_longer() -> None:
    cached = Cached()
    cached.lookup(PEOPLE[0])
    cached.pass_time(-timedelta(days=1))

    cached.lookup(PEOPLE[0])

    assert len(cached.register.asked) == 2


def test_a_late_answer_to_an_older_question_replaces_no_newer_one() -> None:
    cached = Cached()
    slow = cached.cache.lookup([PEOPLE[0]])
    next(slow)  # asked, and not answered yet
    cached.pass_time(timedelta(seconds=1))
    cached.register.reserved.add(PEOPLE[0])
    cached.lookup(PEOPLE[0])
    cached.register.reserved.clear()

    with pytest.raises(StopIteration):
        slow.send(None)

    assert cached.lookup(PEOPLE[0]) == (known(PEOPLE[0], reservert=True),)


def test_everybody_can_be_forgotten() -> None:
    cached = Cached()
    cached.lookup(PEOPLE[0])
    cached.cache.forget()

    cached.lookup(PEOPLE[0])

    assert len(cached.register.asked) == 2


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(PEOPLE[:5]), max_size=6),
            st.sets(st.sampled_from(PEOPLE[:5])),
            st.integers(0, 100).map(lambda seconds: timedelta(seconds=seconds)),
        )
    ),
    st.integers(1, 6),
)
def test_answers_keep_their_order_and_none_is_older_than_the_lifetime(
    questions: list[tuple[list[str], set[str], timedelta]], limit: int
) -> None:
    cached = Cached(limit)
    states: list[tuple[datetime, set[str]]] = []

    for asked, reserved, pause in questions:
        cached.register.reserved = reserved
        now = cached.hand.moment
        states.append((now, reserved))

        answers = cached.lookup(*asked)

        assert [answer.personidentifikator for answer in answers] == asked
        recent = [state for moment, state in states if now - moment < LIFETIME]
        for number, answer in zip(asked, answers, strict=True):
            assert isinstance(answer, Person)
            assert answer.reservert in {number in state for state in recent}
        cached.pass_time(pause)


def test_the_cache_cannot_be_written_to_disk_and_shows_nobody() -> None:
    cached = Cached()
    cached.lookup(PEOPLE[0])

    assert PEOPLE[0] not in repr(cached.cache)
    with pytest.raises(TypeError):
        pickle.dumps(cached.cache)


def test_threads_may_share_it() -> None:
    cached = Cached(limit=3)
    wrong: list[object] = []

    def look_up(start: int) -> None:
        for step in range(200):
            numbers = [PEOPLE[(start + step + offset) % 8] for offset in range(4)]
            hand = FakeDriver(Cached._no_requests)
            answers = hand.run(cached.cache.lookup(numbers))
            if [answer.personidentifikator for answer in answers] != numbers:
                wrong.append(numbers)

    threads = [threading.Thread(target=look_up, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert len(cached.cache._kept) <= 3


def test_wrong_numbers_are_refused_at_once() -> None:
    with pytest.raises(InvalidInputError, match=r"personer\[0\]"):
        Cached().cache.lookup(["1"])


def test_the_printer_is_the_registers_to_tell() -> None:
    cached = Cached()

    assert cached.hand.run(cached.cache.print_certificate()) is PRINTER


@pytest.mark.parametrize(
    ("lifetime", "limit"), [(timedelta(), 1), (-LIFETIME, 1), (LIFETIME, 0), (LIFETIME, -1)]
)
def test_a_cache_that_keeps_nothing_is_refused(lifetime: timedelta, limit: int) -> None:
    cached = Cached()

    with pytest.raises(ConfigurationError):
        CachedRegister(cached.register, lifetime, cached.hand.clock, limit=limit)
