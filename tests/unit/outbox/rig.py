"""An outbox whose every step is taken by hand: one thread, and a clock that stands still."""

from __future__ import annotations

import tempfile
import threading
from datetime import timedelta
from functools import cache
from pathlib import Path

from sdp.domain import Leveringskvittering
from sdp.outbox import Outbox, OutboxSettings, Status, Tilstand
from sdp.outbox.dispatch import Limits
from sdp.outbox.engines import Dispatcher, nothing_to_tell
from sdp.outbox.outcomes import Backoff
from sdp.outbox.polling import Poller
from sdp.outbox.presence import Presence
from sdp.outbox.window import Levetid
from sdp.outbox.worker import Manners, Worker
from tests.unit.outbox.world import Clock, Inline, World, receipt

FIRST_WAIT = timedelta(seconds=10)
LEASE = timedelta(seconds=60)
DEADLINE = timedelta(hours=48)


@cache
def _empty_outbox() -> bytes:
    """The file of an outbox that holds nothing, migrated once for all tests of a run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "post.db"
        Outbox.open(path).close()
        assert [each.name for each in Path(folder).iterdir()] == [path.name]
        return path.read_bytes()


class Rig:
    """One worker process, as far as the database can tell."""

    def __init__(
        self,
        path: Path | str,
        world: World,
        clock: Clock,
        *,
        block: int = 1000,
        window: int = 8,
        key: str | None = None,
    ) -> None:
        self._block, self._window, self._key = block, window, key
        settings = OutboxSettings(key=key)
        self.path = path
        self.world = world
        self.clock = clock
        if isinstance(path, Path) and not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(0o600)
            path.write_bytes(_empty_outbox())
        self.outbox = Outbox.open(path, sender=world, clock=clock, settings=settings)
        self.database = self.outbox.database
        self.presence = Presence(self.database, clock())
        self.stop = threading.Event()
        times = Levetid(
            Backoff(FIRST_WAIT, timedelta(minutes=30), lambda: 1.0), DEADLINE, 3 * DEADLINE
        )
        self.worker = Worker(
            self.database,
            world,
            self.presence.id,
            clock=clock,
            executor=Inline(),
            manners=Manners(window, LEASE, times),
            stop=self.stop,
        )
        self.dispatcher = Dispatcher(
            self.database,
            self.presence,
            clock,
            Limits(block, 1, timedelta(minutes=2)),
            world.wire,
            nothing_to_tell,
        )
        self.poller = Poller(
            self.database, world, self.presence.id, clock=clock, is_stopped=self.stop.is_set
        )

    def work(self) -> int:
        """Send whatever may be sent now; return how many blocks there were."""
        self.dispatcher.sweep()
        count = 0
        while blocks := self.dispatcher.step():
            for block in blocks:
                self.worker.send_block(block)
                count += 1
        return count

    def poll(self) -> int:
        return self.poller.poll()

    def see_everything_through(self) -> None:
        """Send everything through faults, deliver it, and let a month go by."""
        self.world.faults = ["lost", "refused", "defect", "not sent"]
        self.work()
        self.clock.forward(timedelta(minutes=5))
        self.work()
        for post in list(self.outbox.letters()):
            self.world.waiting.append(receipt(Leveringskvittering, post.konversasjons_id))
        self.poll()
        self.clock.forward(timedelta(days=31))

    def state(self, nokkel: str) -> Tilstand:
        return self.outbox.post(nokkel).tilstand

    def states(self) -> dict[str, Tilstand]:
        return {post.nokkel: post.tilstand for post in self.outbox.letters()}

    def status(self, kampanje: str | None = None) -> Status:
        return self.outbox.status(kampanje)

    def die(self) -> None:
        """Be gone, without a word; what is held ends with the process."""
        self.presence.close()
        self.outbox.close()

    def after_death(self) -> Rig:
        """Start another process on the same file."""
        self.die()
        return self.another()

    def another(self) -> Rig:
        """Start another process on the same file, beside this one."""
        return Rig(
            self.path,
            self.world,
            self.clock,
            block=self._block,
            window=self._window,
            key=self._key,
        )


__all__ = ["DEADLINE", "FIRST_WAIT", "LEASE", "OutboxSettings", "Rig"]
