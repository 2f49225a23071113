"""The outbox as one object: put letters, send them, and see what became of them.

What sends, and what writes dossiers, is imported by the methods that do it: a look at an outbox
need not wait for them.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, NoReturn, Self

from sdp.errors import not_picklable
from sdp.outbox import campaigns, decisions, overdue, putting, retention, unread, views
from sdp.outbox.borrowed import in_callers_transaction
from sdp.outbox.database import patiently
from sdp.outbox.migrating import ready
from sdp.outbox.openmetrics import openmetrics
from sdp.outbox.settings import OutboxSettings

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator

    from sdp.config import ClientConfig
    from sdp.domain import Brev
    from sdp.outbox.campaigns import Kampanje
    from sdp.outbox.database import Database
    from sdp.outbox.dry_run import Overslag
    from sdp.outbox.overdue import Oppfolging
    from sdp.outbox.putting import Innlegg, Lagt
    from sdp.outbox.retention import Slettet
    from sdp.outbox.sender import Sender
    from sdp.outbox.states import Tilstand
    from sdp.outbox.views import Avvik, Historikk, Mottatt, Post, Status
    from sdp.prices import PriceList

_TEN_MINUTES = timedelta(minutes=10)


def now_utc() -> datetime:
    """Tell the time by the clock of the machine."""
    return datetime.now(UTC)


class Outbox:
    """Letters that are sent for certain: durable when they are put, and never sent twice.

    Make one with `open`, and close it when done; `with` does both. Safe to share between threads.
    Any number of processes may have the same outbox open; on SQLite those of one machine.

    ```python
    with sdp.Outbox.open("post.db", config) as outbox:
        outbox.put("sak-4711", fnr, brev)
        outbox.run(until_empty=True)
        print(outbox.status())
    ```
    """

    def __init__(
        self,
        database: Database,
        config: ClientConfig | None,
        sender: Sender | None,
        settings: OutboxSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._config = config
        self._sender = sender
        self._settings = settings
        self._clock = clock
        self._stops = set[threading.Event]()

    @classmethod
    def open(
        cls,
        address: str | os.PathLike[str],
        config: ClientConfig | None = None,
        *,
        settings: OutboxSettings | None = None,
        clock: Callable[[], datetime] = now_utc,
        sender: Sender | None = None,
    ) -> Self:
        """Open an outbox: a file of SQLite, which is made where it is not there, or PostgreSQL.

        Args:
            address: a path, or an address like `postgresql://user@host/database`.
            config: where to send, and who is sending. Needed to send, and for nothing else.
            settings: how it works; None takes the defaults.
            clock: returns the current time, in UTC.
            sender: sends in place of a client of `config`; for tests.

        Raises:
            ConfigurationError: the address is no such, or the extra is not installed.
            OutboxUnavailableError: the database does not answer.
            OutboxSchemaError: PostgreSQL has no outbox or one of another version (run
                `sdp outbox migrate`), or the file is of a newer version of this library.
            OutboxKeyError: it is encrypted, and the key is missing or another one; or a key was
                given for one with letters that is not encrypted (`sdp.outbox.rotate_key` does it).
        """
        settings = settings or OutboxSettings()
        database = ready(address, settings.key)
        return cls(database, config, sender, settings, clock)

    @property
    def database(self) -> Database:
        """The database, for what shows it."""
        return self._database

    def now(self) -> datetime:
        """Tell the time by the clock of the outbox."""
        return self._clock()

    def put(
        self,
        nokkel: str,
        personidentifikator: str,
        brev: Brev,
        *,
        kampanje: str | None = None,
        connection: object | None = None,
    ) -> Post:
        """Store a letter. It is durable when this returns, and sent by whoever runs the outbox.

        The same key again is no second letter: what was put first stays, and is returned. The ids
        of the letter are fixed now. They are those of `brev`, unless another letter has them: one
        `Brev` may be put for many people, under a key each.

        Args:
            nokkel: the caller's own key; 1 to 255 characters.
            personidentifikator: to whom.
            brev: the letter. Its documents are read now.
            kampanje: the campaign it belongs to; it is made where there is none of the name.
            connection: a connection to the same PostgreSQL database, of psycopg or SQLAlchemy,
                whose transaction the letter becomes part of. The caller commits it.

        Raises:
            InvalidInputError: naming each field that breaks a rule.
            DocumentError: a document cannot be read.
            OutboxError: the campaign was cancelled.
            OutboxUnavailableError: nothing was stored; put again, under the same key.
        """
        letters = [(nokkel, personidentifikator, brev)]
        [ferdig] = putting.prepared(letters, outside=self._settings.documents_outside)
        if connection is not None:
            with in_callers_transaction(self._database, connection) as borrowed:
                putting.store(borrowed, ferdig, kampanje, self._clock(), self._database.vault)
                return views.find_post(borrowed, nokkel)
        putting.store_at_last(self._database, ferdig, kampanje, self._clock)
        return self.post(nokkel)

    def put_many(self, letters: Iterable[Innlegg], *, kampanje: str | None = None) -> Lagt:
        """Store any number of letters, up to 1000 in each transaction.

        After an error or a crash, put all of them again: those that were stored are known by their
        keys.

        Args:
            letters: a key, a personidentifikator and a `Brev` for each; read as they are stored.
            kampanje: the campaign they belong to.

        Returns:
            How many are new, and how many were known already.

        Raises:
            SdpError: as for `put`; the letters before the batch in which it arose are stored.
        """
        total = putting.Lagt()
        for ferdig in putting.prepared(letters, outside=self._settings.documents_outside):
            total += putting.store_at_last(self._database, ferdig, kampanje, self._clock)
        return total

    def run(
        self,
        *,
        until_empty: bool = False,
        wait: timedelta | float = _TEN_MINUTES,
        on_overdue: Callable[[Post], None] | None = None,
        on_stuck: Callable[[Oppfolging], None] | None = None,
    ) -> Status:
        """Send letters and fetch receipts: for ever, or until there is nothing left to do.

        Run it in as many processes and on as many machines as wanted. What was under way when one
        of them died is sent again with the same ids.

        Args:
            until_empty: return when nothing is left to send and every sent letter has its levering;
                letters of paused campaigns are not waited for.
            wait: with `until_empty`, return all the same when nothing has moved for so long; a
                timedelta, or seconds.
            on_overdue: called once with each letter whose levering has not come by its deadline.
            on_stuck: called once with each matter that is stuck, such letters among them.

        Returns:
            How far all letters have come.

        Raises:
            ConfigurationError: it was opened without a configuration.
            SdpError: with `until_empty`, what keeps every letter from being sent, such as a
                certificate that has expired. No letter is refused for it.
            OutboxUnavailableError: with `until_empty`, the database has not answered for `wait`.
        """
        from sdp.outbox.starting import sending, started

        stop = threading.Event()
        self._stops.add(stop)
        limit = wait if isinstance(wait, timedelta) else timedelta(seconds=wait)
        try:
            with (
                sending(self._database, self._config, self._sender, self._clock) as sender,
                started(
                    self._database, sender, self._settings, self._config, self._clock, stop
                ) as running,
            ):
                running.run(
                    until_empty=until_empty, wait=limit, on_overdue=on_overdue, on_stuck=on_stuck
                )
        finally:
            self._stops.discard(stop)
        return patiently(self.status)

    def stop(self) -> None:
        """Let every `run` of this object return when what is under way has been settled."""
        for stop in tuple(self._stops):
            stop.set()

    def dry_run(self, kampanje: str | None = None, *, prices: PriceList | None = None) -> Overslag:
        """Tell how the letters that wait would go, what they are billed by, and what it costs.

        Everybody is looked up, and nothing is sent. Prices are those of `sdp.prices.PriceList`.

        Raises:
            SdpError: as for `Client.lookup`.
        """
        from sdp.outbox.dry_run import dry_run
        from sdp.outbox.starting import sending

        with sending(self._database, self._config, self._sender, self._clock) as sender:
            return dry_run(self._database, sender, kampanje, prices)

    def status(self, kampanje: str | None = None) -> Status:
        """Count the letters of a campaign in each state, or all letters.

        Raises:
            OutboxError: there is no campaign of that name.
        """
        with self._database.read() as connection:
            return views.status(connection, kampanje, self._clock())

    def openmetrics(self) -> str:
        """Write the metrics of all letters as OpenMetrics text; no label is private."""
        with self._database.read() as connection:
            return openmetrics(connection, self._clock(), self._settings.slow)

    def letters(
        self,
        *,
        tilstand: Tilstand | None = None,
        kampanje: str | None = None,
        overdue: bool = False,
        personidentifikator: str | None = None,
    ) -> Iterator[Post]:
        """Yield letters in the order they were put; those of a state or a campaign if named.

        Args:
            tilstand: only those in this state.
            kampanje: only those of this campaign.
            overdue: only those without a levering after their deadline.
            personidentifikator: only those to this person; what has been purged is not found.
        """
        return views.letters(
            self._database,
            tilstand=tilstand,
            navn=kampanje,
            overdue_at=self._clock() if overdue else None,
            personidentifikator=personidentifikator,
        )

    def overdue(self) -> Iterator[Post]:
        """Yield letters that have no levering after their deadline."""
        return self.letters(overdue=True)

    def stuck(self, *, untold: bool = False, most: int | None = None) -> list[Oppfolging]:
        """Return the matters that are stuck, each with what to do.

        Args:
            untold: only those that neither this nor a running worker has told of before; they are
                noted as told.
            most: no more than this of each kind; None is all.
        """
        if untold:
            with self._database.write() as connection:
                return overdue.newly_stuck(connection, self._clock(), self._settings.slow)
        with self._database.read() as connection:
            return list(overdue.stuck(connection, self._clock(), self._settings.slow, most))

    def post(self, nokkel: str) -> Post:
        """Return one letter by its key.

        Raises:
            OutboxError: there is none.
        """
        with self._database.read() as connection:
            return views.find_post(connection, nokkel)

    def show(self, nokkel: str) -> Historikk:
        """Return one letter with its whole history: transitions, attempts and receipts.

        Raises:
            OutboxError: there is none with that key.
        """
        with self._database.read() as connection:
            return views.history(connection, nokkel)

    def dossier(self, nokkel: str) -> bytes:
        """Return the evidence of one letter as a ZIP file; `sdp.verify_dossier` verifies it.

        Opened with a configuration that names an identity, the sender signs it.

        Raises:
            OutboxError: there is none with that key.
            IdentityError: the sender's key cannot be used.
        """
        from sdp.outbox import evidence

        return evidence.signed_dossier(self._database, nokkel, self._config, self._clock())

    def receipts(self, nokkel: str | None = None) -> Iterator[Mottatt]:
        """Yield the receipts of a letter, or all, as they were signed."""
        with self._database.read(streaming=True) as connection:
            yield from views.receipts(connection, nokkel=nokkel)

    def kept_aside(self) -> list[Avvik]:
        """Return what came in place of receipts and could not be read or trusted."""
        with self._database.read() as connection:
            return views.kept_aside(connection)

    def campaign(
        self,
        navn: str,
        *,
        start: datetime | None = None,
        per_minutt: int | None = None,
        stille: tuple[time, time] | None = None,
        prioritet: int = 0,
    ) -> Kampanje:
        """Make a campaign, or set anew what holds its letters back.

        Args:
            navn: 1 to 100 characters.
            start: nothing is sent before it. Without a time zone, it is by the clocks in Oslo.
            per_minutt: the most letters in a minute.
            stille: from when to when in Oslo nothing is sent, such as `(time(21), time(7))`.
            prioritet: campaigns with a higher one come first.

        Raises:
            InvalidInputError: naming each value that breaks a rule.
            OutboxError: it was cancelled.
        """
        with self._database.write() as connection:
            return campaigns.settle_on(
                connection,
                navn,
                self._clock(),
                start=start,
                per_minutt=per_minutt,
                stille=stille,
                prioritet=prioritet,
            )

    def campaigns(self) -> list[Kampanje]:
        """Return every campaign, the most important first."""
        with self._database.read() as connection:
            return [each for each in campaigns.all_campaigns(connection) if each.navn]

    def print_unread(
        self, kampanje: str, days: int | None, *, reason: str | None = None, hvem: str | None = None
    ) -> Kampanje:
        """Let a digital letter go to print, once, that is not opened within so many days.

        So does one whose notice could not be sent, and one that came back with a feil. Letters that
        are sent from now on ask for an opening receipt, which is priced, and felt as intrusive.

        Args:
            kampanje: the campaign; it is made where there is none of the name.
            days: 1 to 365, from the day it is available; None ends it.
            reason: why openings are asked for, 10 characters or more; kept with every letter.
            hvem: who decided.

        Raises:
            InvalidInputError: naming each value that breaks a rule.
            OutboxError: the campaign was cancelled, or a worker of an older version is at work.
        """
        return unread.settle_rule(self._database, kampanje, days, reason, self._clock(), hvem=hvem)

    def seen_to(self, nokkel: str, *, hvem: str | None = None) -> None:
        """Note that a person has seen to an unread letter that could not be printed.

        Raises:
            OutboxError: there is no such letter, or it needs nobody.
        """
        with self._database.write() as connection:
            unread.see_to(connection, nokkel, self._clock(), hvem=hvem)

    def pause(self, kampanje: str, *, hvem: str | None = None) -> None:
        """Hold the letters of a campaign back. Those on their way this moment are not stopped.

        `hvem`, here and below, says who decided, and why; it is kept in the history.

        Raises:
            OutboxError: there is no campaign of that name.
        """
        with self._database.write() as connection:
            campaigns.pause(connection, kampanje, self._clock(), hvem=hvem)

    def resume(self, kampanje: str, *, hvem: str | None = None) -> None:
        """Let the letters of a paused campaign go on.

        Raises:
            OutboxError: there is no campaign of that name, or it was cancelled.
        """
        with self._database.write() as connection:
            campaigns.resume(connection, kampanje, self._clock(), hvem=hvem)

    def cancel(
        self, nokkel: str | None = None, *, kampanje: str | None = None, hvem: str | None = None
    ) -> int:
        """Cancel one letter by its key, or a whole campaign: what has certainly not been sent.

        Returns:
            How many letters were cancelled.

        Raises:
            OutboxError: the letter may have been sent already, or there is none.
        """
        if (nokkel is None) == (kampanje is None):
            raise TypeError("cancel takes either a key or a campaign")
        with self._database.write() as connection:
            if kampanje is not None:
                return campaigns.cancel(connection, kampanje, self._clock(), hvem=hvem)
            assert nokkel is not None  # noqa: S101 - said above
            decisions.cancel(connection, nokkel, self._clock(), hvem=hvem)
            return 1

    def retry(self, nokkel: str, *, hvem: str | None = None) -> Post:
        """Try a letter again that was refused, has failed or is unsettled.

        One that was refused or is unsettled keeps its ids. One that failed after it was accepted
        gets a new meldings_id, since it is a new message.

        Raises:
            OutboxError: it is in another state, or its content has been purged.
        """
        with self._database.write() as connection:
            decisions.retry(connection, nokkel, self._clock(), hvem=hvem)
            return views.find_post(connection, nokkel)

    def give_up(self, nokkel: str, *, hvem: str | None = None) -> Post:
        """Give up a letter that may or may not have arrived. A receipt still counts if it comes.

        Raises:
            OutboxError: it is in another state.
        """
        with self._database.write() as connection:
            decisions.give_up(connection, nokkel, self._clock(), hvem=hvem)
            return views.find_post(connection, nokkel)

    def purge(self, older_than: timedelta | None = None) -> Slettet:
        """Delete person and documents of letters that ended long ago; ids and receipts stay.

        Args:
            older_than: how long ago; None takes `kept_for` of the settings.
        """
        kept_for = self._settings.kept_for if older_than is None else older_than
        return retention.purge(self._database, self._clock(), kept_for)

    def close(self) -> None:
        """Let every `run` end, and close the connections."""
        self.stop()
        self._database.close()

    def __reduce__(self) -> NoReturn:
        raise not_picklable(
            "an Outbox, which holds connections to its database",
            "open one in each process, with the same address",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
