"""Search for letters by key, id, person, state and campaign, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from sdp.outbox.campaigns import find
from sdp.outbox.tables import WITHOUT_CAMPAIGN, brev
from sdp.outbox.views import post_of, posts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection

    from sdp.outbox.states import Tilstand
    from sdp.outbox.vault import Vault
    from sdp.outbox.views import Post

PAGE: Final = 50
"""Letters on a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Soek:
    """A search. What is empty or None does not narrow it.

    Attributes:
        tekst: the beginning of a key, or the whole of a meldings_id, konversasjons_id or
            transport_id.
        person: a whole personidentifikator.
        tilstand: the state.
        kampanje: the name of a campaign; empty for letters that belong to none, None for all.
        etter: the row after which the page begins; with `foer`, the row before which it ends.
    """

    tekst: str = ""
    person: str = field(default="", repr=False)
    tilstand: Tilstand | None = None
    kampanje: str | None = None
    etter: int = 0
    foer: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A page of letters, the newest first.

    Attributes:
        brev: the letters.
        foer: where the page before it ends; 0 if it is the first.
        etter: where the page after it begins; 0 if it is the last.
    """

    brev: tuple[Post, ...]
    foer: int
    etter: int


def search(connection: Connection, wanted: Soek, vault: Vault, *, most: int = PAGE) -> Side:
    """Find a page of letters.

    Args:
        connection: reads.
        wanted: what is looked for.
        vault: knows how the store keeps the number of a person.
        most: how many letters a page has.

    Raises:
        OutboxError: there is no campaign of that name.
        OutboxKeyError: as for `Vault.check`, if a person is looked for.
    """
    query = posts().where(*_conditions(connection, wanted))
    if wanted.person:
        query = query.where(vault.is_person(connection, wanted.person))
    backwards = wanted.foer > 0
    if backwards:
        query = query.where(brev.c.id > wanted.foer).order_by(brev.c.id)
    else:
        if wanted.etter:
            query = query.where(brev.c.id < wanted.etter)
        query = query.order_by(brev.c.id.desc())
    rows = connection.execute(query.limit(most + 1)).all()
    more, rows = len(rows) > most, rows[:most]
    if backwards:
        rows = rows[::-1]
    is_first = not more if backwards else not wanted.etter
    is_last = False if backwards else not more
    return Side(
        brev=tuple(post_of(row) for row in rows),
        foer=0 if is_first or not rows else rows[0].id,
        etter=0 if is_last or not rows else rows[-1].id,
    )


def _conditions(connection: Connection, wanted: Soek) -> Iterator[ColumnElement[bool]]:
    if wanted.tekst:
        lower = wanted.tekst.lower()
        yield sa.or_(
            brev.c.nokkel.startswith(wanted.tekst, autoescape=True),
            brev.c.meldings_id == lower,
            brev.c.konversasjons_id == lower,
            brev.c.transport_id == wanted.tekst,
        )
    if wanted.tilstand is not None:
        yield brev.c.tilstand == wanted.tilstand.value
    if wanted.kampanje is not None:
        is_none = not wanted.kampanje
        yield brev.c.kampanje_id == (
            WITHOUT_CAMPAIGN if is_none else find(connection, wanted.kampanje).id
        )
