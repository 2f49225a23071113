"""Letters sent by this library and by Difi's Java client to the same test environment, in turn."""

from __future__ import annotations

import base64
import json
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from benchmarks.java_peers import crew, java_command
from benchmarks.java_report import Comparison
from benchmarks.register import serving
from sdp import Client, ClientConfig, Digital
from sdp.testmiljo.environment import AVSENDER
from sdp.testmiljo.world.register import synthetic_people

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.inputs import Workshop
    from benchmarks.java_peers import Crew
    from benchmarks.pairs import Run

_AT_ONCE = 500  # letters of the warm-up, between which receipts are fetched
_DOCUMENT = "small.bin"


def measure(workshop: Workshop, pairs: int, letters: int, warm_up: int) -> Iterator[Comparison]:
    """Send letters over ebMS and fetch their receipts, in turn, after a warm-up of each.

    Only the two clients are counted; the environment is a process of its own. Java's compiler needs
    the whole warm-up, and our side a fifth of it at most.
    """
    folder = workshop.fresh("sent")
    with ExitStack() as stack:
        stack.enter_context(serving(folder))
        setup = _setup(folder, workshop.folder / _DOCUMENT)
        ours = [sys.executable, "-m", "benchmarks.sender", str(folder / "sdp.toml"), AVSENDER]
        ours += [setup["personidentifikator"], setup["document"]]
        (folder / "java.json").write_text(json.dumps(setup), encoding="utf-8")
        theirs = java_command(program="Sender", arguments=[str(folder / "java.json")])
        sides = [stack.enter_context(crew(each, workshop.folder)) for each in (ours, theirs)]
        for side, count in zip(sides, (warm_up // 5, warm_up), strict=True):
            for start in range(0, count, _AT_ONCE):
                _round(side, min(_AT_ONCE, count - start))
        found = [[_round(side, letters) for side in sides] for _ in range(pairs)]
    sent = [(ours[0], theirs[0]) for ours, theirs in found]
    received = [(ours[1], theirs[1]) for ours, theirs in found]
    what = "50 KB letter sent over ebMS"
    yield Comparison.of(what, "letters/CPU s", sent, lambda run: letters / run.cpu, must=2, aim=3)
    yield Comparison.of(what, "letters/s", sent, lambda run: letters / run.wall)
    what = "its receipt fetched and confirmed"
    yield Comparison.of(what, "receipts/CPU s", received, lambda run: letters / run.cpu)


def _round(side: Crew, letters: int) -> tuple[Run, Run]:
    return side.ask(f"send {letters}"), side.ask(f"receive {letters}")


def _setup(folder: Path, document: Path) -> dict[str, str]:
    """Write down what the Java client must know: broker, keys, trust, and an addressed letter."""
    config = ClientConfig.from_toml(folder / "sdp.toml", environ={})
    with Client(config) as client:
        rute = client.route(next(synthetic_people()))
    if not isinstance(rute, Digital):
        raise TypeError("the register has no mailbox for the recipient")
    trust = folder / "trust.pem"
    trust.write_bytes(b"".join(pem.read_bytes() for pem in (folder / "trust").glob("*.pem")))
    sertifikat = rute.mottaker.postkasse.sertifikat.public_bytes(Encoding.DER)
    return {
        "url": str(config.environment.broker_url),
        "trust": str(trust),
        "pkcs12": str(folder / "avsender.p12"),
        "password": (folder / "avsender.password").read_text(encoding="ascii"),
        "databehandler": AVSENDER,
        "folder": str(folder),
        "personidentifikator": rute.mottaker.personidentifikator,
        "postkasseadresse": rute.mottaker.postkasseadresse,
        "sertifikat": base64.b64encode(sertifikat).decode(),
        "postkasse": rute.mottaker.postkasse.organisasjonsnummer,
        "document": str(document),
    }
