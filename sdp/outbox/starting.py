"""A worker process put together from the settings of an outbox."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from sdp.errors import ConfigurationError
from sdp.outbox.dispatch import Limits
from sdp.outbox.engines import Dispatcher, Embedded, nothing_to_tell
from sdp.outbox.outcomes import Backoff
from sdp.outbox.polling import Poller
from sdp.outbox.presence import Presence
from sdp.outbox.running import Running
from sdp.outbox.sender import ClientSender
from sdp.outbox.tables import brev
from sdp.outbox.telemetry import telemetry
from sdp.outbox.window import Levetid
from sdp.outbox.worker import Manners, Worker

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from sdp.config import ClientConfig
    from sdp.outbox.database import Database
    from sdp.outbox.engines import Engine
    from sdp.outbox.sender import Sender
    from sdp.outbox.settings import OutboxSettings

_SQLITE_BLOCK: Final = 1000
_POSTGRESQL_BLOCK: Final = 500
_BLOCKS_AHEAD: Final = 4
_EBMS_REST: Final = 1.0
_SENT_TO: Final = sa.select(brev.c.mottaker).where(
    brev.c.konversasjons_id == sa.bindparam("wanted")
)


@contextmanager
def sending(
    database: Database,
    config: ClientConfig | None,
    sender: Sender | None,
    clock: Callable[[], datetime],
) -> Iterator[Sender]:
    """Give what sends: the one that is given, or a client of the configuration.

    Raises:
        ConfigurationError: there is neither.
    """
    if sender is not None:
        yield sender
        return
    if config is None:
        raise ConfigurationError(
            "The outbox was opened without a configuration, so it cannot send.",
            remedy="Give Outbox.open a ClientConfig, or the command --config.",
        )
    from sdp.client import Client

    def sent_to(konversasjons_id: str) -> str | None:
        """Tell the client from where the receipts of a letter must come."""
        with database.read() as connection:
            found: str | None = connection.scalar(_SENT_TO, {"wanted": konversasjons_id.lower()})
            return found

    client = Client(config, clock=clock, sent_to=sent_to)
    with closing(ClientSender(config, client, clock)) as client_sender:
        yield client_sender


@contextmanager
def started(
    database: Database,
    sender: Sender,
    settings: OutboxSettings,
    config: ClientConfig | None,
    clock: Callable[[], datetime],
    stop: threading.Event,
) -> Iterator[Running]:
    """Make a worker that is known to the others, and let it go afterwards.

    Raises:
        OutboxUnavailableError: the database does not answer.
    """
    with (
        closing(Presence(database, clock())) as presence,
        ThreadPoolExecutor(settings.threads, "sdp-outbox-window") as executor,
        telemetry(database, clock, settings.slow) as told,
    ):
        worker = Worker(
            database,
            sender,
            presence.id,
            clock=clock,
            executor=executor,
            manners=_manners(settings),
            stop=stop,
            telemetry=told,
        )
        poller = Poller(
            database,
            sender,
            presence.id,
            clock=clock,
            is_stopped=stop.is_set,
            telemetry=told,
        )
        yield Running(
            database,
            _engine(database, settings, worker, presence, clock),
            worker,
            poller,
            clock,
            stop,
            rest=_rest(config),
            slow=settings.slow,
        )


def _engine(
    database: Database,
    settings: OutboxSettings,
    worker: Worker,
    presence: Presence,
    clock: Callable[[], datetime],
) -> Engine:
    def dispatcher(
        enqueue: Callable[[Connection, int], None], *, block: int, ahead: int
    ) -> Dispatcher:
        limits = Limits(settings.block or block, ahead, settings.untaken)
        return Dispatcher(database, presence, clock, limits, worker.sender.wire, enqueue)

    if database.is_sqlite:
        return Embedded(dispatcher(nothing_to_tell, block=_SQLITE_BLOCK, ahead=1), worker)
    from sdp.outbox.procrastinating import Procrastinating, enqueue

    many = dispatcher(enqueue, block=_POSTGRESQL_BLOCK, ahead=_BLOCKS_AHEAD)
    return Procrastinating(many, worker, database)


def _manners(settings: OutboxSettings) -> Manners:
    backoff = Backoff(settings.first_wait, settings.longest_wait, random.random)
    times = Levetid(backoff, settings.digital_deadline, settings.print_deadline)
    return Manners(settings.window, settings.lease, times, settings.threads)


def _rest(config: ClientConfig | None) -> float:
    """Return the longest time, in seconds, between two looks for receipts."""
    if config is None or config.environment.wire == "ebms":
        return _EBMS_REST  # the client itself leaves an empty queue alone
    return config.dpi.receipt_interval_seconds
