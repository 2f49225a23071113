"""Checks of what must be refused: here, before anything is sent, or by the other side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sdp.domain import Brev, DigitalPost
from sdp.errors import (
    AlreadyReceivedError,
    Fault,
    InvalidInputError,
    PackageTooLargeError,
    RecipientUnreachableError,
    RefusedError,
)
from sdp.krr import Digital, Grunn
from sdp.verify.check import Check, Outcome, Whom, failed, ok, skipped
from sdp.verify.checks.sending import TITLE, documents, letter, sent
from sdp.verify.context import OWN_QUEUE

if TYPE_CHECKING:
    from sdp.verify.context import Context

_NOBODYS_NUMBER: Final = "999999999"
"""It has the right control digit, and belongs to nobody."""


def _same_ids_twice(context: Context) -> Outcome:
    if context.reachable is None:
        return skipped("No letter can be sent.")
    forsendelse = letter(context, context.reachable)
    sent(context, 701, forsendelse)
    try:
        context.client.send(forsendelse)
    except (RefusedError, AlreadyReceivedError) as told:
        return ok(f"the second was told apart, as it must be: {told.message}")
    return failed(
        "The same letter was accepted twice.",
        "Report it: a letter that is sent again could be delivered twice.",
    )


def _too_large(context: Context) -> Outcome:
    limit = context.config.environment.size_limit_bytes
    if context.reachable is None:
        return skipped("No letter can be made.")
    forsendelse = letter(context, context.reachable, size=limit + 1)
    try:
        context.client.send(forsendelse)
    except PackageTooLargeError:
        return ok(f"more than {limit} bytes were refused here, and nothing was sent")
    return failed(
        f"A letter of more than {limit} bytes was sent.", "Report it as a defect of this library."
    )


def _declined(context: Context) -> Outcome:
    declined = [
        number
        for number, rute in context.routes.items()
        if not isinstance(rute, Digital) and rute.grunn is Grunn.RESERVERT
    ]
    if not declined:
        return skipped(
            "No test person who has opted out of digital letters (reservert) was given.",
            "Name one with --person as well.",
        )
    brev = Brev(
        avsender=context.avsender,
        dokumentpakke=documents(),
        digital_post=DigitalPost(ikke_sensitiv_tittel=TITLE),
        **context.queue,
    )
    try:
        context.client.brev(declined[0], brev)
    except RecipientUnreachableError as refused:
        return ok(f"nothing was sent: {refused.reason}")
    return failed(
        "A letter was sent to somebody who has opted out.", "Report it as a defect of this library."
    )


def _empty_queue(context: Context) -> Outcome:
    if not context.is_ebms:
        return skipped("Only the ebMS wire has queues that are pulled.")
    queue = f"{OWN_QUEUE}-empty"
    for _ in context.client.receipts(prioritet=context.queue["prioritet"], mpc_id=queue):
        return failed("A receipt came from a queue that must be empty.", "Report it.")
    return ok("an empty queue is told as empty")


def _another_mailbox(context: Context) -> Outcome:
    digital = context.reachable
    if digital is None:
        return skipped("No letter can be made.", "Name a test person with a digital mailbox.")
    if not context.config.has_register:
        return skipped("No contact register is asked.", "Configure one, as check 105 says.")
    address = f"{digital.mottaker.postkasseadresse}.other"
    other = digital.mottaker.model_copy(update={"postkasseadresse": address})
    try:
        context.client.send(letter(context, digital, mottaker=other))
    except InvalidInputError as refused:
        fields = ", ".join(problem.field for problem in refused.problems)
        return ok(f"nothing was sent, because of {fields}")
    return failed(
        "A letter was sent to another mailbox than the register tells.",
        "Report it as a defect of this library.",
        ask=Whom.MAKERS,
    )


def _unregistered(context: Context) -> Outcome:
    if context.reachable is None:
        return skipped("No letter can be made.", "Name a test person with a digital mailbox.")
    forsendelse = letter(context, context.reachable, on_behalf_of=_NOBODYS_NUMBER)
    try:
        context.client.send(forsendelse)
    except RefusedError as refused:
        if refused.fault is Fault.SERVER:
            raise
        return ok(f"refused, as it must be: {refused.message}")
    return failed(
        "A letter in the name of an organisation that has not asked for it was accepted.",
        "Report it: anybody could send in anybody's name.",
    )


CHECKS: Final = (
    Check(
        701,
        "the same letter twice",
        "Sends a letter twice: the second must be refused.",
        Whom.OPERATOR,
        _same_ids_twice,
        needs=(601,),
    ),
    Check(
        702,
        "a letter that is too large",
        "Tries a letter over environment.size_limit_bytes, which must not leave this machine.",
        Whom.SELF,
        _too_large,
        needs=(401,),
    ),
    Check(
        703,
        "opted out",
        "Tries a digital letter to a person who has opted out (reservert): nothing must be sent.",
        Whom.SELF,
        _declined,
        needs=(401,),
    ),
    Check(
        704,
        "an empty queue",
        "Asks for receipts where there are none.",
        Whom.OPERATOR,
        _empty_queue,
        needs=(103,),
    ),
    Check(
        705,
        "another mailbox",
        "Tries a letter to another mailbox than the person's: nothing must be sent.",
        Whom.SELF,
        _another_mailbox,
        needs=(103, 401),
    ),
    Check(
        706,
        "an organisation that is not registered",
        "Tries a letter in the name of an organisation that has not asked for it.",
        Whom.OPERATOR,
        _unregistered,
        needs=(103, 401),
    ),
)
