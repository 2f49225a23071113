"""Workers as processes of their own, and what the receiving side got of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sdp.outbox import Outbox, Tilstand
from sdp.testmiljo import Testmiljo
from tests.e2e.commands import Started, work


@dataclass
class Workers:
    """Processes that work on one outbox."""

    address: str
    config: Path
    log: Path
    running: list[Started] = field(default_factory=list)

    def start(self, *, wait: float = 20.0) -> Started:
        self.running.append(work(self.address, self.config, log=self.log, wait=wait))
        return self.running[-1]

    def kill(self, process: Started) -> None:
        process.kill()
        self.running.remove(process)

    def finish(self, *, wait: float = 20.0) -> int:
        process = self.start(wait=wait)
        code = process.wait(within=200)
        self.running.remove(process)
        return code

    def close(self) -> None:
        for process in self.running:
            process.kill()


def until(happens: Callable[[], bool], *, within: float = 120.0) -> None:
    """Wait for something to happen."""
    ends = time.monotonic() + within
    while not happens():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.02)


def claim_nothing_lost_or_doubled(
    miljo: Testmiljo, address: str, expected: int, *, delivered: int | None = None
) -> None:
    """Hold what the receiving side got against the outbox, letter by letter."""
    with Outbox.open(address) as outbox:
        posts = list(outbox.letters())
        status = outbox.status()
        stored = {each.konversasjons_id for each in outbox.receipts()}
    assert status.total == expected
    arrived = Counter(letter.konversasjons_id for letter in miljo.letters)
    assert [each for each, count in arrived.items() if count > 1] == [], "doubled"
    levert = {post.konversasjons_id for post in posts if post.tilstand is Tilstand.LEVERT}
    assert levert == set(arrived), f"lost or not known of: {status}"
    assert len(levert) == (expected if delivered is None else delivered), str(status)
    assert miljo.waiting_receipts == (), "not confirmed"
    assert miljo.aksesspunkt.waiting_receipts == (), "not confirmed"
    assert stored >= levert, "confirmed and not stored"


def people(miljo: Testmiljo, count: int) -> Sequence[str]:
    return [miljo.innbygger().personidentifikator for _ in range(count)]
