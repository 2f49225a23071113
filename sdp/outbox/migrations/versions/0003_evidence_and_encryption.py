"""Encryption at rest, the evidence of receipts, and which versions may work side by side."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

OLDEST_AT_WORK = "0001"
"""The oldest version whose workers go on while this schema is brought in under them."""


def upgrade() -> None:
    """Add tables, columns that may be empty, and a partial index: no statement of 0001 fails."""
    op.create_table(
        "lager",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("versjon", sa.String(length=10), nullable=False),
        sa.Column("eldste", sa.String(length=10), nullable=False),
        sa.Column("nokkel", sa.String(length=16), nullable=True),
        sa.Column("forrige", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    lager = sa.table("lager", sa.column("id"), sa.column("versjon"), sa.column("eldste"))
    op.execute(sa.insert(lager).values(id=1, versjon=revision, eldste=OLDEST_AT_WORK))
    op.create_table(
        "bevis",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("innhold", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.add_column("arbeider", sa.Column("skjema", sa.String(length=10), nullable=True))
    op.add_column("brev", sa.Column("nokkel_id", sa.String(length=16), nullable=True))
    op.add_column("brev", sa.Column("soek", sa.String(length=64), nullable=True))
    op.add_column("brev", sa.Column("dokumenter", sa.Text(), nullable=True))
    op.add_column("dokument", sa.Column("nokkel_id", sa.String(length=16), nullable=True))
    op.add_column("kvittering", sa.Column("bevis", sa.String(length=64), nullable=True))
    op.create_index(
        "ix_brev_soek",
        "brev",
        ["soek"],
        unique=False,
        sqlite_where=sa.text("soek IS NOT NULL"),
        postgresql_where=sa.text("soek IS NOT NULL"),
    )
