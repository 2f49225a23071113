"""The protocol of a contact register, look-ups in blocks, and a cache of answers."""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from sdp.domain import check_organisasjonsnummer, check_personidentifikator
from sdp.errors import (
    ConfigurationError,
    InvalidInputError,
    Problem,
    Retry,
    SdpError,
    UnreadableAnswerError,
)
from sdp.krr.person import Oppslag, OppslagFeil, Person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from sdp.krr.person import Endringer, Printsertifikat
    from sdp.transport.effects import Flow


LARGEST_BLOCK: Final = 1000
"""The most people one call may ask about, over REST and SOAP alike."""

_MOST_FAILURES: Final = 2


class Kontaktregister(Protocol):
    """A contact and reservation register."""

    def lookup(self, personer: Iterable[str]) -> Flow[tuple[Oppslag, ...]]:
        """Ask about any number of people, and answer each in the order they were given.

        Raises:
            InvalidInputError: a number is not a personidentifikator; its index is named.
            WireError: the register refused or could not be read; safe to repeat.
        """

    def print_certificate(self) -> Flow[Printsertifikat]:
        """Ask who prints letters and with what certificate they are encrypted.

        Raises:
            WireError: the register refused or could not be read; safe to repeat.
        """


@runtime_checkable
class Endringslogg(Protocol):
    """A register that lists the people who have changed."""

    def changes_since(self, number: int) -> Flow[Endringer]:
        """List people changed since a change number, inclusive.

        Raises:
            InvalidInputError: it is not a change number.
            WireError: the register refused or could not be read; safe to repeat.
        """


def lookup_in_blocks(
    personer: Iterable[str], ask: Callable[[tuple[str, ...]], Flow[Iterable[Oppslag]]]
) -> Flow[tuple[Oppslag, ...]]:
    """Ask about any number of people, each once, in as few calls of `ask` as possible.

    Once some have been answered, a failure that may pass loses nothing: those it befell are told as
    `OppslagFeil`. When two calls in a row fail so, nobody else is asked about.

    Args:
        personer: fødselsnummer and D-numbers, in any order and more than once each.
        ask: asks about 1 to 1000 different people. Its answers may come in any order.

    Raises:
        InvalidInputError: at once, before anything is asked.
        SdpError: what `ask` raises, unless it may pass and some have been answered.
    """
    asked = check_personer(personer)

    def flow() -> Flow[tuple[Oppslag, ...]]:
        answers: list[Oppslag] = []
        failed = 0
        for block in blocks(asked):
            if failed == _MOST_FAILURES:
                answers += _unanswered(block, "the register had failed, and was asked no more")
                continue
            try:
                answers += yield from ask(block)
                failed = 0
            except SdpError as error:
                if not answers or error.retry is not Retry.LATER:
                    raise
                answers += _unanswered(block, f"the register did not answer: {error.message}")
                failed += 1
        return in_order(asked, answers)

    return flow()


def _unanswered(block: Iterable[str], grunn: str) -> Iterator[OppslagFeil]:
    return (OppslagFeil(personidentifikator=number, grunn=grunn) for number in block)


def check_personer(personer: Iterable[str]) -> tuple[str, ...]:
    """Return the numbers unchanged, all of them at once.

    Raises:
        InvalidInputError: naming the index of each that is not a personidentifikator.
    """
    if isinstance(personer, str):
        raise InvalidInputError("Oppslag", [Problem("personer", "must be a sequence of numbers")])
    personer = tuple(personer)
    problems = [
        Problem(f"personer[{index}]", rule)
        for index, number in enumerate(personer)
        if (rule := _broken_rule(number))
    ]
    if problems:
        raise InvalidInputError("Oppslag", problems)
    return personer


def blocks(personer: Iterable[str], size: int = LARGEST_BLOCK) -> Iterator[tuple[str, ...]]:
    """Give each person once, in blocks of at most `size`."""
    different = iter(dict.fromkeys(personer))
    while block := tuple(islice(different, size)):
        yield block


def in_order(personer: Sequence[str], answers: Iterable[Oppslag]) -> tuple[Oppslag, ...]:
    """Put answers in the order of the people asked about, and answer for those left out.

    Two that contradict each other count as none. Answers about others, or about nobody who can be
    told, are nobody's; whoever has no answer is told how many there were.
    """
    found: dict[str, Oppslag] = {}
    asked, strange = set(personer), 0
    for answer in answers:
        number = answer.personidentifikator
        if number not in asked:
            strange += 1
        elif (earlier := found.setdefault(number, answer)) is not answer and earlier != answer:
            found[number] = OppslagFeil(
                personidentifikator=number, grunn="the register contradicts itself"
            )
    grunn = "the register left this person out"
    if strange:
        answers_are = "1 answer that names" if strange == 1 else f"{strange} answers that name"
        grunn += f", and gave {answers_are} nobody who was asked about"
    return tuple(
        found.get(number) or OppslagFeil(personidentifikator=number, grunn=grunn)
        for number in personer
    )


