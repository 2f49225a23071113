"""A look at the letters of an outbox from outside, which changes nothing in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from sdp.errors import OutboxError
from sdp.outbox.database import Database
from sdp.outbox.states import Tilstand
from sdp.outbox.tables import brev, kampanje

if TYPE_CHECKING:
    import os
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Spor:
    """Track of one letter, by which another system finds it again.

    Attributes:
        nokkel: the caller's key.
        kampanje: the campaign it belongs to; None for none.
        tilstand: how far it has come.
        konversasjons_id: the conversation that its receipts name.
        sendt: when the other side accepted it; None if that is not known.
    """

    nokkel: str
    kampanje: str | None
    tilstand: Tilstand
    konversasjons_id: str
    sendt: datetime | None


class Look:
    """Reads which letters an outbox has. It needs no key, since it reads nothing private.

    Args:
        address: a path, or an address like `postgresql://user@host/database`. It need not be there
            yet.

    Raises:
        ConfigurationError: the address is no such, or the extra is not installed.
    """

    def __init__(self, address: str | os.PathLike[str]) -> None:
        self._database = Database.look(address)

    def letters(self) -> list[Spor]:
        """List every letter, in the order they were put.

        Raises:
            OutboxError: there is no outbox yet, or one that cannot be read.
            OutboxUnavailableError: the database does not answer.
            OutboxSchemaError: it is of another version of this library.
        """
        path = self._database.path
        if path is not None and not path.exists():
            raise OutboxError(
                "The outbox is not there yet.", remedy="It is made by: sdp outbox put DATABASE …"
            )
        self._database.require_head()
        columns = (brev.c.nokkel, kampanje.c.navn, brev.c.tilstand, brev.c.konversasjons_id)
        query = sa.select(*columns, brev.c.sendt).join_from(brev, kampanje).order_by(brev.c.id)
        with self._database.read() as connection:
            return [
                Spor(nokkel, navn or None, Tilstand(tilstand), konversasjons_id, sendt)
                for nokkel, navn, tilstand, konversasjons_id, sendt in connection.execute(query)
            ]
