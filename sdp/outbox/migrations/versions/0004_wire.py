"""The wire that each letter was last sent over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add a column that may be empty, so that workers of the versions before go on."""
    op.add_column("brev", sa.Column("wire", sa.String(length=10), nullable=True))
    op.execute(sa.update(sa.table("lager", sa.column("versjon"))).values(versjon=revision))
