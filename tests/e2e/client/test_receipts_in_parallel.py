"""Receipts handled several at a time, and one that cannot be, on both wires over real HTTPS."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Literal

import pytest

from sdp.async_client import AsyncClient
from sdp.client import Client
from sdp.domain import Kvittering
from sdp.testmiljo import Testmiljo
from tests.e2e.client.conftest import Letters

COUNT = 8


Wire = Literal["dpi", "ebms"]


@pytest.fixture(params=["dpi", "ebms"])
def wire(request: pytest.FixtureRequest) -> Wire:
    chosen: Wire = request.param
    return chosen


@pytest.fixture
def client(wire: Wire, miljo: Testmiljo) -> Iterator[Client]:
    with Client(miljo.client_config(wire=wire)) as client:
        yield client


@pytest.fixture
def sent(client: Client, letters: Letters) -> set[str]:
    return {client.send(letters.digital()).konversasjons_id for _ in range(COUNT)}


def test_four_receipts_are_handled_at_once_and_all_are_confirmed(
    client: Client, sent: set[str]
) -> None:
    four_are_here = threading.Barrier(4)
    handled = client.receipts(parallel=4, handle=lambda _: four_are_here.wait(timeout=60))

    assert {kvittering.konversasjons_id for kvittering in handled} == sent
    assert list(client.receipts()) == []


def test_the_async_client_handles_four_at_once_too(
    wire: Wire, miljo: Testmiljo, sent: set[str]
) -> None:
    async def work() -> set[str]:
        four_are_here = asyncio.Barrier(4)

        async def handle(_: Kvittering) -> None:
            await asyncio.wait_for(four_are_here.wait(), 60)

        async with AsyncClient(miljo.client_config(wire=wire)) as client:
            handled = client.receipts(parallel=4, handle=handle)
            return {kvittering.konversasjons_id async for kvittering in handled}

    assert asyncio.run(work()) == sent


def test_a_receipt_whose_handling_fails_stays_unconfirmed(
    wire: Wire, client: Client, miljo: Testmiljo, sent: set[str]
) -> None:
    bad = min(sent)

    def handle(kvittering: Kvittering) -> None:
        if kvittering.konversasjons_id == bad:
            raise OSError("the archive is closed")

    with pytest.raises(OSError, match="archive"):
        list(client.receipts(parallel=4, handle=handle))

    waiting = (miljo if wire == "ebms" else miljo.aksesspunkt).waiting_receipts
    assert waiting


def test_one_that_is_left_does_not_stop_those_behind_it(client: Client, sent: set[str]) -> None:
    bad, stored = min(sent), set[str]()

    for kvittering in client.receipts():
        if kvittering.konversasjons_id == bad:
            client.leave(kvittering)
        else:
            stored.add(kvittering.konversasjons_id)

    assert stored == sent - {bad}
