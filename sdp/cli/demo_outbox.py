"""The end of `sdp demo`: a campaign through the outbox, whose worker is killed on the way."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sdp.cli._output import table
from sdp.domain import Avsender, Brev, DigitalPost, Dokument, Dokumentpakke
from sdp.outbox import Outbox, Tilstand
from sdp.utskrift.one_page import one_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from rich.table import Table

LETTERS: Final = 200
_NAME: Final = "skolestart"
_KILLED_AT: Final = 40
_PATIENCE_SECONDS: Final = 60.0
_WAIT_SECONDS: Final = "20"


@dataclass(frozen=True, slots=True)
class Campaign:
    """Outcome of a campaign.

    Attributes:
        put: letters that were put.
        killed_at: how many had arrived when the worker was killed.
        arrived: letters that the receiving side has.
        doubled: those of them that it has twice.
        delivered: letters whose levering is stored.
    """

    put: int
    killed_at: int
    arrived: int
    doubled: int
    delivered: int

    @property
    def is_complete(self) -> bool:
        """True if nothing was lost and nothing doubled."""
        return self.put == self.arrived == self.delivered and not self.doubled

    def shown(self) -> Table:
        """Draw it."""
        rows = [
            ("Put into the outbox", self.put),
            ("Arrived when the worker was killed", self.killed_at),
            ("Arrived in the end", self.arrived),
            ("Delivered, with the receipt stored", self.delivered),
            ("Lost", self.put - self.delivered),
            ("Doubled", self.doubled),
        ]
        return table(["Letters", "Count"], rows, title="A campaign through the outbox")


def run_campaign(
    folder: Path,
    config: Path,
    avsender: str,
    people: Sequence[str],
    arrived: Callable[[], Iterable[str]],
) -> Campaign:
    """Put a letter for each person, kill the worker once, and let another one end the work.

    Args:
        folder: where the outbox is kept.
        config: the configuration of the client.
        avsender: whom the letters are from.
        people: whom they are to.
        arrived: returns the konversasjons_id of each letter that the receiving side has.
    """
    address = folder / "post.db"
    with Outbox.open(address) as outbox:
        lagt = outbox.put_many(_letters(avsender, people), kampanje=_NAME)
    work = [sys.executable, "-m", "sdp", "outbox", "work", str(address), "--config", str(config)]
    before = len(list(arrived()))
    kill_at_work(work, lambda: len(list(arrived())) - before >= min(_KILLED_AT, len(people)))
    killed_at = len(list(arrived())) - before
    to_the_end = [*work, "--until-empty", "--wait", _WAIT_SECONDS]
    subprocess.run(to_the_end, stdout=subprocess.DEVNULL, check=False)  # noqa: S603 - our own
    with Outbox.open(address) as outbox:
        delivered = outbox.status(_NAME).antall[Tilstand.LEVERT]
        ours = {post.konversasjons_id for post in outbox.letters()}
    counted = Counter(each for each in arrived() if each in ours)
    doubled = sum(count > 1 for count in counted.values())
    return Campaign(lagt.nye, killed_at, len(counted), doubled, delivered)


def kill_at_work(command: Sequence[str], is_time: Callable[[], bool]) -> None:
    """Let a worker that would go on for ever work until it is time, and kill it, whatever comes."""
    worker = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    try:
        ends = time.monotonic() + _PATIENCE_SECONDS
        while not is_time() and worker.poll() is None and time.monotonic() < ends:
            time.sleep(0.02)
    finally:
        worker.kill()
        worker.wait()


def _letters(avsender: str, people: Sequence[str]) -> Iterator[tuple[str, str, Brev]]:
    document = Dokument.from_bytes(
        one_page(["Skolestart", "", "Velkommen til første skoledag."]),
        filnavn="skolestart.pdf",
        tittel="Skolestart",
    )
    for number, person in enumerate(people):
        brev = Brev(
            avsender=Avsender(organisasjonsnummer=avsender),
            dokumentpakke=Dokumentpakke(hoveddokument=document),
            digital_post=DigitalPost(ikke_sensitiv_tittel="Brev fra skolen"),
        )
        yield f"elev-{number}", person, brev