def _broken_rule(number: object) -> str | None:
    if not isinstance(number, str):
        return "must be text"
    try:
        check_personidentifikator(number)
    except ValueError as error:
        return str(error)
    return None


@contextmanager
def safe_to_repeat() -> Iterator[None]:
    """Say of an answer that cannot be read that the same question may be asked again."""
    try:
        yield
    except UnreadableAnswerError as error:
        error.retry = Retry.LATER
        raise


def check_organisation(setting: str, number: str) -> None:
    """Refuse a setting that is not an organisation number.

    Raises:
        ConfigurationError: naming the setting.
    """
    try:
        check_organisasjonsnummer(number)
    except ValueError as error:
        raise ConfigurationError(f"{setting} of the contact register {error}.") from error


@dataclass(frozen=True, slots=True)
class _Kept:
    person: Person
    asked: datetime


class CachedRegister:
    """A contact register that is not asked again about people it answered for a moment ago.

    Someone who opts out meanwhile is not noticed until the lifetime is over, and the terms of the
    register require a lookup for each letter: keep the lifetime to a few minutes. Failures are not
    remembered, and nothing is written to disk. Safe to share between threads.

    Args:
        register: asked about everybody who is not in the cache.
        lifetime: how long an answer may be used, counted from the request.
        clock: tells the time; aware.
        limit: the most people remembered; the oldest are forgotten first.

    Raises:
        ConfigurationError: lifetime or limit is not positive.
    """

    def __init__(
        self,
        register: Kontaktregister,
        lifetime: timedelta,
        clock: Callable[[], datetime],
        *,
        limit: int = 10_000,
    ) -> None:
        if lifetime <= timedelta() or limit < 1:
            raise ConfigurationError(
                "The cache of the contact register must have a positive lifetime and limit.",
                remedy="Leave the cache out to ask the register each time.",
            )
        self._register = register
        self._lifetime = lifetime
        self._clock = clock
        self._limit = limit
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def lookup(self, personer: Iterable[str]) -> Flow[tuple[Oppslag, ...]]:
        """Answer each in the order given, and ask only about those who are not remembered.

        Raises:
            InvalidInputError: at once; a number is not a personidentifikator; its index is named.
            SdpError: whatever the register raises.
        """
        return self._lookup(check_personer(personer))

    def print_certificate(self) -> Flow[Printsertifikat]:
        """Ask the register who prints letters."""
        return self._register.print_certificate()

    def forget(self) -> None:
        """Forget everybody at once."""
        with self._lock:
            self._kept.clear()

    def _lookup(self, asked: tuple[str, ...]) -> Flow[tuple[Oppslag, ...]]:
        moment = self._clock()
        answers: dict[str, Oppslag] = dict(self._remembered(asked, moment))
        missing = tuple(number for number in dict.fromkeys(asked) if number not in answers)
        if missing:
            found = yield from self._register.lookup(missing)
            self._remember(found, moment)
            answers |= {answer.personidentifikator: answer for answer in found}
        return tuple(answers[number] for number in asked)

    def _remembered(self, asked: Iterable[str], moment: datetime) -> dict[str, Person]:
        with self._lock:
            self._drop_expired(moment)
            return {
                number: kept.person
                for number in asked
                if (kept := self._kept.get(number)) and self._is_good(kept, moment)
            }

    def _remember(self, found: Iterable[Oppslag], moment: datetime) -> None:
        with self._lock:
            for answer in found:
                number = answer.personidentifikator
                earlier = self._kept.get(number)
                if earlier is not None and earlier.asked > moment:
                    continue
                self._kept.pop(number, None)
                if isinstance(answer, Person):
                    self._kept[number] = _Kept(answer, moment)
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)

    def _drop_expired(self, moment: datetime) -> None:
        while self._kept and not self._is_good(next(iter(self._kept.values())), moment):
            self._kept.popitem(last=False)

    def _is_good(self, kept: _Kept, moment: datetime) -> bool:
        # An answer from the future means that the clock was set back, and tells nothing of its age.
        return timedelta() <= moment - kept.asked < self._lifetime
