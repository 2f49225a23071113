"""Costs of one small letter, in this process: package, business message, envelope, signatures."""

from __future__ import annotations

import cProfile
import hashlib
import os
import pstats
import statistics
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from sdp import (
    Avsender,
    DigitalForsendelse,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    Environment,
    Forsendelse,
    Identity,
    Mottaker,
    TekniskMottaker,
    pack,
    pack_to,
)
from sdp.ebms import EbmsWire
from sdp.testmiljo.ca import TestCA
from sdp.transport.request import HttpRequest
from sdp.wire import SentTo

if TYPE_CHECKING:
    from collections.abc import Callable

_PDF = os.urandom(50_000)
_DIGEST = hashlib.sha256(b"letter").digest()
_TURNS = 200  # of letters without, with few and with many attachments
_ROOMS = {
    "RSA signatures": ("'sign' of",),
    "ZIP": ("dokumentpakke/zip", "isal"),
    "encryption": ("dokumentpakke/cms", "'encrypt' of", "ciphers", "ring.py"),
    "digests": ("_hashlib",),
    "XML": (
        "xmlsec",
        "'join' of 'str'",
        "re.Pattern",
        "xades",
        "manifest",
        "sbd.py",
        "envelope.py",
    ),
}


def document(content: bytes) -> Dokument:
    """Make a main document of bytes."""
    return Dokument.from_bytes(content, filnavn="brev.pdf", tittel="Brev")


@dataclass(frozen=True)
class Bench:
    """A sender and a mailbox."""

    signer: Identity
    mailbox: Identity
    wire: EbmsWire

    @classmethod
    def set_up(cls) -> Bench:
        """Make their keys."""
        now = datetime.now(UTC)
        ca = TestCA.create(now)
        signer = ca.issue("991825827", "Etaten", moment=now).identity(now)
        mailbox = ca.issue("984661185", "Postkassen", moment=now).identity(now)
        wire = EbmsWire(
            environment=Environment.test(),
            signer=signer,
            trust=ca.trust,
            databehandler=None,
            clock=lambda: datetime.now(UTC),
            sent_to=SentTo(),
        )
        return cls(signer, mailbox, wire)

    def letter(
        self, *, hoveddokument: Dokument | None = None, attachments: int = 0
    ) -> DigitalForsendelse:
        """Write a letter with a main document, one of 50 KB unless given, and small attachments."""
        return Forsendelse.digital(
            avsender=Avsender(organisasjonsnummer="991825827"),
            mottaker=Mottaker(
                personidentifikator="01815800083",
                postkasseadresse="a#1",
                postkasse=TekniskMottaker(
                    organisasjonsnummer="984661185", sertifikat=self.mailbox.certificate
                ),
            ),
            digital_post=DigitalPost(ikke_sensitiv_tittel="Brev"),
            dokumentpakke=Dokumentpakke(
                hoveddokument=hoveddokument or document(_PDF),
                vedlegg=tuple(
                    Dokument.from_bytes(b"hei " * 250, filnavn=f"vedlegg-{n}.txt", tittel="V")
                    for n in range(attachments)
                ),
            ),
        )

    def message(self, letter: DigitalForsendelse) -> int:
        """Build the whole HTTP request of a letter, to its last byte."""
        with pack(letter, self.signer, moment=datetime.now(UTC)) as pakke:
            request = next(self.wire.send(letter, pakke))
            assert isinstance(request, HttpRequest)
            return sum(len(chunk) for chunk in request.body.chunks())

    def package(self, letter: DigitalForsendelse) -> None:
        """Pack a letter, and let go of it."""
        pack(letter, self.signer, moment=datetime.now(UTC)).close()

    def three_signatures(self) -> None:
        """Sign three times, which no letter can do without."""
        for _ in range(3):
            self.signer.sign(_DIGEST)


def message_over_signatures(bench: Bench, pairs: int) -> list[float]:
    """Processor time of a message over that of three signatures, pair by pair."""
    letter = bench.letter()
    return [
        _cpu(lambda: bench.message(letter), 40) / _cpu(bench.three_signatures, 40)
        for _ in range(pairs)
    ]


