"""Letters that are opened, unread or stand in place of others, and what has been told of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add columns that may be empty, so that workers of the version before go on."""
    op.add_column("kampanje", sa.Column("ulest_dager", sa.Integer(), nullable=True))
    op.add_column("kampanje", sa.Column("ulest_grunn", sa.Text(), nullable=True))
    op.add_column("brev", sa.Column("aapnet", sa.DateTime(timezone=True), nullable=True))
    op.add_column("brev", sa.Column("ulest_avgjort", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "brev",
        sa.Column(
            "erstatter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
    )
    for name, columns, where in (
        ("ix_brev_erstatter", ["erstatter_id"], sa.text("erstatter_id IS NOT NULL")),
        ("ix_brev_mottaker", ["mottaker", "levert"], sa.text("levert IS NOT NULL")),
    ):
        op.create_index(
            name,
            "brev",
            columns,
            unique=name == "ix_brev_erstatter",
            sqlite_where=where,
            postgresql_where=where,
        )
    op.create_table(
        "oppfolging",
        sa.Column("slag", sa.String(length=20), nullable=False),
        sa.Column("gjelder", sa.String(length=64), nullable=False),
        sa.Column("tid", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("slag", "gjelder"),
    )
    op.execute(
        "UPDATE brev SET aapnet = (SELECT min(tidspunkt) FROM kvittering"
        " WHERE kvittering.brev_id = brev.id AND kvittering.slag = 'aapning')"
    )
