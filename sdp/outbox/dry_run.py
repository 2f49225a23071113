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
from sdp.outbox.tables import brev, kampanje
from sdp.prices import PriceList

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sdp.domain import Brev
    from sdp.outbox.database import Database
    from sdp.outbox.reading import Written
    from sdp.outbox.sender import Sender, Svar, Vei

_BLOCK: Final = 1000
_READ_AT_A_TIME: Final = 50


@dataclass(slots=True)
class Overslag:
    """Estimate for the letters that wait.

    Attributes:
        kampanje: the campaign; None for all.
        priser: the price list that it is by.
        ruter: letters by route: `digital`, `print`, or `ingen` for those that can go no way.
        bytes: the sizes of their documents by route. The package adds its manifest and signature,
            some 10 kB for each letter.
        kroner: what the digital letters cost at most, without VAT: transport, mailbox, and extras
            with a known price. Print has no published price, and is not in it. None where the list
            has no price for one of them.
        tillegg: digital letters with each extra, such as `sms` and `aapningskvittering`.
        problemer: why letters can go no way, or are refused, and how many of each.
    """

    kampanje: str | None
    priser: PriceList
    ruter: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)
    kroner: Decimal | None = Decimal(0)
    tillegg: Counter[str] = field(default_factory=Counter)
    problemer: Counter[str] = field(default_factory=Counter)

    @property
    def antall(self) -> int:
        """The number of letters."""
        return self.ruter.total()

    @property
    def uten_pris(self) -> tuple[str, ...]:
        """Extras that are ordered, have no price in the list, and so are not in `kroner`."""
        return tuple(sorted(self.tillegg.keys() - self.priser.tillegg.keys()))


def dry_run(
    database: Database, sender: Sender, navn: str | None, prices: PriceList | None = None
) -> Overslag:
    """Look everybody up and decide, as sending would.

    Args:
        database: the outbox.
        sender: looks up and decides.
        navn: the campaign; None for all.
        prices: the price list; None takes the newest in the package.

    Raises:
        OutboxError: there is no campaign of that name.
        SdpError: the register cannot be asked.
    """
    overslag = Overslag(navn, prices or PriceList.in_package())
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
        extras = _extras(letter, vei, row)
        overslag.tillegg.update(extras)
        price = overslag.priser.letter_price(Decimal(written.size), extras)
        if overslag.kroner is not None:
            overslag.kroner = None if price is None else overslag.kroner + price


def _extras(letter: Brev, vei: Vei, row: Any) -> list[str]:
    """List what is ordered with a digital letter, and billed apart."""
    watched = row.ulest_grunn is not None or letter.digital_post.aapningskvittering
    notified = "sms" in (vei.varsler or "")
    return [*["aapningskvittering"] * watched, *["sms"] * notified]


def _pages(database: Database, navn: str | None) -> Iterator[Sequence[Any]]:
    after = 0
    while True:
        with database.read() as connection:
            where = [] if navn is None else [brev.c.kampanje_id == find(connection, navn).id]
            query = (
                sa.select(
                    *(brev.c.id, brev.c.person, brev.c.innhold, brev.c.nokkel, brev.c.nokkel_id),
                    *(brev.c.meldings_id, brev.c.konversasjons_id, brev.c.erstatter_id),
                    kampanje.c.ulest_grunn,
                )
                .join_from(brev, kampanje)
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
