"""Receipts handled several at a time: who confirms what, and when."""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import sqlite3
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing
from datetime import UTC, datetime

import pytest

from sdp.domain import Kvittering, Kvitteringsreferanse, Leveringskvittering, Prioritet
from sdp.errors import InvalidInputError, NotSentError, ProblemError
from sdp.operations import receiving
from sdp.operations.handling import check_parallel, handle_in_tasks, handle_on_threads
from tests.conftest import EBOKS


def receipt(name: str) -> Leveringskvittering:
    return Leveringskvittering(
        meldings_id=name,
        konversasjons_id="6d0ec155-b4f7-43c3-908e-211d68c9cf09",
        tidspunkt=datetime(2026, 1, 1, tzinfo=UTC),
        avsender=EBOKS,
        raw=b"",
        referanse=Kvitteringsreferanse(message_id=name, prioritet=Prioritet.NORMAL),
    )


def ids(receipts: list[Kvittering]) -> set[str]:
    return {each.meldings_id for each in receipts}


def test_as_many_as_are_said_are_handled_at_once() -> None:
    all_here = threading.Barrier(3)
    settled: list[Kvittering] = []

    handled = handle_on_threads(
        map(receipt, "abcdef"),
        lambda _: all_here.wait(timeout=30),
        settled.append,
        parallel=3,
    )

    assert ids(list(handled)) == ids(settled) == set("abcdef")


def test_a_receipt_is_confirmed_only_when_its_own_handling_is_done() -> None:
    settled: list[Kvittering] = []

    def handle(kvittering: Kvittering) -> None:
        assert kvittering.meldings_id not in ids(settled)
        if kvittering.meldings_id == "b":
            raise OSError("the archive is closed")

    with pytest.raises(OSError, match="archive"):
        list(handle_on_threads(map(receipt, "abc"), handle, settled.append, parallel=2))

    assert "b" not in ids(settled)


def test_without_a_handler_a_receipt_is_confirmed_when_the_block_is_done_with_it() -> None:
    settled: list[Kvittering] = []
    handed = handle_on_threads(map(receipt, "abc"), None, settled.append, parallel=2)

    for kvittering in handed:
        assert kvittering.meldings_id not in ids(settled)
        if kvittering.meldings_id == "c":
            break
    handed.close()

    assert ids(settled) == {"a", "b"}


def test_a_receipt_that_is_listed_again_while_it_is_handled_is_not_handled_twice() -> None:
    seen: list[str] = []
    go_on = threading.Event()

    def handle(kvittering: Kvittering) -> None:
        seen.append(kvittering.meldings_id)
        go_on.wait(timeout=30)

    def listed() -> Generator[Kvittering]:
        yield receipt("a")
        yield receipt("a")
        go_on.set()
        yield receipt("b")

    list(handle_on_threads(listed(), handle, lambda _: None, parallel=3))

    assert seen == ["a", "b"]


async def _waiting(names: str) -> AsyncGenerator[Kvittering]:
    for name in names:
        yield receipt(name)


def test_tasks_handle_as_many_at_once_with_coroutines_and_with_functions() -> None:
    settled: list[Kvittering] = []

    async def settle(kvittering: Kvittering) -> None:
        settled.append(kvittering)

    async def work() -> None:
        both_here = asyncio.Barrier(2)

        async def handle(_: Kvittering) -> None:
            await asyncio.wait_for(both_here.wait(), 30)

        handled = handle_in_tasks(_waiting("abcd"), handle, settle, parallel=2)
        assert ids([each async for each in handled]) == set("abcd")
        plain = threading.Barrier(2)
        handled = handle_in_tasks(
            _waiting("ef"), lambda _: plain.wait(timeout=30), settle, parallel=2
        )
        assert ids([each async for each in handled]) == set("ef")

    asyncio.run(work())
    assert ids(settled) == set("abcdef")


def test_a_loop_that_is_left_early_confirms_nothing_that_was_not_done() -> None:
    settled: list[Kvittering] = []

    async def settle(kvittering: Kvittering) -> None:
        settled.append(kvittering)

    async def handle(kvittering: Kvittering) -> None:
        if kvittering.meldings_id != "a":
            await asyncio.sleep(3600)

    async def work() -> None:
        async with aclosing(
            handle_in_tasks(_waiting("abc"), handle, settle, parallel=2)
        ) as handled:
            async for kvittering in handled:
                assert kvittering.meldings_id == "a"
                break

    asyncio.run(work())
    assert ids(settled) == {"a"}


def test_no_receipt_at_a_time_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="parallel"):
        check_parallel(0)


