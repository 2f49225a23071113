"""Letters whose levering has not come by their deadline: each is told of once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from sdp.outbox.events import note
from sdp.outbox.states import Aarsak, Tilstand
from sdp.outbox.tables import brev
from sdp.outbox.views import find_post

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from sdp.outbox.views import Post

_BATCH: Final = 200


def newly_overdue(connection: Connection, moment: datetime) -> list[Post]:
    """Mark letters that have become overdue, and return them. Nobody gets the same one twice."""
    query = (
        sa.select(brev.c.id, brev.c.nokkel)
        .where(
            brev.c.tilstand == sa.literal_column("'sendt'"),
            brev.c.frist < moment,
            brev.c.forfalt.is_(None),
        )
        .order_by(brev.c.frist)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    found = connection.execute(query).all()
    if not found:
        return []
    ids = [row.id for row in found]
    connection.execute(sa.update(brev).where(brev.c.id.in_(ids)).values(forfalt=moment))
    note(connection, ids, Tilstand.SENDT, Tilstand.SENDT, Aarsak.FORFALT, moment)
    return [find_post(connection, row.nokkel) for row in found]
