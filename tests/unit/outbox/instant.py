"""A sender that answers at once and remembers nothing: what is left is the outbox's own cost."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from sdp.domain import (
    Brev,
    Kvittering,
    Kvitteringsreferanse,
    Leveringskvittering,
    Prioritet,
    SendResultat,
)
from sdp.outbox.sender import Mottakerko, Svar, Vei
from sdp.wire import SetAside
from tests.unit.outbox.world import POSTKASSE

_BATCH = 50


def _nothing(_: int) -> None:
    pass


@dataclass
class Instant:
    """Takes every letter, and has its levering ready at once.

    Attributes:
        on_count: is told how many letters there have been, after each; the next one waits for it.
        waiting: receipts that nobody has fetched yet.
    """

    wire: str = "dpi"
    on_count: Callable[[int], None] = _nothing
    count: int = 0
    waiting: deque[Kvittering] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look_up(self, people: Sequence[str]) -> dict[str, Svar]:
        moment = datetime.now(UTC)
        return {number: Svar(number, moment) for number in people}

    def decide(self, svar: Svar, brev: Brev, *, on_paper: bool = False) -> Vei:
        return Vei("digital", POSTKASSE, svar.spurt, varsler="epost")

    def send(
        self, svar: Svar, brev: Brev, *, repeated: bool, on_paper: bool = False
    ) -> SendResultat:
        now = datetime.now(UTC)
        with self._lock:
            self.count += 1
            self.waiting.append(_levering(str(brev.konversasjons_id), now))
            self.on_count(self.count)
        return SendResultat(
            meldings_id=str(brev.meldings_id),
            konversasjons_id=str(brev.konversasjons_id),
            transport_id=str(brev.meldings_id),
            sent_at=now,
            billable_bytes=1000,
            package_size=2000,
            fingerprint=bytes(32),
            already_received=False,
        )

    def receipts(
        self, ko: Mottakerko, on_set_aside: Callable[[SetAside], None]
    ) -> Generator[Sequence[Kvittering]]:
        while count := min(len(self.waiting), _BATCH):
            yield [self.waiting.popleft() for _ in range(count)]

    def confirm(
        self, batch: Sequence[Kvittering], on_set_aside: Callable[[SetAside], None]
    ) -> None:
        pass

    def close(self) -> None:
        pass


def _levering(konversasjons_id: str, moment: datetime) -> Leveringskvittering:
    own = str(uuid4())
    return Leveringskvittering(
        meldings_id=own,
        konversasjons_id=konversasjons_id,
        tidspunkt=moment,
        avsender=POSTKASSE,
        raw=own.encode(),
        referanse=Kvitteringsreferanse(message_id=own, prioritet=Prioritet.NORMAL),
    )