class TestAConfirmationThatFailsForNow:
    """With `follow`, what the fetching waits out is waited out by the confirming too."""

    @pytest.fixture(autouse=True)
    def _short_pauses(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(receiving, "PAUSES", (0.01, 0.01))

    @staticmethod
    def failing(times: int, settled: list[Kvittering]) -> Callable[[Kvittering], None]:
        left = [times]

        def settle(kvittering: Kvittering) -> None:
            if left[0]:
                left[0] -= 1
                raise NotSentError("Nobody there.")
            settled.append(kvittering)

        return settle

    @pytest.mark.parametrize("parallel", [1, 3])
    def test_on_threads_it_is_made_again_and_the_receipt_not_handled_anew(
        self, parallel: int
    ) -> None:
        settled: list[Kvittering] = []
        handled: list[Kvittering] = []

        got = handle_on_threads(
            map(receipt, "abc"),
            handled.append,
            self.failing(2, settled),
            parallel=parallel,
            follow=True,
        )

        assert ids(list(got)) == ids(settled) == set("abc")
        assert len(handled) == 3

    def test_in_tasks_likewise(self) -> None:
        settled: list[Kvittering] = []
        settle = self.failing(2, settled)

        async def settle_soon(kvittering: Kvittering) -> None:
            settle(kvittering)

        async def work() -> set[str]:
            got = handle_in_tasks(_waiting("abc"), None, settle_soon, parallel=2, follow=True)
            return {kvittering.meldings_id async for kvittering in got}

        assert asyncio.run(work()) == ids(settled) == set("abc")

    def test_without_follow_it_is_told_at_once(self) -> None:
        with pytest.raises(NotSentError):
            list(handle_on_threads(map(receipt, "abc"), None, self.failing(1, []), parallel=2))

    def test_one_that_will_not_pass_is_told_at_once(self) -> None:
        def refuse(_: Kvittering) -> None:
            raise ProblemError(403)

        with pytest.raises(ProblemError):
            list(handle_on_threads(map(receipt, "abc"), None, refuse, parallel=2, follow=True))

    def test_it_is_given_up_at_last(self) -> None:
        with pytest.raises(NotSentError):
            list(
                handle_on_threads(
                    map(receipt, "abc"), None, self.failing(99, []), parallel=2, follow=True
                )
            )

    def test_whoever_leaves_the_loop_does_not_wait_for_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(receiving, "PAUSES", (3600.0,))
        got = handle_on_threads(
            map(receipt, "abc"), None, self.failing(99, []), parallel=2, follow=True
        )
        assert next(got) == receipt("a")
        assert next(got) == receipt("b")
        got.close()


class _OfTheCallerError(BaseException):
    pass


FAILURES = [
    KeyError("ukjent sak"),
    OSError(28, "No space left on device"),
    sqlite3.OperationalError("the database is gone"),
    MemoryError(),
    RecursionError(),
    TimeoutError(),
    StopIteration(),
    StopAsyncIteration(),
    GeneratorExit(),
    InvalidInputError("The archive", []),
    concurrent.futures.CancelledError(),
    _OfTheCallerError(),
]


@pytest.mark.parametrize("parallel", [1, 3])
@pytest.mark.parametrize("failure", FAILURES, ids=lambda each: type(each).__name__)
def test_whatever_storing_fails_with_the_receipt_stays_unconfirmed(
    failure: BaseException, parallel: int
) -> None:
    settled: list[Kvittering] = []

    def handle(kvittering: Kvittering) -> None:
        if kvittering.meldings_id == "b":
            raise failure

    with pytest.raises(BaseException):  # noqa: B017, PT011 - a generator may put it in other words
        list(handle_on_threads(map(receipt, "abc"), handle, settled.append, parallel=parallel))
    assert "b" not in ids(settled)


@pytest.mark.parametrize("as_coroutine", [False, True], ids=["a function", "a coroutine"])
@pytest.mark.parametrize("failure", FAILURES, ids=lambda each: type(each).__name__)
def test_in_tasks_too_whatever_it_fails_with(failure: BaseException, as_coroutine: bool) -> None:
    settled: list[Kvittering] = []

    async def settle(kvittering: Kvittering) -> None:
        settled.append(kvittering)

    def store(kvittering: Kvittering) -> None:
        if kvittering.meldings_id == "b":
            raise failure

    async def store_later(kvittering: Kvittering) -> None:
        store(kvittering)

    async def work() -> None:
        handle = store_later if as_coroutine else store
        async for _ in handle_in_tasks(_waiting("abc"), handle, settle, parallel=2):
            pass

    with pytest.raises(BaseException):  # noqa: B017, PT011 - a generator may put it in other words
        asyncio.run(work())
    assert "b" not in ids(settled)


class _Storing:
    """An object that is called as a coroutine function is."""

    def __init__(self) -> None:
        self.stored: list[str] = []

    async def __call__(self, kvittering: Kvittering) -> None:
        await asyncio.sleep(0)
        self.stored.append(kvittering.meldings_id)


@pytest.mark.parametrize("form", ["object", "lambda", "partial"])
def test_a_coroutine_is_waited_for_in_whatever_form_it_is_given(form: str) -> None:
    storing = _Storing()
    forms: dict[str, Callable[[Kvittering], object]] = {
        "object": storing,
        "lambda": lambda each: storing(each),  # noqa: PLW0108 - it is what is tried
        "partial": functools.partial(storing),
    }
    handle = forms[form]

    async def settle(kvittering: Kvittering) -> None:
        assert kvittering.meldings_id in storing.stored

    async def work() -> None:
        async for _ in handle_in_tasks(_waiting("ab"), handle, settle, parallel=2):
            pass

    asyncio.run(work())
    assert sorted(storing.stored) == ["a", "b"]


def test_a_coroutine_given_to_threads_confirms_nothing() -> None:
    settled: list[Kvittering] = []

    with pytest.raises(InvalidInputError, match="not a coroutine"):
        list(handle_on_threads(map(receipt, "ab"), _Storing(), settled.append, parallel=1))
    assert settled == []


def test_where_no_thread_can_be_started_receipts_are_handled_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_more(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_more)
    settled: list[Kvittering] = []
    seen: list[str] = []

    def handle(kvittering: Kvittering) -> None:
        seen.append(kvittering.meldings_id)

    handled = list(handle_on_threads(map(receipt, "abc"), handle, settled.append, parallel=2))

    assert seen == ["a", "b", "c"]
    assert ids(handled) == ids(settled) == {"a", "b", "c"}
