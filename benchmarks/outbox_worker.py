"""One worker of an outbox in a process of its own, and what it cost. Prints one line of JSON."""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
import time
from collections import deque
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar
from unittest.mock import patch

from benchmarks.small_letters import Bench
from sdp import Avsender, Brev, Client, ClientConfig, DigitalPost, Dokument, Dokumentpakke, pack_to
from sdp.dokumentpakke import pack
from sdp.outbox import Outbox, Tilstand
from sdp.outbox.sender import ClientSender
from sdp.testmiljo.world.register import synthetic_people
from tests.unit.outbox.instant import Instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sdp import Kvittering, SendResultat
    from sdp.outbox.sender import Svar, Vei
    from sdp.wire import SetAside

_T = TypeVar("_T")

_SIZE: Final = 50_000
_PACKED: Final = 200
_ANSWER_SECONDS: Final = 0.04
_PATIENCE: Final = 300.0


def letters(count: int, *, own: bool) -> list[Brev]:
    """Write letters of 50 KB that do not compress: each with a document of its own, or with one."""
    shared = None if own else _document()
    return [_letter(shared or _document()) for _ in range(count)]


def _document() -> Dokument:
    return Dokument.from_bytes(b"%PDF-1.4\n" + os.urandom(_SIZE), filnavn="a.pdf", tittel="A")


def _letter(document: Dokument) -> Brev:
    return Brev(
        avsender=Avsender(organisasjonsnummer="991825827"),
        dokumentpakke=Dokumentpakke(hoveddokument=document),
        digital_post=DigitalPost(ikke_sensitiv_tittel="Brev fra Etaten"),
    )


class Packer:
    """Packs a letter of 50 KB."""

    def __init__(self) -> None:
        self._bench = Bench.set_up()
        self._letter = self._bench.letter()

    def pack(self) -> None:
        """Pack it once, to nowhere."""
        pack_to(lambda _: None, self._letter, self._bench.signer, moment=datetime.now(UTC))

    def cpu(self) -> float:
        """CPU seconds of packing once."""
        return _cpu(self._pack_many) / _PACKED

    def _pack_many(self) -> None:
        for _ in range(_PACKED):
            self.pack()


class Meter:
    """Processor time of what it surrounds, added up over all threads."""

    def __init__(self) -> None:
        self._counted = deque[float]()

    @property
    def spent(self) -> float:
        """CPU seconds."""
        return sum(self._counted)

    def call(self, work: Callable[..., _T], *given: object, **named: object) -> _T:
        """Do some work and count it."""
        began = time.thread_time()
        try:
            return work(*given, **named)
        finally:
            self._counted.append(time.thread_time() - began)

    def each(self, coming: Iterator[_T]) -> Iterator[_T]:
        """Hand out items, and count what it takes to get each; not finding that there are none."""
        began = time.thread_time()
        for item in coming:
            self._counted.append(time.thread_time() - began)
            yield item
            began = time.thread_time()


class Metered(ClientSender):
    """Sends with a client, and counts the processor time that the client takes.

    What only an outbox asks of a client is not counted: finding a queue empty, and over ebMS a
    confirmation with a request of its own, where a client's rides with the next.
    """

    def __init__(self, config: ClientConfig, client: Client) -> None:
        super().__init__(config, client, lambda: datetime.now(UTC))
        self.meter = Meter()

    def look_up(self, people: Sequence[str]) -> dict[str, Svar]:
        """Ask the register."""
        return self.meter.call(super().look_up, people)

    def decide(self, svar: Svar, brev: Brev, *, on_paper: bool = False) -> Vei:
        """Decide the way of a letter, which the client then does not do when it sends it."""
        return self.meter.call(super().decide, svar, brev, on_paper=on_paper)

    def send(
        self, svar: Svar, brev: Brev, *, repeated: bool, on_paper: bool = False
    ) -> SendResultat:
        """Send a letter."""
        return self.meter.call(super().send, svar, brev, repeated=repeated, on_paper=on_paper)

    def _left(self, received: Iterable[Kvittering]) -> Iterator[Kvittering]:
        """Fetch receipts."""
        return self.meter.each(super()._left(received))

    def _confirm(self, kvittering: Kvittering) -> SetAside | None:
        """Confirm a receipt."""
        if self.wire == "ebms":
            return super()._confirm(kvittering)
        return self.meter.call(super()._confirm, kvittering)


class MeteredInstant(Instant):
    """Answers at once, and counts the processor time that this takes: it is not the outbox's."""

    def __init__(self) -> None:
        super().__init__()
        self.meter = Meter()

    def look_up(self, people: Sequence[str]) -> dict[str, Svar]:
        """Answer for the register."""
        return self.meter.call(super().look_up, people)

    def decide(self, svar: Svar, brev: Brev, *, on_paper: bool = False) -> Vei:
        """Send everything digitally."""
        return self.meter.call(super().decide, svar, brev, on_paper=on_paper)

    def send(
        self, svar: Svar, brev: Brev, *, repeated: bool, on_paper: bool = False
    ) -> SendResultat:
        """Take a letter, and write its receipt."""
        return self.meter.call(super().send, svar, brev, repeated=repeated, on_paper=on_paper)


