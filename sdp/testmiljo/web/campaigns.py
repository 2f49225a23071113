"""Campaigns of the outbox that sends here, each beside what has become of its letters here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sdp.testmiljo.web.waiting import waiting_conversations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sdp.testmiljo.assembly import World
    from sdp.testmiljo.world.letters import Letter, LetterStore
    from sdp.testmiljo.world.outbox import OutboxLetter

_ACCEPTED: Final = frozenset({"sendt", "levert", "retur"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign, in numbers of letters.

    Attributes:
        navn: its name; None for the letters that belong to none.
        put: all of its letters.
        states: how many are in each state of the outbox, the states in the order of first letters.
        arrived: those that are here, each counted once.
        answered: those that receipts were sent about.
        fetched: those of them whose receipts have all been fetched and confirmed.
        opened: those that the citizen opened, with a receipt for it.
        failed: those that a feil was sent about: refused by mailbox or printer.
        doubled: letters that came once more, although the first had not failed.
        lost: letters that the outbox knows to be accepted, and that never came; None once the
            environment has let go of letters, since it cannot tell then.
        before: letters that were accepted before this environment started, and are not here.
    """

    navn: str | None
    put: int
    states: Mapping[str, int]
    arrived: int
    answered: int
    fetched: int
    opened: int
    failed: int
    doubled: int
    lost: int | None
    before: int

    @property
    def is_whole(self) -> bool:
        """True if nothing was lost and nothing doubled, as far as the environment can tell."""
        return not self.lost and not self.doubled


def campaigns_of(miljo: World, *, newest: bool = False) -> tuple[Campaign, ...]:
    """Count the letters of each campaign of the outbox that is followed, oldest campaign first.

    Args:
        miljo: where the letters come.
        newest: look at the outbox now, not only within the last second.
    """
    # The outbox first: what it knows to be accepted had come before.
    sent: dict[str | None, list[OutboxLetter]] = {}
    for each in miljo.outbox.view(newest=newest).letters:
        sent.setdefault(each.kampanje, []).append(each)
    store = miljo.letter_store
    arrived: dict[str, list[Letter]] = {}
    for letter in store.all:
        arrived.setdefault(letter.konversasjons_id, []).append(letter)
    waiting = waiting_conversations(miljo)
    return tuple(
        _counted(navn, letters, store, arrived, waiting, miljo.started)
        for navn, letters in sent.items()
    )


def _counted(
    navn: str | None,
    letters: Iterable[OutboxLetter],
    store: LetterStore,
    arrived: Mapping[str, list[Letter]],
    waiting: frozenset[str],
    started: datetime,
) -> Campaign:
    states, counts = Counter[str](), Counter[str]()
    for each in letters:
        states[each.tilstand] += 1
        here = arrived.get(each.konversasjons_id, [])
        answers = [answer.kind for answer in store.answers_to(each.konversasjons_id)]
        counts["arrived"] += bool(here)
        counts["answered"] += bool(answers)
        counts["fetched"] += bool(answers) and each.konversasjons_id not in waiting
        counts["opened"] += "aapning" in answers
        counts["failed"] += "feil" in answers
        # After a feil, a person may let the letter be sent once more.
        counts["doubled"] += max(0, len(here) - 1 - answers.count("feil"))
        if each.tilstand in _ACCEPTED and not here and not answers:
            was_before = each.sendt is not None and each.sendt < started
            counts["before" if was_before else "lost"] += 1
    return Campaign(
        navn=navn,
        put=sum(states.values()),
        states=dict(states),
        arrived=counts["arrived"],
        answered=counts["answered"],
        fetched=counts["fetched"],
        opened=counts["opened"],
        failed=counts["failed"],
        doubled=counts["doubled"],
        lost=None if store.has_let_go else counts["lost"],
        before=counts["before"],
    )
