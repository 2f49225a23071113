"""A dry run: how letters would go, what they are billed by and what that costs; nothing is sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from sdp.errors import SdpError
from sdp.outbox.campaigns import find
from sdp.outbox.conditions import WAITS
from sdp.outbox.reading import Reader
from sdp.outbox.tables import brev

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sdp.outbox.database import Database
    from sdp.outbox.reading import Written
    from sdp.outbox.sender import Sender, Svar

_BLOCK: Final = 1000
_READ_AT_A_TIME: Final = 50
_MEGABYTE: Final = 1_000_000

PRICES_AS_OF: Final = "2024-01-01"
"""The date of Digdir's price list ("Kostnadsmodell digital postkasse"), kroner without VAT."""

_TRANSPORT: Final = Decimal("0.147")
_BY_SIZE: Final = (
    (100_000, Decimal("0.69")),
    (200_000, Decimal("0.94")),
    (300_000, Decimal("1.07")),
    (500_000, Decimal("1.95")),
    (1_000_000, Decimal("2.20")),
    (5_000_000, Decimal("5.75")),
)
_BEYOND: Final = Decimal("1.92")


@dataclass(slots=True)
class Overslag:
    """Estimate for the letters that wait.

    Attributes:
        kampanje: the campaign; None for all.
        ruter: letters by route: `digital`, `print`, or `ingen` for those that can go no way.
        bytes: the sizes of their documents by route. The package adds its manifest and signature,
            some 10 kB for each letter.
        kroner: what the digital letters cost at most, transport and mailbox, without VAT. Print has
            no published price, and is not in it.
        problemer: why letters can go no way, or are refused, and how many of each.
    """

    kampanje: str | None
    ruter: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)
    kroner: Decimal = Decimal(0)
    problemer: Counter[str] = field(default_factory=Counter)

    @property
    def antall(self) -> int:
        """The number of letters."""
        return self.ruter.total()


def price(size: int) -> Decimal:
    """Return the highest price of one digital letter of this many bytes, in kroner without VAT."""
    for limit, kroner in _BY_SIZE:
        if size <= limit:
            return _TRANSPORT + kroner
    beyond = -(-(size - _BY_SIZE[-1][0]) // _MEGABYTE)
    return _TRANSPORT + _BY_SIZE[-1][1] + _BEYOND * beyond


def dry_run(database: Database, sender: Sender, navn: str | None) -> Overslag:
    """Look everybody up and decide, as sending would.

    Raises:
        OutboxError: there is no campaign of that name.
        SdpError: the register cannot be asked.
    """
    overslag = Overslag(navn)
    reader, vault = Reader(database.vault), database.vault
    for rows in _pages(database, navn):
        people = {row.id: vault.text("person", row) or "" for row in rows}
        answers = sender.look_up(list(dict.fromkeys(people.values())))
        for begin in range(0, len(rows), _READ_AT_A_TIME):
            some = rows[begin : begin + _READ_AT_A_TIME]
            with database.read() as connection:
                texts = (vault.text("innhold", row) or "" for row in some)
                written = reader.load(connection, texts)
            for row, each in zip(some, written, strict=True):
                _count(overslag, sender, reader, row, each, answers[people[row.id]])
    return overslag


def _count(
    overslag: Overslag, sender: Sender, reader: Reader, row: Any, written: Written, svar: Svar
) -> None:
    """Add one letter to the estimate."""
    try:
        letter = reader.letter(
            written, konversasjons_id=row.konversasjons_id, meldings_id=row.meldings_id
        )
        vei = sender.decide(svar, letter, on_paper=row.erstatter_id is not None)
    except SdpError as error:
        overslag.ruter["ingen"] += 1
        overslag.problemer[error.message] += 1
        return
    overslag.ruter[vei.rute] += 1
    overslag.bytes[vei.rute] += written.size
    if vei.rute == "digital":
        overslag.kroner += price(written.size)


def _pages(database: Database, navn: str | None) -> Iterator[Sequence[Any]]:
    after = 0
    while True:
        with database.read() as connection:
            where = [] if navn is None else [brev.c.kampanje_id == find(connection, navn).id]
            query = (
                sa.select(
                    *(brev.c.id, brev.c.person, brev.c.innhold, brev.c.nokkel, brev.c.nokkel_id),
                    *(brev.c.meldings_id, brev.c.konversasjons_id, brev.c.erstatter_id),
                )
                .where(
                    brev.c.id > after,
                    WAITS,
                    *where,
                )
                .order_by(brev.c.id)
                .limit(_BLOCK)
            )
            rows = connection.execute(query).all()
        if not rows:
            return
        yield rows
        after = rows[-1].id
