"""Conditions on letters that many queries share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from sdp.outbox.states import SENDABLE
from sdp.outbox.tables import brev

if TYPE_CHECKING:
    from datetime import datetime

WAITS: Final = brev.c.tilstand.in_([tilstand.value for tilstand in SENDABLE])
"""The letter may be taken into a window."""

# A literal, so that the index of such letters alone is used.
IS_SENT: Final = brev.c.tilstand == sa.literal_column("'sendt'")
"""The letter was accepted, and has no levering yet."""


def is_late(moment: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions of letters without a levering after their deadline."""
    return IS_SENT, brev.c.frist < moment
