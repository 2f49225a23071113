"""Journal lines: one at INFO for each letter and each receipt, with ids and outcome, never private.

They go to the logger `sdp.client`. An interrupt while a letter is on its way is told at WARNING.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from sdp.domain import FysiskForsendelse, Kvittering, SendResultat
from sdp.errors import SdpError, UnknownOutcomeError
from sdp.gate import presentable
from sdp.transport.effects import Done, Emit, resume

if TYPE_CHECKING:
    from sdp.transport.effects import Flow

_log = logging.getLogger("sdp.client")


class _Identified(Protocol):
    """A letter, or the message that carries it."""

    @property
    def meldings_id(self) -> str: ...

    @property
    def konversasjons_id(self) -> str: ...


def tell_letter(letter: _Identified, outcome: SendResultat | BaseException) -> None:
    """Log what became of a letter, and tell an interrupt which letter it may have cut off."""
    route = "print" if isinstance(letter, FysiskForsendelse) else "digital"
    ids = f"meldings_id {letter.meldings_id}, konversasjons_id {letter.konversasjons_id}"
    match outcome:
        case SendResultat(already_received=already_received):
            words = "already received" if already_received else "accepted"
        case UnknownOutcomeError():
            words = "outcome unknown"
        case SdpError():
            words = f"not accepted ({_kind(outcome)})"
        case KeyboardInterrupt() | SystemExit() | asyncio.CancelledError():
            _tell_interrupted(ids, outcome)
            return
        case _:
            words = f"ended by {type(outcome).__name__}"
    _log.info("letter %s, %s: %s", ids, route, words)


def tell_receipts(receipts: Flow[None]) -> Flow[None]:
    """Run a flow of receipts as it is, and log each one when the caller is done with it."""
    try:
        came = resume(receipts)
        while not isinstance(came, Done):
            received = came.item if isinstance(came, Emit) else None
            outcome = "not handled"
            try:
                result = yield came
                outcome = "handled"
            except Exception as failure:
                came = resume(receipts, failure=failure)
            else:
                came = resume(receipts, result)
            finally:
                if isinstance(received, Kvittering):
                    _log.info(
                        "receipt %s, %s, konversasjons_id %s, from %s: %s",
                        presentable(received.meldings_id),
                        type(received).__name__,
                        presentable(received.konversasjons_id),
                        received.avsender,
                        outcome,
                    )
    finally:
        receipts.close()


def _tell_interrupted(ids: str, interrupt: BaseException) -> None:
    words = (
        f"A letter was on its way and may have been accepted: {ids}. Watch for its receipts, or"
        " send the same letter again with repeated=True."
    )
    interrupt.add_note(words)
    _log.warning("%s", words)


def _kind(error: SdpError) -> str:
    status, code = getattr(error, "status", None), getattr(error, "code", None)
    known = status if isinstance(status, int) else code if isinstance(code, str) else None
    return type(error).__name__ if known is None else f"{type(error).__name__} {known}"