def cost_per_attachment(bench: Bench, pairs: int) -> list[float]:
    """Processor time that an attachment adds, of 200 over of 20, round by round.

    Twenty add half a millisecond to a letter, less than a busy machine adds by chance. So the
    letters take turns one by one, and what differs is their medians of many.
    """
    letters = [bench.letter(attachments=count) for count in (0, 20, 200)]
    return [_cost_per_attachment(bench, letters) for _ in range(pairs)]


def _cost_per_attachment(bench: Bench, letters: list[DigitalForsendelse]) -> float:
    seconds = [[_cpu_once(partial(bench.message, each)) for each in letters] for _ in range(_TURNS)]
    none, few, many = (float(statistics.median(each)) for each in zip(*seconds, strict=True))
    return (many - none) / 200 / ((few - none) / 20)


def package_over_signature(bench: Bench, pairs: int) -> list[float]:
    """Processor time of the package of a 50 KB letter over that of one signature, pair by pair."""
    letter = bench.letter()
    return [
        _cpu(lambda: bench.package(letter), 60) / _cpu(lambda: bench.signer.sign(_DIGEST), 120)
        for _ in range(pairs)
    ]


def where_time_goes(bench: Bench) -> dict[str, float]:
    """Tell the share of each kind of work in the time of a small letter."""
    letter = bench.letter()
    bench.message(letter)
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(100):
        bench.message(letter)
    profile.disable()
    shares = dict.fromkeys(_ROOMS, 0.0) | {"the rest": 0.0}
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    total = sum(times[2] for times in stats.values())
    for (file, _, name), times in stats.items():
        place = f"{file} {name}"
        room = next(
            (room for room, marks in _ROOMS.items() if any(mark in place for mark in marks)),
            "the rest",
        )
        shares[room] += times[2] / total
    return shares


def scaling(pairs: int) -> dict[str, dict[str, float]]:
    """Letters per second of several at once over those of one: threads, and processes."""
    counts = sorted({2, 4, os.cpu_count() or 1})
    _prepare()
    with (
        ThreadPoolExecutor(counts[-1]) as threads,
        ProcessPoolExecutor(counts[-1], initializer=_prepare) as processes,
    ):
        return {
            what: {str(each): _speed_up(executor, work, letters, each, pairs) for each in counts}
            for what, executor, work, letters in (
                ("threads, 8 MiB letters", threads, _pack_large, 4),
                ("processes, 8 MiB letters", processes, _pack_large, 4),
                ("threads, 50 KB letters", threads, _pack_small, 100),
                ("processes, 50 KB letters", processes, _pack_small, 100),
            )
        }


def _speed_up(
    executor: Executor, work: Callable[[int], None], letters: int, at_once: int, pairs: int
) -> float:
    list(executor.map(work, [letters] * at_once))
    ratios = []
    for _ in range(pairs):
        start = time.perf_counter()
        executor.submit(work, letters).result()
        alone = time.perf_counter() - start
        start = time.perf_counter()
        list(executor.map(work, [letters] * at_once))
        ratios.append(at_once * alone / (time.perf_counter() - start))
    return statistics.median(ratios)


@dataclass(frozen=True)
class _Letters:
    """Letters of one process, ready before anything is timed."""

    bench: Bench
    small: DigitalForsendelse
    large: DigitalForsendelse

    def pack(self, letter: DigitalForsendelse, count: int) -> None:
        for _ in range(count):
            pack_to(lambda _: None, letter, self.bench.signer, moment=datetime.now(UTC))


_ready: list[_Letters] = []


def _prepare() -> None:
    bench = Bench.set_up()
    large = bench.letter(hoveddokument=document(os.urandom(8 * 1024 * 1024)))
    _ready[:] = [_Letters(bench, bench.letter(), large)]


def _pack_large(count: int) -> None:
    _ready[0].pack(_ready[0].large, count)


def _pack_small(count: int) -> None:
    _ready[0].pack(_ready[0].small, count)


def _cpu(work: Callable[[], object], times: int) -> float:
    work()
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times


def _cpu_once(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
