"""Receipts on their way in: fetched, followed, told of in the log, and confirmed.

The logger `sdp.client` gets one line at INFO for each receipt, with ids and outcome and nothing
private.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from sdp.domain import Kvittering
from sdp.errors import Retry, WireError
from sdp.gate import presentable
from sdp.transport.effects import Done, Emit, Sleep, resume
from sdp.wire import SetAside

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Iterator
    from datetime import datetime

    from sdp.operations.parts import Parts
    from sdp.transport.effects import Flow
    from sdp.wire import ReceiptQueue

_log = logging.getLogger("sdp.client")
_SHORTEST_WAIT_SECONDS = 1.0

PAUSES: Final = (1.0, 5.0, 30.0, 60.0, 300.0, *[600.0] * 5)
"""Seconds before each new try: not quite an hour together."""


class Receiving:
    """Fetching of receipts for a client. Safe to share between threads."""

    def __init__(self, parts: Parts) -> None:
        self._wire = parts.wire
        self._clock = parts.clock
        self._empty_since: dict[ReceiptQueue, datetime] = {}
        self._guard = threading.Lock()

    def receipts(self, queue: ReceiptQueue, *, follow: bool, confirming: bool = True) -> Flow[None]:
        """Hand out receipts, and what came in place of one, until none is left or for ever."""
        remaining = self._rest(queue)
        if remaining and not follow and self._wire.demands_waits:
            _log.info(
                "the queue was empty a moment ago; it may be asked again in %.0f s", remaining
            )
            return
        patience = Patience()
        while True:
            if remaining:
                yield Sleep(remaining)
            try:
                yield from _told(self._wire.receipts(queue, confirming=confirming), patience)
            except WireError as error:
                pause = patience.pause_after(error)
                if pause is None or not follow:
                    raise
                _log.warning("receipts cannot be fetched now, again in %.0f s: %s", pause, error)
                remaining = pause
                continue
            with self._guard:
                self._empty_since[queue] = self._clock()
            if not follow:
                return
            remaining = max(self._rest(queue), _SHORTEST_WAIT_SECONDS)

    def _rest(self, queue: ReceiptQueue) -> float:
        """Seconds until a queue that was found empty may be asked again; 0 if it may be now."""
        with self._guard:
            since = self._empty_since.get(queue)
        if since is None:
            return 0.0
        left = since + self._wire.rest(queue) - self._clock()
        return max(0.0, left.total_seconds())


class Patience:
    """Counter of failures in a row, and the backoff after each (`PAUSES`)."""

    def __init__(self) -> None:
        self._failures = 0

    def end_row(self) -> None:
        """Note that something came: the next failure is the first again."""
        self._failures = 0

    def pause_after(self, error: WireError) -> float | None:
        """Seconds until the next try; None where another is no use, or enough were made."""
        if error.retry is not Retry.LATER or self._failures == len(PAUSES):
            return None
        pause = PAUSES[self._failures]
        self._failures += 1
        return max(pause, error.retry_after or 0.0)


def _told(receipts: Flow[None], patience: Patience) -> Flow[None]:
    """Run a flow of receipts as it is, and log each one when the caller is done with it."""
    try:
        came = resume(receipts)
        while not isinstance(came, Done):
            received, outcome = None, "not handled"
            if isinstance(came, Emit):
                received = came.item
                patience.end_row()
            try:
                result = yield came
                outcome = "handled"
            except Exception as failure:
                came = resume(receipts, failure=failure)
            else:
                came = resume(receipts, result)
            finally:
                if isinstance(received, Kvittering) and _log.isEnabledFor(logging.INFO):
                    _log_receipt(received, outcome)
    finally:
        receipts.close()
    patience.end_row()


def _log_receipt(received: Kvittering, outcome: str) -> None:
    _log.info(
        "receipt %s, %s, konversasjons_id %s, from %s: %s",
        presentable(received.meldings_id),
        type(received).__name__,
        presentable(received.konversasjons_id),
        received.avsender,
        outcome,
    )


def receipts_in(
    items: Iterable[Kvittering | SetAside], on_set_aside: Callable[[SetAside], None] | None
) -> Iterator[Kvittering]:
    """Give the receipts; log what came in place of one, and tell whoever wants to know."""
    for item in items:
        if isinstance(item, SetAside):
            _set_aside(item, on_set_aside)
        else:
            yield item


async def receipts_in_async(
    items: AsyncIterable[Kvittering | SetAside], on_set_aside: Callable[[SetAside], None] | None
) -> AsyncGenerator[Kvittering]:
    """Give the receipts of an event loop; see `receipts_in`."""
    async for item in items:
        if isinstance(item, SetAside):
            _set_aside(item, on_set_aside)
        else:
            yield item


def _set_aside(item: SetAside, on_set_aside: Callable[[SetAside], None] | None) -> None:
    _log.warning("a receipt was set aside: %s", item.reason)
    if on_set_aside is not None:
        on_set_aside(item)
