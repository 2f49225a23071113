"""Fetching receipts: one poller for each queue, by a lease that all workers share."""

from __future__ import annotations

import logging
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from sdp.domain import Prioritet
from sdp.errors import SdpError, WireError
from sdp.outbox import receipts
from sdp.outbox.outcomes import is_about_the_set_up
from sdp.outbox.sender import Mottakerko
from sdp.outbox.tables import ko
from sdp.outbox.telemetry import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from sdp.domain import Kvittering
    from sdp.outbox.database import Database
    from sdp.outbox.sender import Sender
    from sdp.outbox.telemetry import Telemetry
    from sdp.wire import SetAside

_log = logging.getLogger("sdp.outbox")

_LEASE: Final = timedelta(seconds=60)
_TAKE: Final = (
    sa.update(ko)
    .where(
        ko.c.id == sa.bindparam("queue"),
        sa.or_(
            ko.c.arbeider_id.is_(None),
            ko.c.arbeider_id == sa.bindparam("me"),
            ko.c.leie_til < sa.bindparam("now"),
        ),
    )
    .values(arbeider_id=sa.bindparam("me"), leie_til=sa.bindparam("until"))
)


class Poller:
    """Empties the queues that receipts of our letters come in.

    Args:
        database: where receipts are stored.
        sender: fetches them.
        worker_id: whose lease it is.
        clock: tells the time; aware.
        is_stopped: tells whether to leave off after the receipt at hand.
        telemetry: is told of leverings.
    """

    def __init__(
        self,
        database: Database,
        sender: Sender,
        worker_id: int,
        *,
        clock: Callable[[], datetime],
        is_stopped: Callable[[], bool],
        telemetry: Telemetry | None = None,
    ) -> None:
        self._database = database
        self._sender = sender
        self._worker_id = worker_id
        self._clock = clock
        self._is_stopped = is_stopped
        self._telemetry = telemetry or Silent()
        self.set_up_error: SdpError | None = None

    def poll(self) -> int:
        """Empty every queue that nobody else is at; return how many receipts came.

        A queue that cannot be read now is logged and left for the next time.

        Raises:
            OutboxUnavailableError: the database does not answer or has no room. The receipt at
                hand stays unconfirmed, and is given again.
        """
        with self._database.read() as connection:
            rows = connection.execute(sa.select(ko).order_by(ko.c.prioritet.desc(), ko.c.id)).all()
        count = 0
        for row in rows:
            if self._is_stopped() or not self._lease(row.id):
                continue
            try:
                count += self._empty(row.id, self._queue(row))
            except WireError as error:
                _log.warning("receipts cannot be fetched now: %s", error.message)
                if is_about_the_set_up(error):
                    self.set_up_error = error
            finally:
                self._release(row.id)
        return count

    def _queue(self, row: sa.Row[tuple[object, ...]]) -> Mottakerko:
        # Each wire has one way of dividing its queues, and refuses the other's.
        if self._sender.wire == "dpi":
            return Mottakerko(Prioritet.NORMAL, None, row.avsender or None)
        return Mottakerko(Prioritet(row.prioritet), row.mpc_id or None)

    def _empty(self, row_id: int, queue: Mottakerko) -> int:
        count = 0
        told: Sequence[str] = ()
        fetched = self._sender.receipts(queue, self._set_aside)
        with closing(fetched) as incoming:
            for batch in incoming:
                # To have come here again, those before have been confirmed.
                is_ours = self._store(row_id, batch, confirmed=told)
                told = [received.meldings_id for received in batch]
                count += len(batch)
                if not is_ours:
                    return count  # these come again, and are known then
                if self._is_stopped():
                    self._sender.confirm(batch, self._set_aside)
                    break
        if told:
            with self._database.write() as connection:
                receipts.confirmed(connection, told, self._clock())
        return count

    def _store(self, row_id: int, batch: Sequence[Kvittering], *, confirmed: Sequence[str]) -> bool:
        """Store receipts, renew the lease, and tell whether the queue is still ours."""
        with self._database.write() as connection:
            moment = self._clock()
            if confirmed:
                receipts.confirmed(connection, confirmed, moment)
            new = receipts.store(connection, batch, moment)
            deliveries = self._telemetry.deliveries(connection, new)
            is_ours = self._take(connection, row_id, moment)
        self._telemetry.delivered(deliveries)
        return is_ours

    def _set_aside(self, received: SetAside) -> None:
        with self._database.write() as connection:
            receipts.set_aside(connection, received, self._clock())

    def _lease(self, row_id: int) -> bool:
        with self._database.write() as connection:
            return self._take(connection, row_id, self._clock())

    def _take(self, connection: Connection, row_id: int, moment: datetime) -> bool:
        given = {"queue": row_id, "me": self._worker_id, "now": moment, "until": moment + _LEASE}
        return connection.execute(_TAKE, given).rowcount == 1

    def _release(self, row_id: int) -> None:
        with self._database.write() as connection:
            connection.execute(
                sa.update(ko)
                .where(ko.c.id == row_id, ko.c.arbeider_id == self._worker_id)
                .values(arbeider_id=None, leie_til=None)
            )
