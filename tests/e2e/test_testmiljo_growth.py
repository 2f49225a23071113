"""The environment holds its letters and nothing more: once the oldest give way, it stops growing.

`benchmarks/testmiljo.py` shows the same with ten thousand letters and the limits it really has.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice, pairwise
from typing import Literal

import pytest

from sdp import Client
from sdp.domain import DigitalForsendelse
from sdp.testmiljo import Testmiljo

Letter = Callable[..., DigitalForsendelse]

KEPT = 10
"""The most of everything that the environment keeps here."""
LETTERS = 30
ROUNDS = 2
"""A leak grows in every round; a cache that fills, or a thread that is late, does not."""
LIMITS = (
    *("journal._MAX_EXCHANGES", "journal._MAX_HISTORIES", "journal._MAX_REFUSED"),
    *("letters._MAX_LETTERS", "letters._MAX_REFUSED", "statuses._MAX_LETTERS"),
    *("receipts._MAX_WAITING", "receipts._MAX_CONFIRMED", "receipts._MAX_READ"),
)
MOST_BYTES_A_LETTER = 2048
"""Room for caches that fill on either side, in one process; a receipt alone takes more."""


@contextmanager
def _traced() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


def _held() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.mark.parametrize("wire", ["ebms", "dpi"])
def test_letters_and_receipts_that_gave_way_leave_nothing_behind(
    wire: Literal["ebms", "dpi"],
    digital_forsendelse: Letter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for limit in LIMITS:
        monkeypatch.setattr(f"sdp.testmiljo.world.{limit}", KEPT)
    monkeypatch.setattr("sdp.testmiljo.broker.broker._MAX_IDS", KEPT)
    with Testmiljo.start() as miljo:
        mottaker = miljo.innbygger()

        def send() -> None:
            with Client(miljo.client_config(wire=wire)) as client:
                for _ in range(LETTERS):
                    client.send(digital_forsendelse(mottaker=mottaker))
                assert len(list(islice(client.receipts(), KEPT))) == KEPT

        with _traced():
            held = []
            for _ in range(1 + ROUNDS):
                send()
                held.append(_held())
        assert len(miljo.letters) == KEPT
        grown = min(after - before for before, after in pairwise(held))
        assert grown < LETTERS * MOST_BYTES_A_LETTER
