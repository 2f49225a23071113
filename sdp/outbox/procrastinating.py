"""The engine for many machines: procrastinate on PostgreSQL, with one job for each block.

A job carries the number of a block and nothing else. It is enqueued on our connection, in the
transaction that hands the block out. Due times come from our clock; procrastinate schedules
nothing. If all of its jobs are lost, blocks that nobody takes are handed out anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import procrastinate
import sqlalchemy as sa
from procrastinate.jobs import Status

from sdp.errors import OutboxUnavailableError
from sdp.outbox.engines import Idle
from sdp.outbox.locks import AdvisoryLock, hold_alone

if TYPE_CHECKING:
    import threading

    from sqlalchemy import Connection

    from sdp.outbox.database import Database
    from sdp.outbox.engines import Dispatcher
    from sdp.outbox.worker import Worker

_log = logging.getLogger("sdp.outbox")

_QUEUE: Final = "sdp-outbox"
_TASK: Final = "sdp.outbox.send_block"
_OUTAGE_SECONDS: Final = 1.0
_POLL_SECONDS: Final = 1.0
_STALLED_SECONDS: Final = 60.0


def make_tables(database: Database) -> bool:
    """Make procrastinate's tables where there are none; tell whether they were made."""
    with database.write() as connection:
        hold_alone(connection, AdvisoryLock.MAKE_JOBS)
        if sa.inspect(connection).has_table("procrastinate_jobs"):
            return False
        schema = procrastinate.schema.SchemaManager.get_schema()
        cursor = connection.connection.cursor()
        cursor.execute(schema)  # many statements, which only the driver takes together
        return True


def enqueue(connection: Connection, block: int) -> None:
    """Enqueue the job of a block, in the transaction that hands it out."""
    app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())
    deferrer = app.configure_task(
        _TASK, queue=_QUEUE, connection=connection.connection.driver_connection
    )
    deferrer.defer(block=block)


@dataclass(slots=True)
class Procrastinating:
    """Runs a worker of procrastinate, with the dispatcher and the sweep beside it."""

    dispatcher: Dispatcher
    worker: Worker
    database: Database

    def run(self, stop: threading.Event) -> None:
        """Run until told to stop, and wait out a database that does not answer."""
        while not stop.is_set():
            try:
                asyncio.run(self._run(stop))
            except (OutboxUnavailableError, procrastinate.exceptions.ConnectorException) as error:
                _log.warning("the engine is started again: %s", type(error).__name__)
                stop.wait(_OUTAGE_SECONDS)

    async def _run(self, stop: threading.Event) -> None:
        app = procrastinate.App(connector=self._connector())

        @app.task(name=_TASK, queue=_QUEUE)
        def send_block(block: int) -> None:
            self.worker.send_block(block)

        async with app.open_async():
            parts = [
                asyncio.create_task(
                    app.run_worker_async(
                        queues=[_QUEUE],
                        concurrency=1,
                        wait=True,
                        fetch_job_polling_interval=_POLL_SECONDS,
                        install_signal_handlers=False,
                        delete_jobs="always",
                        listen_notify=True,
                    )
                ),
                asyncio.create_task(self._dispatch(stop)),
                asyncio.create_task(self._sweep(app)),
            ]
            try:
                done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
                for each in done:
                    each.result()
            finally:
                for each in parts:
                    each.cancel()
                for each in parts:
                    with contextlib.suppress(asyncio.CancelledError, Exception):
                        await each

    async def _dispatch(self, stop: threading.Event) -> None:
        idle = Idle()
        while not stop.is_set():
            made = await asyncio.to_thread(self._step)
            await asyncio.to_thread(stop.wait, idle.after(found=bool(made)))

    def _step(self) -> list[int]:
        return self.dispatcher.step()

    async def _sweep(self, app: procrastinate.App) -> None:
        """Delete the jobs of workers that are gone: our own sweep hands their blocks out anew."""
        while True:
            await asyncio.sleep(_STALLED_SECONDS / 2)
            manager = app.job_manager
            stalled = await manager.get_stalled_jobs(
                queue=_QUEUE, seconds_since_heartbeat=_STALLED_SECONDS
            )
            for job in stalled:
                await manager.finish_job(job, status=Status.FAILED, delete_job=True)
            await manager.prune_stalled_workers(_STALLED_SECONDS)

    def _connector(self) -> Any:
        url = self.database.engine.url.set(drivername="postgresql")
        return procrastinate.PsycopgConnector(
            conninfo=url.render_as_string(hide_password=False), min_size=1, max_size=3
        )
