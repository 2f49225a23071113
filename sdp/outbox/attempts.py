"""Attempts on their way: marked letters, sent on threads, and their results collected."""

from __future__ import annotations

import logging
import threading
import traceback
from collections import deque
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from sdp.domain import SendResultat
from sdp.errors import SdpError, UnknownOutcomeError
from sdp.outbox.outcomes import LeaseOverError, UnforeseenError
from sdp.outbox.telemetry import Sending

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from sdp.domain import Brev
    from sdp.outbox.sender import Sender, Svar, Vei
    from sdp.outbox.telemetry import Telemetry
    from sdp.outbox.window import Ventende

_log = logging.getLogger("sdp.outbox")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A letter that may go: read, and its way decided."""

    letter: Ventende
    brev: Brev
    svar: Svar
    vei: Vei


@dataclass(frozen=True, slots=True)
class Marked:
    """A letter in the window."""

    prepared: Prepared
    attempt: int


Result = SendResultat | SdpError


class Attempts:
    """Letters of a window that are under way, and results that nobody has taken yet.

    A thread takes one letter after another for as long as there are any, and whoever waits for
    results is woken once for all of them: handing over takes little beside the letters themselves.

    Args:
        sender: sends them.
        executor: runs the threads.
        threads: how many letters are sent at once.
        telemetry: is told of each.
        may_send: tells whether the letters are ours still.
    """

    def __init__(
        self,
        sender: Sender,
        executor: Executor,
        threads: int,
        telemetry: Telemetry,
        may_send: Callable[[], bool],
    ) -> None:
        self._sender = sender
        self._executor = executor
        self._threads = threads
        self._telemetry = telemetry
        self._around = telemetry.around()
        self._may_send = may_send
        self._waiting = deque[Marked]()
        self._came = deque[tuple[Marked, Result]]()
        self._wanted = inf  # nobody waits
        self._enough = threading.Event()
        self._failure: BaseException | None = None
        self.under_way = 0

    def start(self, letters: Sequence[Marked]) -> None:
        """Send letters, as soon as there is a thread for each."""
        self.under_way += len(letters)
        self._waiting += letters
        for _ in range(min(len(letters), self._threads)):
            self._executor.submit(self._send_those_that_wait)

    def results(self, enough: int, seconds: float) -> list[tuple[Marked, Result]]:
        """Take the results that have come: as soon as there are enough or all, or time is over.

        An error is handed over at once, since it may brake the wire.
        """
        self._wanted = min(enough, self.under_way)
        # Asked after what is wanted has been told: a result that came before wakes nobody.
        if len(self._came) < self._wanted and self._failure is None:
            self._enough.wait(seconds)
        self._wanted = inf
        self._enough.clear()
        if self._failure is not None:
            raise self._failure
        taken = [self._came.popleft() for _ in range(len(self._came))]
        self.under_way -= len(taken)
        return taken

    def _send_those_that_wait(self) -> None:
        """Send one letter after another, on a thread of the executor."""
        while True:
            try:
                marked = self._waiting.popleft()
            except IndexError:
                return
            try:
                result = self._send(marked)
            except BaseException as failure:
                self._failure = failure
                self._waiting.clear()
                self._enough.set()
                return
            self._came.append((marked, result))
            if len(self._came) >= self._wanted or isinstance(result, SdpError):
                self._enough.set()

    def _send(self, marked: Marked) -> Result:
        prepared = marked.prepared
        letter, vei = prepared.letter, prepared.vei
        sending = Sending(
            meldings_id=letter.meldings_id,
            konversasjons_id=letter.konversasjons_id,
            attempt=marked.attempt,
            repeated=letter.may_have_arrived,
            wire=self._sender.wire,
            route=vei.rute,
            receiver=vei.mottaker,
        )
        with self._telemetry.letter(sending, self._around) as ended:
            result = self._sent(prepared)
            ended(result)
        return result

    def _sent(self, prepared: Prepared) -> Result:
        if not self._may_send():
            return LeaseOverError("The worker was held up, and the letter is another one's now.")
        try:
            return self._sender.send(
                prepared.svar,
                prepared.brev,
                repeated=prepared.letter.may_have_arrived,
                on_paper=prepared.letter.is_on_paper,
            )
        except UnknownOutcomeError as error:
            error.pending.close()
            return error
        except SdpError as error:
            return error
        except Exception as error:
            # Where it happened, and not what its own words say: they may be private.
            where = "".join(traceback.format_tb(error.__traceback__))
            _log.error(
                "sending a letter failed in a way that nobody foresaw: %s\n%s",
                type(error).__name__,
                where,
            )
            return UnforeseenError(
                f"Sending failed in a way that nobody foresaw: {type(error).__name__}."
            )
