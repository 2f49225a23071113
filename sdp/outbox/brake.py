"""The brake of a wire: nothing is sent over it before the moment that it names, by any worker."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from sdp.outbox.tables import brems, upsert

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from sdp.outbox.outcomes import Backoff

_AFTER_A_STOP: Final = timedelta(minutes=1)
"""Time in which nothing is tried when somebody has to correct the set-up."""

_BRAKES: Final = sa.select(brems.c.wire, brems.c.til)


def engage(
    connection: Connection,
    wire: str,
    moment: datetime,
    backoff: Backoff,
    *,
    grunn: str,
    retry_after: float | None = None,
    stops: bool = False,
) -> datetime:
    """Leave the wire alone for a while, longer each time in a row; return until when.

    Results that come while it is braked already were on their way before, and change nothing.
    """
    row = connection.execute(sa.select(brems).where(brems.c.wire == wire)).one_or_none()
    asked = timedelta(seconds=retry_after or 0)
    until: datetime
    if row is not None and row.til > moment:
        times, until = row.paa_rad, max(row.til, moment + asked)
    else:
        times = 1 if row is None else row.paa_rad + 1
        until = moment + max(backoff.wait(times), asked, _AFTER_A_STOP if stops else timedelta())
    values = {"til": until, "paa_rad": times, "grunn": grunn}
    statement = upsert(connection.dialect.name, brems).values(wire=wire, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["wire"], set_=values))
    return until


def release(connection: Connection, wire: str, moment: datetime) -> None:
    """Forget a brake that is over: a letter got through after it."""
    connection.execute(sa.delete(brems).where(brems.c.wire == wire, brems.c.til <= moment))


def brakes(connection: Connection) -> dict[str, datetime]:
    """Return until when each wire is to be left alone, also where that is over."""
    return dict(connection.execute(_BRAKES).all())


def reason(connection: Connection, wire: str) -> str | None:
    """Return why the wire is braked; None if it is not."""
    found: str | None = connection.scalar(sa.select(brems.c.grunn).where(brems.c.wire == wire))
    return found
