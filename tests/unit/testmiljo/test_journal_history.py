"""A letter's own history is kept however much traffic follows, and nothing else grows."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from starlette.types import Message, Receive, Scope, Send

from sdp.testmiljo.world.journal import Journal, brings, concerns, concerns_people

KARI = "01815800083"


def exchange(
    journal: Journal, note: Callable[[], None], path: str = "/x", size: int = 2000
) -> None:
    async def app(_: Scope, receive: Receive, send: Send) -> None:
        await receive()
        note()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a" * size})

    async def receive() -> Message:
        return {"type": "http.request", "body": b"r" * size}

    async def send(_: Message) -> None:
        return None

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(b"authorization", b"x" * 1000)],
    }
    coroutine = journal.keeping(app)(scope, receive, send)
    try:
        coroutine.send(None)  # type: ignore[attr-defined]
    except StopIteration:
        return
    raise AssertionError("nothing here waits")


def letter(konversasjons_id: str, meldings_id: str, *people: str) -> Callable[[], None]:
    def note() -> None:
        brings(konversasjons_id, meldings_id)
        concerns_people(people)

    return note


def journal() -> Journal:
    return Journal(lambda: datetime.now(UTC))


def test_the_history_of_a_letter_is_lookup_sending_and_receipts() -> None:
    kept = journal()
    exchange(kept, lambda: concerns_people([KARI]), "/lookup")
    exchange(kept, letter("samtale", "melding", KARI), "/letter")
    exchange(kept, lambda: concerns("melding"), "/statuses")
    exchange(kept, lambda: concerns("samtale"), "/read")
    assert [each.path for each in kept.history("samtale")] == [
        *("/lookup", "/letter", "/statuses", "/read")
    ]


def test_a_lookup_belongs_to_the_next_letter_to_the_same_person_alone() -> None:
    kept = journal()
    for number in (1, 2):
        exchange(kept, lambda: concerns_people([KARI]), f"/lookup/{number}")
        exchange(kept, letter(f"s{number}", f"m{number}", KARI), f"/letter/{number}")
    assert [each.path for each in kept.history("s2")] == ["/lookup/2", "/letter/2"]


def test_a_history_outlives_the_traffic_that_follows() -> None:
    kept = journal()
    exchange(kept, lambda: brings("samtale", "melding"), "/letter")
    for _ in range(1000):
        exchange(kept, lambda: None, size=10)
    assert kept.find(1) is None
    assert [each.path for each in kept.history("samtale")] == ["/letter"]


def test_traffic_about_no_letter_here_leaves_no_history() -> None:
    kept = journal()
    exchange(kept, lambda: concerns("another"))
    assert kept.history("another") == ()


@pytest.mark.slow
def test_letters_take_a_little_each_and_other_traffic_takes_nothing() -> None:
    kept = journal()

    def letters(start: int, stop: int) -> None:
        for number in range(start, stop):
            exchange(kept, letter(f"s{number}", f"m{number}"))
            exchange(kept, partial(concerns, f"s{number}"))

    letters(0, 500)
    tracemalloc.start()
    try:
        before = _held()
        letters(500, 2_500)
        of_letters = _held() - before
        for number in range(2_000):
            exchange(kept, partial(concerns_people, [str(number)]))
        of_traffic = _held() - before - of_letters
    finally:
        tracemalloc.stop()
    assert of_letters / 2_000 < 3_000
    assert of_traffic / 2_000 < 200


def _held() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def test_what_is_noted_outside_of_an_exchange_is_passed_over() -> None:
    concerns("samtale")
    brings("samtale", "melding")
    concerns_people([KARI])
    assert journal().history("samtale") == ()
