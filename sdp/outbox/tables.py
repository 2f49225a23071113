"""The tables of the outbox, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Dialect

HEAD: Final = "0005"
"""The version of the schema that this code reads and writes."""

ENCRYPTS_SINCE: Final = "0003"
"""The first version whose workers know that what is private may be encrypted."""

UNREAD_SINCE: Final = "0005"
"""The first version whose workers know that a letter may be for print in place of another."""

WITHOUT_CAMPAIGN: Final = 1
"""The campaign of letters that belong to none; it has no name."""


class Instant(sa.TypeDecorator[datetime]):
    """A moment: with its time zone on PostgreSQL, and in UTC on SQLite."""

    impl: sa.DateTime = sa.DateTime(timezone=True)
    cache_ok: bool | None = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], object] | None:
        """Store the moment in UTC."""
        return _to_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(
        self,
        dialect: Dialect,
        coltype: object,  # noqa: ARG002 - the seam has it
    ) -> Callable[[Any], datetime | None]:
        """Give the moment back in UTC, aware."""
        return _from_text if dialect.name == "sqlite" else _in_utc


def _to_text(moment: datetime | None) -> str | None:
    """Write a moment as SQLAlchemy does, in a fifth of the time: a letter has a dozen of them."""
    if moment is None:
        return None
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return in_utc.isoformat(" ", "microseconds").removesuffix("+00:00")


def _from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def _in_utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


_Id = BigInteger().with_variant(Integer, "sqlite")

metadata: sa.MetaData = sa.MetaData()

lager: Table = Table(
    "lager",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("versjon", String(10), nullable=False),
    Column("eldste", String(10), nullable=False),
    Column("nokkel", String(16)),
    Column("forrige", String(16)),
)
"""One row about the outbox as a whole.

`eldste` is the oldest version of the schema whose code may still work on version `versjon`; every
migration writes both, and one that does not lets no older code work. `nokkel` is the id of
the key that everything is encrypted with; `forrige` is the one before, while something is left
under it, and an empty text while something is left that is not encrypted.
"""

kampanje: Table = Table(
    "kampanje",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("navn", String(100), nullable=False, unique=True),
    Column("opprettet", Instant, nullable=False),
    Column("start", Instant),
    Column("per_minutt", Integer),
    Column("stille_fra", String(5)),
    Column("stille_til", String(5)),
    Column("prioritet", Integer, nullable=False, server_default="0"),
    Column("pauset", Instant),
    Column("avbrutt", Instant),
    Column("neste", Instant),
    Column("ulest_dager", Integer),
    Column("ulest_grunn", sa.Text),
)
"""Campaigns. `neste` is the earliest moment of the next letter where a rate is set. A letter that
is unread after `ulest_dager` goes to print, and `ulest_grunn` is why its opening is watched."""

dokument: Table = Table(
    "dokument",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("stoerrelse", BigInteger, nullable=False),
    Column("innhold", LargeBinary, nullable=False),
    Column("nokkel_id", String(16)),
)
"""Documents that are kept inside, once each, by their SHA-256, or its HMAC where encrypted."""

arbeider: Table = Table(
    "arbeider",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("startet", Instant, nullable=False),
    Column("sett", Instant, nullable=False),
    Column("skjema", String(10)),
)
"""Workers that have run. Whether one is alive is told by a lock that its process holds."""

blokk: Table = Table(
    "blokk",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("tildelt", Instant, nullable=False),
    Column("arbeider_id", _Id),
    Column("leie_til", Instant),
)
"""Blocks of letters that are looked up and sent together. A block is leased to one worker."""

brev: Table = Table(
    "brev",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("kampanje_id", ForeignKey("kampanje.id"), nullable=False),
    Column("nokkel", String(255), nullable=False, unique=True),
    Column("meldings_id", String(36), nullable=False, unique=True),
    Column("konversasjons_id", String(36), nullable=False, unique=True),
    Column("utgave", Integer, nullable=False, server_default="1"),
    Column("person", sa.Text),
    Column("innhold", sa.Text),
    Column("rang", Integer, nullable=False),
    Column("tilstand", String(10), nullable=False),
    Column("forsok", Integer, nullable=False, server_default="0"),
    Column("ukjente", Integer, nullable=False, server_default="0"),
    Column("utsatt", Integer, nullable=False, server_default="0"),
    Column("opprettet", Instant, nullable=False),
    Column("klar_fra", Instant, nullable=False),
    Column("ukjent_siden", Instant),
    Column("blokk_id", _Id),
    Column("rute", String(20)),
    Column("rutegrunn", sa.Text),
    Column("regel", sa.Text),
    Column("oppslag", Instant),
    Column("mottaker", String(9)),
    Column("varsler", sa.Text),
    Column("grunn", sa.Text),
    Column("transport_id", sa.Text),
    Column("fingeravtrykk", String(64)),
    Column("betalbare_bytes", BigInteger),
    Column("sendt", Instant),
    Column("levert", Instant),
    Column("frist", Instant),
    Column("forfalt", Instant),
    Column("avsluttet", Instant),
    Column("aapnet", Instant),
    Column("ulest_avgjort", Instant),
    Column("erstatter_id", _Id),
    Column("wire", String(10)),
    Index(
        "ix_brev_erstatter",
        "erstatter_id",
        unique=True,
        sqlite_where=sa.text("erstatter_id IS NOT NULL"),
        postgresql_where=sa.text("erstatter_id IS NOT NULL"),
    ),
    Index(
        "ix_brev_ulest",
        "ulest_avgjort",
        sqlite_where=sa.text("ulest_avgjort IS NOT NULL"),
        postgresql_where=sa.text("ulest_avgjort IS NOT NULL"),
    ),
    Index(
        "ix_brev_mottaker",
        "mottaker",
        "levert",
        sqlite_where=sa.text("levert IS NOT NULL"),
        postgresql_where=sa.text("levert IS NOT NULL"),
    ),
    Column("nokkel_id", String(16)),
    Column("soek", String(64)),
    Column("dokumenter", sa.Text),
    Index("ix_brev_tilstand", "tilstand", "kampanje_id"),
    Index("ix_brev_blokk", "blokk_id"),
    Index("ix_brev_sendt", "sendt"),
    Index(
        "ix_brev_frist",
        "frist",
        sqlite_where=sa.text("tilstand = 'sendt'"),
        postgresql_where=sa.text("tilstand = 'sendt'"),
    ),
    Index(
        "ix_brev_avsluttet",
        "avsluttet",
        sqlite_where=sa.text("innhold IS NOT NULL"),
        postgresql_where=sa.text("innhold IS NOT NULL"),
    ),
    Index(
        "ix_brev_venter",
        "kampanje_id",
        "rang",
        "klar_fra",
        "id",
        sqlite_where=sa.text("blokk_id IS NULL AND tilstand IN ('klar', 'ukjent')"),
        postgresql_where=sa.text("blokk_id IS NULL AND tilstand IN ('klar', 'ukjent')"),
    ),
    Index(
        "ix_brev_soek",
        "soek",
        sqlite_where=sa.text("soek IS NOT NULL"),
        postgresql_where=sa.text("soek IS NOT NULL"),
    ),
)
"""Letters. The ids are fixed when a letter is put; `person` and `innhold` go when it is purged.

