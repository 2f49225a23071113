"""Many letters at once on DPI, cancelled, lost and refused, with nothing left behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sdp import dokumentpakke
from sdp.async_client import AsyncClient
from sdp.client import Client
from sdp.dokumentpakke import PakketDokumentpakke
from sdp.domain import Brev, SendResultat
from sdp.errors import ProblemError, UnknownOutcomeError
from sdp.krr import Person
from sdp.operations import sending
from sdp.pki import Identity
from sdp.testmiljo import Delay, LoseAnswer, Testmiljo, Traffic
from sdp.testmiljo.faults.kinds import RefuseWithProblem
from tests.e2e.client.conftest import Letters


class Packages:
    """Keeps every package that a client makes, the most that were open at once, and the threads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[PakketDokumentpakke] = []
        self.most = 0
        self.threads = set[str]()
        real = dokumentpakke.pack

        def pack(*args: Any, **options: Any) -> PakketDokumentpakke:
            packed = real(*args, **options)
            self.threads.add(threading.current_thread().name)
            self.made.append(packed)
            self.most = max(self.most, len(self.open))
            return packed

        monkeypatch.setattr(sending, "pack", pack)

    @property
    def open(self) -> list[PakketDokumentpakke]:
        return [package for package in self.made if not package.is_closed]


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> Packages:
    return Packages(monkeypatch)


def run(work: Callable[[AsyncClient], Awaitable[None]], miljo: Testmiljo, **settings: Any) -> None:
    async def main() -> None:
        config = miljo.client_config(wire="dpi").model_copy(update=settings)
        async with AsyncClient(config) as client:
            await work(client)

    asyncio.run(main())


def test_no_more_packages_are_made_than_there_are_connections(
    miljo: Testmiljo, letters: Letters, packages: Packages
) -> None:
    async def work(client: AsyncClient) -> None:
        await asyncio.gather(*(client.send(letters.digital()) for _ in range(12)))

    run(work, miljo, pool_size=2)

    assert len(miljo.letters) == len(packages.made) == 12
    assert packages.most == 2
    assert packages.open == []


def test_threads_that_share_a_client_take_turns_too(
    miljo: Testmiljo, letters: Letters, packages: Packages
) -> None:
    config = miljo.client_config(wire="dpi").model_copy(update={"pool_size": 2})
    with Client(config) as client:
        at_once = [threading.Thread(target=client.send, args=[letters.digital()]) for _ in range(8)]
        for thread in at_once:
            thread.start()
        for thread in at_once:
            thread.join()

    assert len(miljo.letters) == 8
    assert packages.most == 2


def test_packing_runs_on_threads_of_the_clients_own(
    miljo: Testmiljo, letters: Letters, packages: Packages
) -> None:
    async def work(client: AsyncClient) -> None:
        await asyncio.gather(*(client.send(letters.digital()) for _ in range(3)))

    run(work, miljo)

    assert {name.rpartition("_")[0] for name in packages.threads} == {"sdp-client"}


@pytest.mark.parametrize("krr", ["rest", "soap"])
def test_no_key_is_used_on_the_event_loop(
    miljo: Testmiljo, letters: Letters, krr: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    real = Identity.sign

    def sign(identity: Identity, message: bytes) -> bytes:
        threads.append(threading.current_thread())
        return real(identity, message)

    monkeypatch.setattr(Identity, "sign", sign)

    async def work(client: AsyncClient) -> None:
        letter = letters.digital()
        await client.send(letter)
        (person,) = await client.lookup([letter.mottaker.personidentifikator])
        assert isinstance(person, Person)
        for asked in (person, person.personidentifikator):
            brev = Brev(
                avsender=letter.avsender,
                digital_post=letter.digital_post,
                dokumentpakke=letter.dokumentpakke,
            )
            await client.brev(asked, brev)

    run(work, miljo, krr=miljo.client_config().krr.model_copy(update={"wire": krr}))

    assert len(miljo.letters) == 3
    assert threads
    assert threading.main_thread() not in threads


def test_one_letter_that_is_refused_leaves_the_others_as_they_are(
    miljo: Testmiljo, letters: Letters, packages: Packages
) -> None:
    miljo.faults.add(RefuseWithProblem(403), on=Traffic.LETTER)

    async def work(client: AsyncClient) -> None:
        sending = [client.send(letters.digital()) for _ in range(5)]
        outcomes = await asyncio.gather(*sending, return_exceptions=True)
        assert sorted(type(each).__name__ for each in outcomes) == [
            ProblemError.__name__,
            *[SendResultat.__name__] * 4,
        ]

    run(work, miljo)

    assert len(miljo.letters) == 4
    assert packages.open == []


def test_an_unknown_outcome_holds_its_package_until_it_is_settled(
    miljo: Testmiljo, letters: Letters, packages: Packages
) -> None:
    miljo.faults.add(LoseAnswer(accepted=True), on=Traffic.LETTER)

    async def work(client: AsyncClient) -> None:
        with pytest.raises(UnknownOutcomeError) as unknown:
            await client.send(letters.digital())
        assert len(packages.open) == 1
        assert (await client.resend(unknown.value.pending)).already_received

    run(work, miljo)

    assert len(miljo.letters) == 1
    assert packages.open == []


def test_letters_that_are_cancelled_on_their_way_leave_no_package(
    miljo: Testmiljo, letters: Letters, packages: Packages
) -> None:
    async def work(client: AsyncClient) -> None:
        await client.lookup([miljo.innbygger().personidentifikator])
        miljo.faults.add(Delay(3.0), on=Traffic.LETTER, times=20)
        sending = [asyncio.create_task(client.send(letters.digital())) for _ in range(6)]
        while len(packages.open) < 2:
            await asyncio.sleep(0.01)
        for task in sending:
            task.cancel()
        outcomes = await asyncio.gather(*sending, return_exceptions=True)
        assert {type(each) for each in outcomes} == {asyncio.CancelledError}
        assert packages.open == []

    run(work, miljo, pool_size=2)

    assert len(packages.made) == 2


def test_an_outcome_that_turns_unknown_while_it_is_cancelled_loses_no_package(
    miljo: Testmiljo, letters: Letters, packages: Packages, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The flow's last stretch raises the error on its thread, and the cancellation comes before the
    # event loop has heard of it.
    raising, release = threading.Event(), threading.Event()
    real = sending.Sending._pack_and_send

    def slow(self: Any, forsendelse: Any, **options: Any) -> Any:
        try:
            return (yield from real(self, forsendelse, **options))
        except UnknownOutcomeError:
            raising.set()
            release.wait()
            raise

    monkeypatch.setattr(sending.Sending, "_pack_and_send", slow)
    miljo.faults.add(LoseAnswer(accepted=True), on=Traffic.LETTER)

    async def work(client: AsyncClient) -> None:
        task = asyncio.create_task(client.send(letters.digital()))
        await asyncio.to_thread(raising.wait)
        assert len(packages.open) == 1
        task.cancel()
        release.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert packages.open == []

    run(work, miljo)


async def fail_at_the_first_receipt(client: AsyncClient) -> None:
    async for _ in client.receipts():
        raise RuntimeError("the archive is full")


def test_a_receipt_whose_block_fails_stays_unread(miljo: Testmiljo, letters: Letters) -> None:
    async def work(client: AsyncClient) -> None:
        await client.send(letters.digital())
        with pytest.raises(RuntimeError, match="the archive is full"):
            await fail_at_the_first_receipt(client)

    run(work, miljo)

    assert len(miljo.aksesspunkt.waiting_receipts) == 1
