"""Timeline of a letter: its lookup, its arrival, its receipts, and what was done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sdp.testmiljo.faults.kinds import Traffic, place_of
from sdp.testmiljo.web.notices import notices_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sdp.testmiljo.web.actions import Done
    from sdp.testmiljo.world.journal import Exchange
    from sdp.testmiljo.world.letters import Letter

_WORDS: Final = {
    Traffic.LOOKUP: "The recipient was looked up.",
    Traffic.LETTER: "The letter was sent.",
    Traffic.SIGNAL: "A receipt was pulled or confirmed.",
    Traffic.STATUSES: "The sender asked what had become of it.",
    Traffic.RECEIPTS: "The sender listed its receipts.",
    Traffic.READ: "A receipt was confirmed.",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `state` is `bad` where something went wrong."""

    moment: datetime
    what: str
    state: str = ""


def timeline_of(
    letter: Letter, history: Iterable[Exchange], done: Iterable[Done]
) -> tuple[Step, ...]:
    """Tell a letter's steps in the order of their time.

    Args:
        letter: the letter.
        history: the exchanges about it.
        done: what was done with it here.
    """
    received = "At the printer" if letter.is_print else "In the mailbox, opened and verified"
    steps = [Step(letter.received, f"{received}; its receipts were sent.")]
    steps += [
        Step(
            letter.received,
            f"A notice by {each.kanal} was ordered for {', '.join(map(str, each.days))}.",
        )
        for each in notices_of(letter)
    ]
    steps += [_of_exchange(each) for each in history]
    steps += [
        Step(each.moment, f"{each.what} ({each.receipt})" if each.receipt else each.what)
        for each in done
    ]
    return tuple(sorted(steps, key=lambda step: step.moment))


def subject_of(exchange: Exchange) -> str:
    """Say in a word or two what an exchange was about."""
    place = place_of(exchange.method, exchange.path.partition("?")[0])
    return "something else" if place is None else place.traffic.value


def _of_exchange(exchange: Exchange) -> Step:
    place = place_of(exchange.method, exchange.path.partition("?")[0])
    what = _WORDS.get(place.traffic, "") if place else ""
    is_bad = exchange.status is None or exchange.status >= 400
    ended = " No answer came." if exchange.status is None else f" HTTP {exchange.status}."
    remarks = "".join(f" {remark}." for remark in exchange.remarks)
    return Step(
        exchange.moment, f"{what}{ended if is_bad else ''}{remarks}", "bad" if is_bad else ""
    )
