"""An index of the letters that were not read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add a partial index, so that workers of the versions before go on."""
    op.create_index(
        "ix_brev_ulest",
        "brev",
        ["ulest_avgjort"],
        unique=False,
        sqlite_where=sa.text("ulest_avgjort IS NOT NULL"),
        postgresql_where=sa.text("ulest_avgjort IS NOT NULL"),
    )
    op.execute(sa.update(sa.table("lager", sa.column("versjon"))).values(versjon=revision))
