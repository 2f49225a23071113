"""Checks of the receipts that must come back."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sdp.domain import Feil, Leveringskvittering, Mottakskvittering
from sdp.verify.check import Check, Outcome, Verdict, Whom, advice, failed, ok, skipped, warning

if TYPE_CHECKING:
    from sdp.client import Client
    from sdp.domain import Kvittering
    from sdp.verify.context import Context, Sent
    from sdp.wire import SetAside

_PAUSE_SECONDS: Final = 2.0
_OF_DIGITAL: Final = frozenset({Leveringskvittering.__name__})
_OF_PRINT: Final = _OF_DIGITAL | {Mottakskvittering.__name__}


@dataclass
class _Ledger:
    """Ledger of the letters that were sent, and of the receipts about them."""

    sent: dict[str, Sent]
    kinds: dict[str, list[str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    aside: list[SetAside] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    repeated: int = 0

    def enter(self, kvittering: Kvittering) -> None:
        """Take note of one receipt."""
        self.repeated += kvittering.meldings_id in self.seen
        self.seen.add(kvittering.meldings_id)
        conversation = kvittering.konversasjons_id
        letter = self.sent.get(conversation)
        if letter is None:
            return
        kinds = self.kinds.setdefault(conversation, [])
        kind = type(kvittering).__name__
        if kind not in kinds:
            kinds.append(kind)
            if isinstance(kvittering, Feil):
                self.refused.append(f"the letter of check {letter.number} ({kvittering.feiltype})")

    def is_settled(self, conversation: str) -> bool:
        """Tell whether all that must come about a letter has come."""
        kinds = self.kinds.get(conversation, [])
        wanted = _OF_PRINT if self.sent[conversation].is_print else _OF_DIGITAL
        return Feil.__name__ in kinds or wanted <= set(kinds)

    @property
    def waiting(self) -> list[str]:
        """The letters that are not settled."""
        return [each for each in self.sent if not self.is_settled(each)]

    @property
    def told(self) -> str:
        """Say which kinds came for each letter."""
        return ", ".join(
            f"{letter.number}: {' and '.join(self.kinds.get(conversation, ['nothing']))}"
            for conversation, letter in self.sent.items()
        )


def _receipts(context: Context) -> Outcome:
    if not context.sent:
        return skipped("No letter was sent.", "See to it that one of the checks 601 to 608 is.")
    ledger = _Ledger(dict(context.sent))
    deadline = time.monotonic() + context.wait_seconds
    while True:
        for client in _clients(context):
            _fetch(context, client, ledger)
        if not ledger.waiting or time.monotonic() > deadline:
            return _verdict(context, ledger)
        context.sleep(_PAUSE_SECONDS)


def _clients(context: Context) -> list[Client]:
    others = any(sent.avsender == context.on_behalf_of for sent in context.sent.values())
    return [context.client, context.delegated] if others else [context.client]


def _fetch(context: Context, client: Client, ledger: _Ledger) -> None:
    queue = context.queue
    receipts = (
        client.receipts(
            prioritet=queue["prioritet"],
            mpc_id=queue["mpc_id"],
            on_set_aside=ledger.aside.append,
        )
        if queue
        else client.receipts(on_set_aside=ledger.aside.append)
    )
    for kvittering in receipts:
        ledger.enter(kvittering)


def _verdict(context: Context, ledger: _Ledger) -> Outcome:
    letters = len(context.sent)
    found = f"delivered {letters - len(ledger.waiting) - len(ledger.refused)} of {letters} letters"
    if ledger.aside:
        reason = ledger.aside[0].reason
        remedy, whom = advice(reason)
        return Outcome(Verdict.FAILED, f"{found}; one receipt: {reason.message}", remedy, whom)
    if ledger.refused:
        return failed(
            f"{found}; refused: {', '.join(ledger.refused)}",
            "The mailbox or printer did not take the letter: look the person up again, and ask why"
            " with the conversation ids above.",
        )
    if ledger.waiting:
        late = ", ".join(str(ledger.sent[each].number) for each in ledger.waiting)
        return failed(
            f"{found}; not heard of: check {late}, within {context.wait_seconds:.0f} s"
            f" ({ledger.told})",
            "Wait longer with --wait; if nothing comes, ask with the conversation ids above. A"
            " print letter has a mottak before its levering.",
        )
    if ledger.repeated:
        return warning(
            f"{found}; receipts that came twice: {ledger.repeated}",
            "That is allowed, and your program must bear it: tell receipts apart by meldings_id.",
        )
    return ok(f"{found}, every receipt verified and confirmed ({ledger.told})")


CHECKS: Final = (
    Check(
        801,
        "receipts",
        "Fetches the receipts of every letter above until each is delivered, or the time is up.",
        Whom.OPERATOR,
        _receipts,
        needs_one_of=(601, 602, 603, 604, 605, 606, 607, 608, 701),
    ),
)
