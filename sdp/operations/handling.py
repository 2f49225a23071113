"""Handling of receipts, several at a time: each is confirmed when its own handling is done."""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from sdp.errors import InvalidInputError, Problem, WireError
from sdp.operations.receiving import Patience
from sdp.transport.threads import submitted

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterable,
        Awaitable,
        Callable,
        Generator,
        Iterable,
    )

    from sdp.domain import Kvittering

FutureT = TypeVar("FutureT", "Future[Kvittering]", "asyncio.Task[Kvittering]")

Handle: TypeAlias = "Callable[[Kvittering], object] | None"

_log = logging.getLogger("sdp.client")


def check_parallel(parallel: int) -> None:
    """Refuse a number of receipts under way that is none.

    Raises:
        InvalidInputError: it is less than 1.
    """
    if parallel < 1:
        raise InvalidInputError("The receipts", [Problem("parallel", "must be at least 1")])


def handle_on_threads(
    receipts: Iterable[Kvittering],
    handle: Handle,
    settle: Callable[[Kvittering], None],
    *,
    parallel: int,
    follow: bool = False,
) -> Generator[Kvittering]:
    """Handle and confirm receipts on threads, and yield each.

    Without `handle`, the caller's block handles them one after the other, and only the confirming
    is done beside it. An error ends it when those under way are done; their receipts are confirmed.

    Args:
        receipts: hands out receipts and confirms none.
        handle: what is done with each, on a thread.
        settle: confirms one.
        parallel: how many are under way at most.
        follow: whether a confirmation that fails for now is waited out and made again, as the
            fetching is; the receipt is not handled anew.
    """
    leaving = threading.Event()

    def work(kvittering: Kvittering) -> Kvittering:
        if handle is not None:
            _refuse_unfinished(handle(kvittering))
        patience = Patience()
        while True:
            try:
                settle(kvittering)
            except WireError as error:
                pause = _pause_after(error, patience, follow=follow)
                if pause is None or leaving.wait(pause):
                    raise
            else:
                return kvittering

    under_way: dict[Future[Kvittering], str] = {}
    with ThreadPoolExecutor(parallel, thread_name_prefix="sdp-receipts") as pool:
        try:
            for kvittering in receipts:
                if kvittering.referanse.message_id in under_way.values():
                    continue  # it is listed until it is confirmed
                if handle is None:
                    yield kvittering
                if len(under_way) == parallel:
                    yield from _settled(under_way, handle)
                handled = submitted(pool, partial(work, kvittering))
                under_way[handled] = kvittering.referanse.message_id
            while under_way:
                yield from _settled(under_way, handle)
        finally:
            leaving.set()


def _called(handle: Callable[[Kvittering], object], kvittering: Kvittering) -> object:
    try:
        return handle(kvittering)
    except StopIteration as error:
        # asyncio cannot hand one from a thread to a task, which would wait for ever. A generator
        # tells it as this error too.
        raise RuntimeError("the function that handles receipts raised StopIteration") from error


def _refuse_unfinished(handled: object) -> None:
    """Refuse what only an event loop can finish: the receipt would be confirmed and not stored.

    Raises:
        InvalidInputError: the function that handles receipts is one of coroutines.
    """
    if not inspect.isawaitable(handled):
        return
    if inspect.iscoroutine(handled):
        handled.close()
    raise InvalidInputError(
        "The receipts",
        [Problem("handle", "must be a function that is done when it returns, not a coroutine")],
        remedy="Give an ordinary function, or use AsyncClient.",
    )


def _pause_after(error: WireError, patience: Patience, *, follow: bool) -> float | None:
    """Seconds until a receipt is confirmed again; None where its failure ends the loop."""
    pause = patience.pause_after(error) if follow else None
    if pause is not None:
        _log.warning("a receipt cannot be confirmed now, again in %.0f s: %s", pause, error)
    return pause


def _settled(under_way: dict[Future[Kvittering], str], handle: Handle) -> Generator[Kvittering]:
    done, _ = wait(under_way, return_when=FIRST_COMPLETED)
    for future in done:
        del under_way[future]
        kvittering = future.result()
        if handle is not None:
            yield kvittering


async def handle_in_tasks(
    receipts: AsyncIterable[Kvittering],
    handle: Handle,
    settle: Callable[[Kvittering], Awaitable[None]],
    *,
    parallel: int,
    follow: bool = False,
) -> AsyncGenerator[Kvittering]:
    """Handle and confirm receipts in tasks, and yield each. See `handle_on_threads`.

    A `handle` that is no coroutine function runs on a thread. Whoever leaves early or is cancelled
    cancels those under way, which stay unconfirmed.
    """

    async def work(kvittering: Kvittering) -> Kvittering:
        if inspect.iscoroutinefunction(handle):
            await handle(kvittering)
        elif handle is not None:
            handled = await asyncio.to_thread(_called, handle, kvittering)
            # A lambda around a coroutine function, or an object that is called as one.
            if inspect.isawaitable(handled):
                await handled
        patience = Patience()
        while True:
            try:
                await settle(kvittering)
            except WireError as error:
                pause = _pause_after(error, patience, follow=follow)
                if pause is None:
                    raise
                await asyncio.sleep(pause)
            else:
                return kvittering

    under_way: dict[asyncio.Task[Kvittering], str] = {}
    try:
        async for kvittering in receipts:
            if kvittering.referanse.message_id in under_way.values():
                continue
            if handle is None:
                yield kvittering
            if len(under_way) == parallel:
                for settled in await _settled_tasks(under_way, handle):
                    yield settled
            task = asyncio.create_task(work(kvittering))
            under_way[task] = kvittering.referanse.message_id
        while under_way:
            for settled in await _settled_tasks(under_way, handle):
                yield settled
    except (GeneratorExit, asyncio.CancelledError):
        for task in under_way:
            task.cancel()
        raise
    finally:
        await asyncio.gather(*under_way, return_exceptions=True)


async def _settled_tasks(
    under_way: dict[asyncio.Task[Kvittering], str], handle: Handle
) -> list[Kvittering]:
    done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        del under_way[task]
    settled = [task.result() for task in done]
    return settled if handle is not None else []
