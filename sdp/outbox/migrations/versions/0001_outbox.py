"""The first schema of the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, and the row that stands for letters of no campaign."""
    op.create_table(
        "arbeider",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("startet", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sett", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "avvik",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("tid", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sist", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ganger", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("slag", sa.String(length=40), nullable=False),
        sa.Column("grunn", sa.Text(), nullable=False),
        sa.Column("raa", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "blokk",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tildelt", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "arbeider_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("leie_til", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "brems",
        sa.Column("wire", sa.String(length=10), nullable=False),
        sa.Column("til", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paa_rad", sa.Integer(), nullable=False),
        sa.Column("grunn", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("wire"),
    )
    op.create_table(
        "dokument",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("stoerrelse", sa.BigInteger(), nullable=False),
        sa.Column("innhold", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "kampanje",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("navn", sa.String(length=100), nullable=False),
        sa.Column("opprettet", sa.DateTime(timezone=True), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("per_minutt", sa.Integer(), nullable=True),
        sa.Column("stille_fra", sa.String(length=5), nullable=True),
        sa.Column("stille_til", sa.String(length=5), nullable=True),
        sa.Column("prioritet", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pauset", sa.DateTime(timezone=True), nullable=True),
        sa.Column("avbrutt", sa.DateTime(timezone=True), nullable=True),
        sa.Column("neste", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("navn"),
    )
    op.create_table(
        "ko",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("prioritet", sa.String(length=20), nullable=False),
        sa.Column("mpc_id", sa.String(length=64), nullable=False),
        sa.Column("avsender", sa.String(length=100), nullable=False),
        sa.Column(
            "arbeider_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("leie_til", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("prioritet", "mpc_id", "avsender"),
    )
    op.create_table(
        "brev",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kampanje_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("nokkel", sa.String(length=255), nullable=False),
        sa.Column("meldings_id", sa.String(length=36), nullable=False),
        sa.Column("konversasjons_id", sa.String(length=36), nullable=False),
        sa.Column("utgave", sa.Integer(), server_default="1", nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("innhold", sa.Text(), nullable=True),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("tilstand", sa.String(length=10), nullable=False),
        sa.Column("forsok", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ukjente", sa.Integer(), server_default="0", nullable=False),
        sa.Column("utsatt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opprettet", sa.DateTime(timezone=True), nullable=False),
        sa.Column("klar_fra", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ukjent_siden", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blokk_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("rute", sa.String(length=20), nullable=True),
        sa.Column("rutegrunn", sa.Text(), nullable=True),
        sa.Column("regel", sa.Text(), nullable=True),
        sa.Column("oppslag", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mottaker", sa.String(length=9), nullable=True),
        sa.Column("varsler", sa.Text(), nullable=True),
        sa.Column("grunn", sa.Text(), nullable=True),
        sa.Column("transport_id", sa.Text(), nullable=True),
        sa.Column("fingeravtrykk", sa.String(length=64), nullable=True),
        sa.Column("betalbare_bytes", sa.BigInteger(), nullable=True),
        sa.Column("sendt", sa.DateTime(timezone=True), nullable=True),
        sa.Column("levert", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frist", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forfalt", sa.DateTime(timezone=True), nullable=True),
        sa.Column("avsluttet", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["kampanje_id"],
            ["kampanje.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("konversasjons_id"),
        sa.UniqueConstraint("meldings_id"),
        sa.UniqueConstraint("nokkel"),
    )
    op.create_index(
        "ix_brev_avsluttet",
        "brev",
        ["avsluttet"],
        unique=False,
        sqlite_where=sa.text("innhold IS NOT NULL"),
        postgresql_where=sa.text("innhold IS NOT NULL"),
    )
    op.create_index("ix_brev_blokk", "brev", ["blokk_id"], unique=False)
    op.create_index(
        "ix_brev_frist",
        "brev",
        ["frist"],
        unique=False,
        sqlite_where=sa.text("tilstand = 'sendt'"),
        postgresql_where=sa.text("tilstand = 'sendt'"),
    )
    op.create_index("ix_brev_sendt", "brev", ["sendt"], unique=False)
    op.create_index("ix_brev_tilstand", "brev", ["tilstand", "kampanje_id"], unique=False)
    op.create_index(
        "ix_brev_venter",
        "brev",
        ["kampanje_id", "rang", "klar_fra", "id"],
        unique=False,
        sqlite_where=sa.text("blokk_id IS NULL AND tilstand IN ('klar', 'ukjent')"),
        postgresql_where=sa.text("blokk_id IS NULL AND tilstand IN ('klar', 'ukjent')"),
    )
    op.create_table(
        "brev_dokument",
        sa.Column("brev_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["brev_id"], ["brev.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["digest"],
            ["dokument.digest"],
        ),
        sa.PrimaryKeyConstraint("brev_id", "digest"),
    )
    op.create_index("ix_brev_dokument_digest", "brev_dokument", ["digest"], unique=False)
    op.create_table(
        "forsok",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brev_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("nr", sa.Integer(), nullable=False),
        sa.Column("meldings_id", sa.String(length=36), nullable=False),
        sa.Column(
            "arbeider_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("ferdig", sa.DateTime(timezone=True), nullable=False),
        sa.Column("utfall", sa.String(length=20), nullable=False),
        sa.Column("feil", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["brev_id"],
            ["brev.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_forsok_brev", "forsok", ["brev_id"], unique=False)
    op.create_table(
        "hendelse",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brev_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "kampanje_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("tid", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fra", sa.String(length=10), nullable=True),
        sa.Column("til", sa.String(length=10), nullable=True),
        sa.Column("aarsak", sa.String(length=24), nullable=False),
        sa.Column("detalj", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["brev_id"],
            ["brev.id"],
        ),
        sa.ForeignKeyConstraint(
            ["kampanje_id"],
            ["kampanje.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_hendelse_brev", "hendelse", ["brev_id"], unique=False)
    op.create_table(
        "kvittering",
        sa.Column("meldings_id", sa.String(length=255), nullable=False),
        sa.Column("brev_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("utgave", sa.Integer(), nullable=True),
        sa.Column("konversasjons_id", sa.String(length=255), nullable=False),
        sa.Column("slag", sa.String(length=20), nullable=False),
        sa.Column("tidspunkt", sa.DateTime(timezone=True), nullable=False),
        sa.Column("avsender", sa.String(length=9), nullable=False),
        sa.Column("raa", sa.LargeBinary(), nullable=False),
        sa.Column("mottatt", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bekreftet", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["brev_id"],
            ["brev.id"],
        ),
        sa.PrimaryKeyConstraint("meldings_id"),
    )
    op.create_index("ix_kvittering_brev", "kvittering", ["brev_id"], unique=False)
    op.execute(
        "INSERT INTO kampanje (navn, opprettet, prioritet) VALUES ('', CURRENT_TIMESTAMP, 0)"
    )
