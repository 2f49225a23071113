"""Letters and receipts between a client and a test environment in another process.

Only the client's processor time counts, and beside it stands that of RSA-2048 signatures by the
same key in the same process, which no letter can do without.
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Self, TypeAlias

from benchmarks.measured import Measured, spread
from benchmarks.register import serving
from sdp import (
    AsyncClient,
    Avsender,
    Brev,
    Client,
    ClientConfig,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    Person,
)
from sdp.pki import Identity
from sdp.testmiljo.environment import AVSENDER
from sdp.testmiljo.world.register import synthetic_people

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_SIGNATURES = 100
_AT_ONCE = 8
_WIRES = {"ebMS": "sdp.toml", "DPI": "sdp-dpi.toml"}
_IN_A_TURN = 5  # letters of one client, before the other sends the same
_KINDS = 5  # of sending in a round, and so of receipts for each letter of a kind


_Round: TypeAlias = dict[str, float]

_TARGETS: dict[str, tuple[float, float]] = {
    "ebMS letter, client cpu / RSA-2048 signature": (18, 15),
    "ebMS letter, register in blocks, cpu / signature": (15, 13),
    "ebMS receipt, cpu / signature": (9.5, 7.5),
    "ebMS AsyncClient / Client, cpu per letter": (1.2, 1.05),
    "ebMS letter, wall, one thread, ms": (110 / 4, 110 / 6),
    "DPI letter, client cpu / RSA-2048 signature": (13.5, 10.5),
    "DPI letter, register in blocks, cpu / signature": (10.5, 9),
    "DPI receipt, cpu / signature": (4, 3),
    "DPI AsyncClient / Client, cpu per letter": (1.2, 1.05),
    "DPI letter, wall, one thread, ms": (58 / 4, 58 / 6),
}
"""Must and aim of each line; the two in milliseconds are a part of what they were once."""


def measure(folder: Path, rounds: int, letters: int) -> Iterator[Measured]:
    """Send and fetch on both wires in turn, after one round that does not count.

    Args:
        folder: for keys and configurations.
        rounds: how often everything is measured.
        letters: how many are sent of each kind in a round; a receipt comes for each.
    """
    with ExitStack() as stack:
        stack.enter_context(serving(folder))
        sign = _signatures(folder)
        sides = [stack.enter_context(_Side(folder, wire, letters, sign)) for wire in _WIRES]
        counted = [
            {what: figure for side in sides for what, figure in side.measure().items()}
            for _ in range(rounds + 1)
        ]
    for what in counted[0]:
        yield Measured(what, *spread([one[what] for one in counted[1:]]), *_TARGETS.get(what, ()))


class _Side:
    """A client and an async client on one wire, and the people that they write to."""

    def __init__(self, folder: Path, wire: str, letters: int, sign: Callable[[], None]) -> None:
        self._wire = wire
        self._sign = sign
        self._letters = letters
        self._config = ClientConfig.from_toml(folder / _WIRES[wire], environ={})
        self._content = os.urandom(50_000)
        self._people = list(islice(synthetic_people(), letters))

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._runner = stack.enter_context(asyncio.Runner())
            self._client = stack.enter_context(Client(self._config))
            self._async_client = AsyncClient(self._config)
            stack.callback(lambda: self._runner.run(self._async_client.close()))
            self._closing = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def measure(self) -> _Round:
        """Measure everything on this wire once."""
        wire, letters = self._wire, self._letters
        sent, wall = self._measured(self._send)
        async_over_sync = self._async_over_sync()
        at_once, _ = self._measured(lambda: self._runner.run(self._send_at_once()))
        in_blocks, _ = self._measured(self._send_in_blocks)
        received, _ = self._measured(self._receive)
        return {
            f"{wire} letter, client cpu / RSA-2048 signature": sent / letters,
            f"{wire} letter, register in blocks, cpu / signature": in_blocks / letters,
            f"{wire} receipt, cpu / signature": received / letters / _KINDS,
            f"{wire} AsyncClient / Client, cpu per letter": async_over_sync,
            f"{wire} AsyncClient / Client, {_AT_ONCE} letters at once": at_once / sent,
            f"{wire} letter, wall, one thread, ms": wall / letters * 1000,
        }

    def _measured(self, work: Callable[[], None]) -> tuple[float, float]:
        """Do work between signatures; return its processor time in those, and its seconds."""
        before, _ = _cpu(self._sign)
        cpu, wall = _cpu(work)
        after, _ = _cpu(self._sign)
        return cpu / ((before + after) / 2 / _SIGNATURES), wall

    def _brev(self) -> Brev:
        document = Dokument.from_bytes(self._content, filnavn="brev.pdf", tittel="Brev")
        return Brev(
            avsender=Avsender(organisasjonsnummer=AVSENDER),
            digital_post=DigitalPost(ikke_sensitiv_tittel="Brev"),
            dokumentpakke=Dokumentpakke(hoveddokument=document),
        )

    def _send(self) -> None:
        self._send_to(self._people)

    def _send_to(self, people: list[str]) -> None:
        for person in people:
            self._client.brev(person, self._brev())

    def _send_in_blocks(self) -> None:
        for person in self._client.lookup(self._people):
            if not isinstance(person, Person):
                raise TypeError("the register does not know everybody")
            self._client.brev(person, self._brev())

    def _async_over_sync(self) -> float:
        """Send the same letters by both clients in short turns, A B B A; return CPU ÷ CPU.

        What else the machine does meanwhile falls on both alike.
        """
        clients = [self._send_to, self._send_on_a_loop]
        cpu = [0.0, 0.0]
        order = [0, 1]
        for start in range(0, self._letters, _IN_A_TURN):
            people = self._people[start : start + _IN_A_TURN]
            for which in order:
                cpu[which] += _cpu(partial(clients[which], people))[0]
            order.reverse()
        return cpu[1] / cpu[0]

    def _send_on_a_loop(self, people: list[str]) -> None:
        self._runner.run(self._send_in_turn(people))

    async def _send_in_turn(self, people: list[str]) -> None:
        for person in people:
            await self._async_client.brev(person, self._brev())

    async def _send_at_once(self) -> None:
        people = iter(self._people)

        async def sender() -> None:
            for person in people:
                await self._async_client.brev(person, self._brev())

        await asyncio.gather(*(sender() for _ in range(_AT_ONCE)))

    def _receive(self) -> None:
        count = sum(1 for _ in self._client.receipts())
        if count != _KINDS * self._letters:
            raise RuntimeError(f"{count} receipts of {_KINDS * self._letters} letters")


def _signatures(folder: Path) -> Callable[[], None]:
    password = (folder / "avsender.password").read_bytes()
    signer = Identity.from_pkcs12(folder / "avsender.p12", password, moment=datetime.now(UTC))
    digest = bytes(32)

    def sign() -> None:
        for _ in range(_SIGNATURES):
            signer.sign(digest)

    return sign


def _cpu(work: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds of processor and of wall clock that some work takes."""
    start, began = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - start, time.perf_counter() - began
