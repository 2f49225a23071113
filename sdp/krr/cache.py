"""A cache of register answers, in memory only."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sdp.errors import ConfigurationError
from sdp.krr.person import Person
from sdp.krr.register import check_personer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sdp.krr.person import Oppslag, Printsertifikat
    from sdp.krr.register import Kontaktregister
    from sdp.transport.effects import Flow


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
