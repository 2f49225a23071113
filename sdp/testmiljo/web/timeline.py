"""Timeline of a letter: its lookup, its arrival, its receipts, and what was done with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from sdp.testmiljo.faults.kinds import Traffic, place_of
from sdp.testmiljo.web.notices import notices_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sdp.testmiljo.web.actions import Done
    from sdp.testmiljo.world.journal import Exchange
    from sdp.testmiljo.world.letters import Answer, Letter

_WORDS: Final = {
    Traffic.LOOKUP: "The recipient was looked up.",
    Traffic.LETTER: "The letter was sent.",
    Traffic.SIGNAL: "A receipt was fetched or confirmed.",
    Traffic.STATUSES: "The sender asked what had become of it.",
    Traffic.RECEIPTS: "Receipts were fetched.",
    Traffic.READ: "A receipt was confirmed.",
}

_ANSWERS: Final = {
    "mottak": "The printer accepted it; mottak was sent.",
    "levering": "It is delivered; levering was sent.",
    "aapning": "The citizen opened it; aapning was sent.",
    "varslingfeilet": "A notice could not be sent; varslingfeilet was sent.",
    "returpost": "It came back in the post; returpost was sent.",
    "feil": "It failed; a feil was sent.",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `state` is `bad` where something went wrong."""

    moment: datetime
    what: str
    state: str = ""


def timeline_of(
    letter: Letter,
    history: Iterable[Exchange],
    answers: Iterable[Answer],
    done: Iterable[Done],
) -> tuple[Step, ...]:
    """Tell a letter's steps in the order of their time; what is said again and again, once.

    Args:
        letter: the letter.
        history: the exchanges about it.
        answers: the receipts that were sent about it.
        done: what was done with it here.
    """
    received = "At the printer" if letter.is_print else "In the mailbox, opened and verified"
    steps = [Step(letter.received, f"{received}.")]
    steps += [
        Step(
            letter.received,
            f"A notice by {each.kanal} was ordered for {', '.join(map(str, each.days))}.",
        )
        for each in notices_of(letter)
    ]
    steps += [_of_exchange(each) for each in history]
    steps += [_of_answer(each) for each in answers]
    steps += [Step(each.moment, each.what) for each in done if each.receipt is None]
    steps.sort(key=lambda step: step.moment)
    runs = (list(same) for _, same in groupby(steps, key=lambda step: (step.what, step.state)))
    return tuple(_once(same) for same in runs)


def _once(same: Sequence[Step]) -> Step:
    """Tell steps that say the same as one, at the moment of the first."""
    first = same[0]
    return (
        first if len(same) == 1 else replace(first, what=f"{first.what[:-1]}, {len(same)} times.")
    )


def subject_of(exchange: Exchange) -> str:
    """Say in a word or two what an exchange was about."""
    place = place_of(exchange.method, exchange.path.partition("?")[0])
    return "something else" if place is None else place.traffic.value


def _of_answer(answer: Answer) -> Step:
    is_bad = answer.kind in ("varslingfeilet", "returpost", "feil")
    return Step(answer.moment, _ANSWERS[answer.kind], "bad" if is_bad else "")


def _of_exchange(exchange: Exchange) -> Step:
    place = place_of(exchange.method, exchange.path.partition("?")[0])
    what = _WORDS.get(place.traffic, "") if place else ""
    is_bad = exchange.status is None or exchange.status >= 400
    ended = " No answer came." if exchange.status is None else f" HTTP {exchange.status}."
    remarks = "".join(f" {remark}." for remark in exchange.remarks)
    return Step(
        exchange.moment, f"{what}{ended if is_bad else ''}{remarks}", "bad" if is_bad else ""
    )