def over_a_wire(config: ClientConfig, count: int, *, own: bool) -> dict[str, float]:
    """CPU seconds for each letter that an outbox sends, and of packing.

    `own` is what an outbox takes beside the client that it sends with, and `packed` what the client
    takes to pack the letters, both in one run: the same threads beside them, and caches as cold.
    `packing` is the same measured alone, a letter after another.
    """
    people, packer, some = islice(synthetic_people(), count), Packer(), letters(count, own=own)
    before, packed = packer.cpu(), Meter()
    with (
        tempfile.TemporaryDirectory() as name,
        closing(Metered(config, Client(config))) as sender,
        Outbox.open(f"{name}/post.db", config, sender=sender) as outbox,
        patch("sdp.operations.sending.pack", partial(packed.call, pack)),
    ):
        keys = map(str, range(count))
        put = _cpu(lambda: outbox.put_many(zip(keys, people, some, strict=True))) / count
        some.clear()  # they are in the outbox: who runs it does not hold them too
        run = _cpu(lambda: outbox.run(until_empty=True, wait=_PATIENCE)) / count
        delivered = outbox.status().antall[Tilstand.LEVERT]
    if delivered != count:
        raise RuntimeError(f"{delivered} of {count} letters were delivered")
    return {
        "put": put,
        "run": run,
        "own": run - sender.meter.spent / count,
        "packed": packed.spent / count,
        "packing": (before + packer.cpu()) / 2,
    }


def by_itself(count: int, *, own: bool) -> dict[str, float]:
    """CPU seconds for each letter, where sending and receipts cost nothing, and of packing."""
    people, packer, some = islice(synthetic_people(), count), Packer(), letters(count, own=own)
    before, sender = packer.cpu(), MeteredInstant()
    with (
        tempfile.TemporaryDirectory() as name,
        Outbox.open(f"{name}/post.db", sender=sender) as outbox,
    ):
        outbox.put_many(zip(map(str, range(count)), people, some, strict=True))
        some.clear()  # they are in the outbox: who runs it does not hold them too
        run = _cpu(lambda: outbox.run(until_empty=True, wait=_PATIENCE)) / count
    spent = sender.meter.spent / count
    return {"run": run, "own": run - spent, "packing": (before + packer.cpu()) / 2}


def growth(count: int) -> dict[str, float]:
    """CPU seconds for each letter of a worker, and its memory at the end, in bytes."""
    (brev,) = letters(1, own=False)
    with (
        tempfile.TemporaryDirectory() as name,
        Outbox.open(f"{name}/post.db", sender=Instant()) as outbox,
    ):
        put = zip(map(str, range(count)), synthetic_people(), _copies(brev), strict=False)
        outbox.put_many(put)
        spent = _cpu(lambda: outbox.run(until_empty=True, wait=_PATIENCE)) / count
        if outbox.status().antall[Tilstand.LEVERT] != count:
            raise RuntimeError("not every letter was delivered")
        return {"cpu": spent, "resident": _resident()}


def _copies(brev: Brev) -> Iterator[Brev]:
    while True:
        yield brev


class Paced(Instant):
    """Packs each letter, and answers after 40 ms, as one does who is not on this machine."""

    def __init__(self) -> None:
        super().__init__()
        self._packer = Packer()
        self.times: list[float] = []

    def send(
        self, svar: Svar, brev: Brev, *, repeated: bool, on_paper: bool = False
    ) -> SendResultat:
        """Pack and wait."""
        self.times.append(time.time())
        self._packer.pack()
        time.sleep(_ANSWER_SECONDS)
        self.times.append(time.time())
        return super().send(svar, brev, repeated=repeated, on_paper=on_paper)


def paced(address: str) -> dict[str, float]:
    """Work on a database until it is empty; when the first letter was begun and the last ended."""
    sender = Paced()
    with Outbox.open(address, sender=sender) as outbox:
        print("ready", flush=True)
        sys.stdin.readline()
        outbox.run(until_empty=True, wait=_PATIENCE)
    times = sender.times or [time.time()]
    return {"count": sender.count, "began": min(times), "ended": max(times)}


def _cpu(work: Callable[[], object]) -> float:
    gc.collect()  # what was left behind before is not of this work
    began = time.process_time()
    work()
    return time.process_time() - began


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main(kind: str, *given: str) -> None:
    """Measure one kind, and print what was found."""
    match kind:
        case "wire":
            config = ClientConfig.from_toml(Path(given[0]))
            found = over_a_wire(config, int(given[1]), own=given[2] == "own")
        case "itself":
            found = by_itself(int(given[0]), own=given[1] == "own")
        case "growth":
            found = growth(int(given[0]))
        case _:
            found = paced(given[0])
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
