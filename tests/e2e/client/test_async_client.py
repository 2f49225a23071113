"""The async client does what the blocking one does, and cleans up when it is cancelled."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from sdp import dokumentpakke
from sdp.async_client import AsyncClient
from sdp.dokumentpakke import PakketDokumentpakke
from sdp.domain import Dokument, Dokumentpakke, Leveringskvittering
from sdp.errors import AlreadyReceivedError, NotSentError, UnknownOutcomeError
from sdp.operations import sending
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.environment import AVSENDER
from sdp.testmiljo.faults.kinds import LoseAnswer, Traffic
from sdp.wire import PendingMessage
from tests.documents import pdf
from tests.e2e.client.conftest import Letters


def run(work: Callable[[AsyncClient], Awaitable[None]], miljo: Testmiljo) -> None:
    async def main() -> None:
        async with AsyncClient(miljo.client_config()) as client:
            assert client.organisasjonsnummer == AVSENDER
            await work(client)

    asyncio.run(main())


def open_files() -> set[str]:
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found.add(str(entry.readlink()))
        except OSError:
            continue
    return {name for name in found if "/sdp-" in name}


def test_letters_are_sent_at_once_and_their_receipts_confirmed(
    miljo: Testmiljo, letters: Letters
) -> None:
    async def work(client: AsyncClient) -> None:
        sent = await asyncio.gather(*(client.send(letters.digital()) for _ in range(8)))
        got = [kvittering async for kvittering in client.receipts()]
        assert {r.konversasjons_id for r in sent} == {k.konversasjons_id for k in got}
        assert all(isinstance(kvittering, Leveringskvittering) for kvittering in got)

    run(work, miljo)

    assert len(miljo.letters) == 8
    assert miljo.waiting_receipts == ()


async def fail_at_the_first_receipt(client: AsyncClient) -> None:
    async for _ in client.receipts():
        raise RuntimeError("the archive is full")


def test_a_receipt_is_not_confirmed_when_the_caller_fails(
    miljo: Testmiljo, letters: Letters
) -> None:
    async def work(client: AsyncClient) -> None:
        await client.send(letters.digital())
        with pytest.raises(RuntimeError, match="the archive is full"):
            await fail_at_the_first_receipt(client)

    run(work, miljo)

    assert len(miljo.waiting_receipts) == 1


def test_a_receipt_left_early_can_be_confirmed_by_hand(miljo: Testmiljo, letters: Letters) -> None:
    async def work(client: AsyncClient) -> None:
        await client.send(letters.digital())
        kvittering = await anext(client.receipts())
        assert len(miljo.waiting_receipts) == 1
        await client.confirm(kvittering)

    run(work, miljo)

    assert miljo.waiting_receipts == ()


def test_an_unknown_outcome_is_settled_by_sending_again(miljo: Testmiljo, letters: Letters) -> None:
    async def work(client: AsyncClient) -> None:
        miljo.faults.add(LoseAnswer(accepted=True), on=Traffic.LETTER)
        with pytest.raises(UnknownOutcomeError) as raised:
            await client.send(letters.digital())
        assert isinstance(raised.value.pending, PendingMessage)
        resultat = await client.resend(raised.value.pending)
        assert resultat.already_received

    run(work, miljo)

    assert len(miljo.letters) == 1


def test_a_letter_that_is_there_already_is_the_same_error(
    miljo: Testmiljo, letters: Letters
) -> None:
    async def work(client: AsyncClient) -> None:
        letter = letters.digital()
        await client.send(letter)
        with pytest.raises(AlreadyReceivedError):
            await client.send(letter)

    run(work, miljo)


def test_a_broker_that_is_down_has_been_sent_nothing(letters: Letters) -> None:
    async def work(client: AsyncClient) -> None:
        letter = letters.digital()
        letters.miljo.close()
        with pytest.raises(NotSentError):
            await client.send(letter)

    run(work, letters.miljo)


def large_letter(letters: Letters, folder: Path) -> Dokumentpakke:
    path = folder / "stort.pdf"
    with path.open("wb") as file:
        file.write(pdf())
        for _ in range(40):
            file.write(os.urandom(1024 * 1024))
    return Dokumentpakke(hoveddokument=Dokument.from_path(path, tittel="Stort"))


def test_packing_does_not_hold_up_the_event_loop(
    miljo: Testmiljo, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    packing, beaten = threading.Event(), threading.Event()

    def pack(*args: Any, **options: Any) -> PakketDokumentpakke:
        packing.set()
        assert beaten.wait(20), "the event loop stood still while a letter was packed"
        return dokumentpakke.pack(*args, **options)

    monkeypatch.setattr(sending, "pack", pack)

    async def work(client: AsyncClient) -> None:
        sending = asyncio.create_task(client.send(letters.digital()))
        while not packing.is_set():
            await asyncio.sleep(0.001)
        for _ in range(10):
            await asyncio.sleep(0)
        beaten.set()
        await sending

    run(work, miljo)

    assert len(miljo.letters) == 1


@pytest.mark.parametrize("after", [0.005, 0.05, 0.15, 0.4])
def test_a_cancelled_call_leaves_nothing_behind(
    miljo: Testmiljo, letters: Letters, tmp_path: Path, after: float
) -> None:
    pakke = large_letter(letters, tmp_path)

    async def work(client: AsyncClient) -> None:
        sending = asyncio.create_task(client.send(letters.digital(dokumentpakke=pakke)))
        await asyncio.sleep(after)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert open_files() == set()
        assert not [thread for thread in threading.enumerate() if thread.name == "sdp-pack"]

    run(work, miljo)


@pytest.mark.filterwarnings("error::ResourceWarning")
def test_a_call_that_is_cancelled_while_it_connects_leaves_no_socket(miljo: Testmiljo) -> None:
    number = miljo.innbygger().personidentifikator

    async def main() -> None:
        for milliseconds in range(30):
            async with AsyncClient(miljo.client_config()) as client:
                asking = asyncio.create_task(client.lookup([number]))
                await asyncio.sleep(milliseconds / 1000)
                asking.cancel()
                await asyncio.wait([asking])

    asyncio.run(main())
    gc.collect()
