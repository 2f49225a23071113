"""Words and figures of the pages: states in a few words, bars of campaigns, steps of a letter."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from sdp.outbox.states import NEEDS_A_PERSON, UNDER_WAY, Tilstand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from sdp.outbox.overdue import Oppfolging
    from sdp.outbox.views import Historikk, Mottatt, Status

STATES: Final = {
    Tilstand.KLAR: ("waits", ""),
    Tilstand.SENDES: ("is being sent", ""),
    Tilstand.SENDT: ("accepted, no levering yet", ""),
    Tilstand.UKJENT: ("may have arrived, sent again", "wait"),
    Tilstand.UAVKLART: ("unsettled, needs a person", "bad"),
    Tilstand.AVVIST: ("refused, needs a person", "bad"),
    Tilstand.FEILET: ("failed, needs a person", "bad"),
    Tilstand.LEVERT: ("delivered", "good"),
    Tilstand.RETUR: ("came back, needs a person", "bad"),
    Tilstand.AVBRUTT: ("cancelled", ""),
}
"""Each state in English, and the kind of its badge."""

CAUSES: Final = {
    "lagt_inn": "Put into the outbox",
    "tatt_av_arbeider": "Taken by a worker, to be sent",
    "akseptert": "Accepted by the other side",
    "allerede_mottatt": "The other side had it already",
    "ikke_sendt": "Was not sent, and is tried again",
    "bremset": "Held back, since the wire is left alone",
    "ukjent_utfall": "Sent, but no answer came",
    "arbeider_borte": "Its worker was gone, so it may have been sent",
    "uavklart_for_lenge": "Unknown for too long: a person decides",
    "avvist_av_mottaker": "Refused by the other side",
    "avvist_her": "Refused before it was sent",
    "kvittering": "A receipt came",
    "proeves_igjen": "Tried again, by a person",
    "oppgitt": "Given up, by a person",
    "avbrutt": "Cancelled, by a person",
    "forfalt": "No levering by its deadline",
    "slettet": "Person and documents deleted",
    "ulest": "Not read",
    "ordnet": "Seen to, by a person",
}
"""Each cause of a transition, as a step of a letter."""

_PARTS: Final = (
    ("levert", "delivered", (Tilstand.LEVERT,)),
    ("sendt", "accepted", (Tilstand.SENDT,)),
    ("rest", "left to send", UNDER_WAY),
    ("person", "need a person", NEEDS_A_PERSON),
    ("avbrutt", "cancelled", (Tilstand.AVBRUTT,)),
)
_BAR: Final = 1000


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a bar.

    Attributes:
        name: its colour.
        words: what its letters have in common.
        count: how many letters.
        start, width: where it is, in thousandths of the bar.
    """

    name: str
    words: str
    count: int
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a letter, as the timeline shows it."""

    moment: datetime
    what: str
    state: str


def bar(status: Status) -> tuple[Part, ...]:
    """Divide the letters of a campaign into the parts of a bar; every part that is there shows."""
    counts = [sum(status.antall[each] for each in states) for _, _, states in _PARTS]
    edges = [round(_BAR * each / max(1, status.total)) for each in accumulate(counts, initial=0)]
    return tuple(
        Part(name, words, count, start, max(end - start, 4))
        for (name, words, _), count, start, end in zip(
            _PARTS, counts, edges, edges[1:], strict=False
        )
        if count
    )


def percent(status: Status) -> int:
    """Tell how much has been accepted or has ended, rounded down: 100 means all of it."""
    return 100 if not status.total else 100 * (status.total - status.igjen) // status.total


def duration(time: timedelta | None) -> str:
    """Write how long something takes, in two units at most."""
    if time is None:
        return "cannot be told, since nothing was sent in the last minute"
    seconds = max(0, round(time.total_seconds()))
    for size, unit, next_size, next_unit in (
        (86_400, "d", 3600, "h"),
        (3600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if seconds >= size:
            rest = seconds % size // next_size
            return f"{seconds // size} {unit}" + (f" {rest} {next_unit}" if rest else "")
    return f"{seconds} s"


def steps(history: Historikk) -> tuple[Step, ...]:
    """Tell what happened to a letter, in order; receipts are told when they happened."""
    told = [*_transitions(history), *map(_of_receipt, history.kvitteringer)]
    return tuple(sorted(told, key=lambda step: step.moment))


def _transitions(history: Historikk) -> Iterator[Step]:
    for line in history.hendelser:
        if line.aarsak == "kvittering":
            continue  # told by the receipt itself
        words = CAUSES.get(line.aarsak, line.aarsak.replace("_", " "))
        detail = f": {line.detalj}" if line.detalj else ""
        yield Step(line.tid, f"{words}{detail}", "bad" if line.til in NEEDS_A_PERSON else "good")


def _of_receipt(received: Mottatt) -> Step:
    bad = received.slag in {"feil", "varslingfeilet", "returpost"}
    return Step(received.tidspunkt, RECEIPTS[received.slag], "bad" if bad else "good")


RECEIPTS: Final = {
    "mottak": "Received by the other side",
    "levering": "Delivered to the mailbox, or handed to the post",
    "aapning": "Opened by the citizen",
    "varslingfeilet": "A notice could not be sent",
    "returpost": "Came back in the post",
    "feil": "The receiver reported a failure",
}
"""Each kind of receipt, as a step of a letter."""


def address(path: str, **parameters: object) -> str:
    """Write an address on the page; parameters that are None are left out."""
    given = {name: str(value) for name, value in parameters.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def by_kind(found: list[Oppfolging]) -> dict[str, list[Oppfolging]]:
    """Group matters by kind, in the order they are to be looked at."""
    groups: dict[str, list[Oppfolging]] = {}
    for each in found:
        groups.setdefault(each.slag.value, []).append(each)
    return groups
