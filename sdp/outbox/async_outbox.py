"""The same outbox for asyncio: every method runs on a thread, and none blocks the event loop."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn, Self

from sdp.errors import not_picklable
from sdp.outbox.outbox import Outbox, now_utc

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
    from datetime import datetime, time

    from sdp.config import ClientConfig
    from sdp.domain import Brev
    from sdp.outbox.campaigns import Kampanje
    from sdp.outbox.database import Database
    from sdp.outbox.dry_run import Overslag
    from sdp.outbox.overdue import Oppfolging
    from sdp.outbox.putting import Innlegg, Lagt
    from sdp.outbox.retention import Slettet
    from sdp.outbox.sender import Sender
    from sdp.outbox.settings import OutboxSettings
    from sdp.outbox.states import Tilstand
    from sdp.outbox.views import Avvik, Historikk, Mottatt, Post, Status
    from sdp.prices import PriceList

_BATCH = 1000


class AsyncOutbox:
    """`Outbox` for asyncio, with the same methods and errors. Close it when done.

    Make one with `await AsyncOutbox.open(...)`; `async with` closes it. A `run` that is cancelled
    settles what is under way, and then ends.
    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    @classmethod
    async def open(
        cls,
        address: str | os.PathLike[str],
        config: ClientConfig | None = None,
        *,
        settings: OutboxSettings | None = None,
        clock: Callable[[], datetime] = now_utc,
        sender: Sender | None = None,
    ) -> Self:
        """Open an outbox. See `Outbox.open`."""
        opened = await asyncio.to_thread(
            Outbox.open, address, config, settings=settings, clock=clock, sender=sender
        )
        return cls(opened)

    @property
    def database(self) -> Database:
        """The database, for what shows it."""
        return self._outbox.database

    def now(self) -> datetime:
        """Tell the time by the clock of the outbox."""
        return self._outbox.now()

    async def put(
        self,
        nokkel: str,
        personidentifikator: str,
        brev: Brev,
        *,
        kampanje: str | None = None,
        connection: object | None = None,
    ) -> Post:
        """Store a letter. See `Outbox.put`.

        A `connection` is one that is not asynchronous; nobody else may use it meanwhile.
        """
        return await asyncio.to_thread(
            self._outbox.put,
            nokkel,
            personidentifikator,
            brev,
            kampanje=kampanje,
            connection=connection,
        )

    async def put_many(
        self, letters: Iterable[Innlegg] | AsyncIterable[Innlegg], *, kampanje: str | None = None
    ) -> Lagt:
        """Store any number of letters. See `Outbox.put_many`."""
        if not hasattr(letters, "__aiter__"):
            return await asyncio.to_thread(self._outbox.put_many, letters, kampanje=kampanje)
        total = await asyncio.to_thread(self._outbox.put_many, (), kampanje=kampanje)
        batch: list[Innlegg] = []
        async for each in letters:
            batch.append(each)
            if len(batch) == _BATCH:
                total += await asyncio.to_thread(self._outbox.put_many, batch, kampanje=kampanje)
                batch = []
        return total + await asyncio.to_thread(self._outbox.put_many, batch, kampanje=kampanje)

    async def run(
        self,
        *,
        until_empty: bool = False,
        wait: timedelta | float = timedelta(minutes=10),
        on_overdue: Callable[[Post], None] | None = None,
        on_stuck: Callable[[Oppfolging], None] | None = None,
    ) -> Status:
        """Send letters and fetch receipts. See `Outbox.run`. What it calls runs on a thread."""
        running = asyncio.ensure_future(
            asyncio.to_thread(
                self._outbox.run,
                until_empty=until_empty,
                wait=wait,
                on_overdue=on_overdue,
                on_stuck=on_stuck,
            )
        )
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            self._outbox.stop()
            await asyncio.wait([running])
            raise

    def stop(self) -> None:
        """Let every `run` return when what is under way has been settled."""
        self._outbox.stop()

    async def dry_run(
        self, kampanje: str | None = None, *, prices: PriceList | None = None
    ) -> Overslag:
        """Tell how the letters that wait would go. See `Outbox.dry_run`."""
        return await asyncio.to_thread(self._outbox.dry_run, kampanje, prices=prices)

    async def status(self, kampanje: str | None = None) -> Status:
        """Count letters. See `Outbox.status`."""
        return await asyncio.to_thread(self._outbox.status, kampanje)

    async def openmetrics(self) -> str:
        """Write the metrics of all letters. See `Outbox.openmetrics`."""
        return await asyncio.to_thread(self._outbox.openmetrics)

    def letters(
        self,
        *,
        tilstand: Tilstand | None = None,
        kampanje: str | None = None,
        overdue: bool = False,
        personidentifikator: str | None = None,
    ) -> AsyncIterator[Post]:
        """Yield letters. See `Outbox.letters`."""
        return _on_thread(
            self._outbox.letters(
                tilstand=tilstand,
                kampanje=kampanje,
                overdue=overdue,
                personidentifikator=personidentifikator,
            )
        )

    def overdue(self) -> AsyncIterator[Post]:
        """Yield letters that have no levering after their deadline. See `Outbox.overdue`."""
        return self.letters(overdue=True)

    async def stuck(self, *, untold: bool = False, most: int | None = None) -> list[Oppfolging]:
        """Return the matters that are stuck. See `Outbox.stuck`."""
        return await asyncio.to_thread(self._outbox.stuck, untold=untold, most=most)

    async def post(self, nokkel: str) -> Post:
        """Return one letter by its key. See `Outbox.post`."""
        return await asyncio.to_thread(self._outbox.post, nokkel)

    async def show(self, nokkel: str) -> Historikk:
        """Return one letter with its whole history. See `Outbox.show`."""
        return await asyncio.to_thread(self._outbox.show, nokkel)

    async def dossier(self, nokkel: str) -> bytes:
        """Return the evidence of one letter. See `Outbox.dossier`."""
        return await asyncio.to_thread(self._outbox.dossier, nokkel)

    async def receipts(self, nokkel: str | None = None) -> list[Mottatt]:
        """Return the receipts of a letter, or all. See `Outbox.receipts`."""
        return await asyncio.to_thread(lambda: list(self._outbox.receipts(nokkel)))

    async def kept_aside(self) -> list[Avvik]:
        """Return what could not be read or trusted. See `Outbox.kept_aside`."""
        return await asyncio.to_thread(self._outbox.kept_aside)

    async def campaign(
        self,
        navn: str,
        *,
        start: datetime | None = None,
        per_minutt: int | None = None,
        stille: tuple[time, time] | None = None,
        prioritet: int = 0,
    ) -> Kampanje:
        """Make a campaign, or set it anew. See `Outbox.campaign`."""
        return await asyncio.to_thread(
            self._outbox.campaign,
            navn,
            start=start,
            per_minutt=per_minutt,
            stille=stille,
            prioritet=prioritet,
        )

    async def campaigns(self) -> list[Kampanje]:
        """Return every campaign. See `Outbox.campaigns`."""
        return await asyncio.to_thread(self._outbox.campaigns)

    async def print_unread(
        self, kampanje: str, days: int | None, *, reason: str | None = None, hvem: str | None = None
    ) -> Kampanje:
        """Let unread letters go to print. See `Outbox.print_unread`."""
        return await asyncio.to_thread(
            self._outbox.print_unread, kampanje, days, reason=reason, hvem=hvem
        )

    async def seen_to(self, nokkel: str, *, hvem: str | None = None) -> None:
        """Note that a person has seen to a letter. See `Outbox.seen_to`."""
        await asyncio.to_thread(self._outbox.seen_to, nokkel, hvem=hvem)

    async def pause(self, kampanje: str, *, hvem: str | None = None) -> None:
        """Hold a campaign back. See `Outbox.pause`."""
        await asyncio.to_thread(self._outbox.pause, kampanje, hvem=hvem)

    async def resume(self, kampanje: str, *, hvem: str | None = None) -> None:
        """Let a campaign go on. See `Outbox.resume`."""
        await asyncio.to_thread(self._outbox.resume, kampanje, hvem=hvem)

    async def cancel(
        self, nokkel: str | None = None, *, kampanje: str | None = None, hvem: str | None = None
    ) -> int:
        """Cancel a letter or a campaign. See `Outbox.cancel`."""
        return await asyncio.to_thread(self._outbox.cancel, nokkel, kampanje=kampanje, hvem=hvem)

    async def retry(self, nokkel: str, *, hvem: str | None = None) -> Post:
        """Try a letter again. See `Outbox.retry`."""
        return await asyncio.to_thread(self._outbox.retry, nokkel, hvem=hvem)

    async def give_up(self, nokkel: str, *, hvem: str | None = None) -> Post:
        """Give a letter up. See `Outbox.give_up`."""
        return await asyncio.to_thread(self._outbox.give_up, nokkel, hvem=hvem)

    async def purge(self, older_than: timedelta | None = None) -> Slettet:
        """Delete what is private and old. See `Outbox.purge`."""
        return await asyncio.to_thread(self._outbox.purge, older_than)

    async def close(self) -> None:
        """Let every `run` end, and close the connections."""
        await asyncio.to_thread(self._outbox.close)

    def __reduce__(self) -> NoReturn:
        raise not_picklable(
            "an AsyncOutbox, which holds connections to its database",
            "open one in each process, with the same address",
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def _on_thread(letters: Iterator[Post]) -> AsyncIterator[Post]:
    while (page := await asyncio.to_thread(next, letters, None)) is not None:
        yield page
