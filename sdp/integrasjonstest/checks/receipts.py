"""The receipts that must come back."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from uuid import UUID

from sdp.domain import Feil, Leveringskvittering
from sdp.integrasjonstest.advice import advice
from sdp.integrasjonstest.check import Check, Outcome, Verdict, Whom, failed, ok, skipped, warning

if TYPE_CHECKING:
    from sdp.client import Client
    from sdp.domain import Kvittering
    from sdp.integrasjonstest.context import Context
    from sdp.wire import SetAside

_PAUSE_SECONDS: Final = 2.0


@dataclass
class _Ledger:
    """What has been heard of the letters that were sent."""

    waiting: dict[UUID, int]
    refused: list[str] = field(default_factory=list)
    aside: list[SetAside] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    repeated: int = 0

    def enter(self, kvittering: Kvittering) -> None:
        """Take note of one receipt."""
        self.repeated += kvittering.meldings_id in self.seen
        self.seen.add(kvittering.meldings_id)
        match kvittering:
            case Leveringskvittering():
                self.waiting.pop(UUID(kvittering.konversasjons_id), None)
            case Feil():
                number = self.waiting.pop(UUID(kvittering.konversasjons_id), None)
                if number is not None:
                    self.refused.append(f"the letter of check {number} ({kvittering.feiltype})")
            case _:
                pass


def _receipts(context: Context) -> Outcome:
    if not context.sent:
        return skipped("No letter was sent.")
    ledger = _Ledger({conversation: sent.number for conversation, sent in context.sent.items()})
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
        late = ", ".join(str(number) for number in sorted(ledger.waiting.values()))
        return failed(
            f"{found}; not heard of: check {late}, within {context.wait_seconds:.0f} s",
            "Wait longer with --wait; if nothing comes, ask with the conversation ids above.",
        )
    if ledger.repeated:
        return warning(
            f"{found}; receipts that came twice: {ledger.repeated}",
            "That is allowed, and your program must bear it: tell receipts apart by meldings_id.",
        )
    return ok(f"{found}, every receipt verified and confirmed")


CHECKS: Final = (
    Check(
        801,
        "receipts",
        "Fetches the receipts of every letter above until each is delivered, or the time is up.",
        Whom.OPERATOR,
        _receipts,
        needs=(601,),
    ),
)