`erstatter_id` is the letter in whose place one is printed: no letter has two. `ulest_avgjort` is
when it was decided what becomes of a letter that was not read.

With `nokkel_id`, the values of `person`, `innhold` and `dokumenter` are encrypted under the key of
that id, and `soek` is what the person is found by.
"""

brev_dokument: Table = Table(
    "brev_dokument",
    metadata,
    Column("brev_id", ForeignKey("brev.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", ForeignKey("dokument.digest"), primary_key=True),
    Index("ix_brev_dokument_digest", "digest"),
)
"""Links from letters to the documents that they need."""

forsok: Table = Table(
    "forsok",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("brev_id", ForeignKey("brev.id"), nullable=False),
    Column("nr", Integer, nullable=False),
    Column("meldings_id", String(36), nullable=False),
    Column("arbeider_id", _Id),
    Column("ferdig", Instant, nullable=False),
    Column("utfall", String(20), nullable=False),
    Column("feil", sa.Text),
    Index("ix_forsok_brev", "brev_id"),
)
"""Attempts that have ended, and how. Append only."""

hendelse: Table = Table(
    "hendelse",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("brev_id", ForeignKey("brev.id")),
    Column("kampanje_id", ForeignKey("kampanje.id")),
    Column("tid", Instant, nullable=False),
    Column("fra", String(10)),
    Column("til", String(10)),
    Column("aarsak", String(24), nullable=False),
    Column("detalj", sa.Text),
    Index("ix_hendelse_brev", "brev_id"),
)
"""Every transition, with its time and cause. Append only."""

kvittering: Table = Table(
    "kvittering",
    metadata,
    Column("meldings_id", String(255), primary_key=True),
    Column("brev_id", ForeignKey("brev.id")),
    Column("utgave", Integer),
    Column("konversasjons_id", String(255), nullable=False),
    Column("slag", String(20), nullable=False),
    Column("tidspunkt", Instant, nullable=False),
    Column("avsender", String(9), nullable=False),
    Column("raa", LargeBinary, nullable=False),
    Column("mottatt", Instant, nullable=False),
    Column("bekreftet", Instant),
    Column("bevis", String(64)),
    Index("ix_kvittering_brev", "brev_id"),
)
"""Receipts as they were signed. `bekreftet` is when the broker was told that it is stored."""

bevis: Table = Table(
    "bevis",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("innhold", sa.Text, nullable=False),
)
"""Certificates and revocation answers that receipts were verified with, by their SHA-256."""

avvik: Table = Table(
    "avvik",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("tid", Instant, nullable=False),
    Column("sist", Instant, nullable=False),
    Column("ganger", Integer, nullable=False),
    Column("message_id", sa.Text),
    Column("slag", String(40), nullable=False),
    Column("grunn", sa.Text, nullable=False),
    Column("raa", LargeBinary, nullable=False),
)
"""Answers that could not be read or trusted as receipts, set aside."""

oppfolging: Table = Table(
    "oppfolging",
    metadata,
    Column("slag", String(20), primary_key=True),
    Column("gjelder", String(64), primary_key=True),
    Column("tid", Instant, nullable=False),
)
"""Matters that somebody has been told of, so that a restart does not tell of them again."""

ko: Table = Table(
    "ko",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("prioritet", String(20), nullable=False),
    Column("mpc_id", String(64), nullable=False),
    Column("avsender", String(100), nullable=False),
    Column("arbeider_id", _Id),
    Column("leie_til", Instant),
    sa.UniqueConstraint("prioritet", "mpc_id", "avsender"),
)
"""Queues that receipts come in. Each has one poller, by lease."""

brems: Table = Table(
    "brems",
    metadata,
    Column("wire", String(10), primary_key=True),
    Column("til", Instant, nullable=False),
    Column("paa_rad", Integer, nullable=False),
    Column("grunn", sa.Text, nullable=False),
)
"""The brake of each wire, shared by all workers: nothing is sent before `til`."""


def upsert(dialect: str, table: Table) -> Any:
    """Return an insert that knows `on_conflict_do_nothing`, in the words of a dialect."""
    words = sqlite if dialect == "sqlite" else postgresql
    return words.insert(table)
