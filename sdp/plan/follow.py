"""Follow-up of a plan: planned against actual, by service, up to a day."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sdp.plan.costs import costs_of, extras_of, print_price
from sdp.plan.findings import Findings, Level, PlanError
from sdp.plan.numbers import as_text
from sdp.plan.payback import start_of
from sdp.plan.tables import SIZE, read_table
from sdp.plan.year import year_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from pathlib import Path

    from sdp.plan.costs import ServiceCosts
    from sdp.plan.model import Plan, Tjeneste
    from sdp.plan.texts import Texts
    from sdp.plan.year import Load
    from sdp.prices import PriceList

LETTER_COLUMNS: Final = ("tjeneste", "konversasjons_id", "sendt", "vei", "bytes")
_WAYS: Final = ("digital", "print")


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter that was sent. Nothing in it tells to whom.

    Attributes:
        tjeneste: the id of its service in the plan.
        konversasjons_id: ties it to its receipts.
        day: the day it was sent.
        digital: digitally, or by print.
        bytes: its billed size; the plan's where it is not known.
    """

    tjeneste: str
    konversasjons_id: str
    day: date
    digital: bool
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """Planned against actual for one service, up to a day. `None` in kroner is unknown."""

    tjeneste: str
    navn: str
    planned: int
    actual: int
    planned_digital: int
    actual_digital: int
    delivered: int
    opened: int
    returned: int
    planned_kroner: Decimal | None
    actual_kroner: Decimal | None

    def as_row(self, texts: Texts) -> list[str]:
        """Tell it as a row of a table."""
        return [
            self.navn,
            *map(texts.value, (self.planned, self.actual)),
            _share(self.planned_digital, self.planned, texts),
            _share(self.actual_digital, self.actual, texts),
            *map(texts.value, (self.delivered, self.opened, self.returned)),
            *map(texts.number, (self.planned_kroner, self.actual_kroner)),
        ]

    def as_data(self) -> dict[str, object]:
        """Tell it to programs."""
        return {
            "service": self.tjeneste,
            "planned": self.planned,
            "actual": self.actual,
            "planned_digital": self.planned_digital,
            "actual_digital": self.actual_digital,
            "delivered": self.delivered,
            "opened": self.opened,
            "returned": self.returned,
            "planned_kroner": as_text(self.planned_kroner),
            "actual_kroner": as_text(self.actual_kroner),
        }


def follow(
    plan: Plan,
    prices: PriceList,
    letters: Iterable[Sent],
    receipts: Mapping[str, frozenset[str]],
    until: date,
) -> tuple[Followed, ...]:
    """Compare what was planned up to a day with what was sent.

    Args:
        plan: the plan.
        prices: of digital post.
        letters: what was sent; letters after the day are left out.
        receipts: the kinds of receipt of each letter, by its konversasjons_id.
        until: the last day that counts.
    """
    by_service: dict[str, list[Sent]] = {}
    for letter in letters:
        if letter.day <= until:
            by_service.setdefault(letter.tjeneste, []).append(letter)
    loads = [load for load in year_of(plan).loads if load.day <= until]
    return tuple(
        _followed(
            plan,
            prices,
            costs,
            by_service.get(costs.tjeneste.id, []),
            receipts,
            [load for load in loads if load.tjeneste.id == costs.tjeneste.id],
        )
        for costs in costs_of(plan, prices).services
    )


def read_letters(path: Path, plan: Plan, texts: Texts) -> list[Sent]:
    """Read the letters that were sent from a CSV file.

    Raises:
        PlanError: the file breaks a rule.
    """
    findings, found = Findings(), []
    known = {each.id for each in plan.tjenester}
    needed = ("tjeneste", "sendt", "vei")
    if not path.is_file():
        findings.error("file_missing", path.name)
    for cells in read_table(path, LETTER_COLUMNS, needed, findings):
        tjeneste, day = cells.needed("tjeneste"), cells.day("sendt")
        way = cells.word("vei", _WAYS)
        size = cells.number("bytes", SIZE) if cells.text("bytes") else None
        if tjeneste and tjeneste not in known:
            cells.error("service_unknown", "tjeneste")
        if not cells.text("sendt"):
            cells.error("cell_empty", "sendt")
        if tjeneste and day and way:
            konversasjons_id = cells.text("konversasjons_id").casefold()
            digital = way == "digital"
            found.append(
                Sent(tjeneste, konversasjons_id, day, digital, int(size.value) if size else None)
            )
    if any(each.level is Level.ERROR for each in findings.all):
        raise PlanError(findings.all, texts)
    return found


def _followed(
    plan: Plan,
    prices: PriceList,
    costs: ServiceCosts,
    letters: list[Sent],
    receipts: Mapping[str, frozenset[str]],
    loads: list[Load],
) -> Followed:
    tjeneste = costs.tjeneste
    planned_digital, paper = sum(x.digital for x in loads), sum(x.paper for x in loads)
    kinds = Counter(
        kind for letter in letters for kind in receipts.get(letter.konversasjons_id, ())
    )
    return Followed(
        tjeneste=tjeneste.id,
        navn=tjeneste.navn,
        planned=planned_digital + paper,
        actual=len(letters),
        planned_digital=planned_digital,
        actual_digital=sum(letter.digital for letter in letters),
        delivered=kinds["levering"],
        opened=kinds["aapning"],
        returned=kinds["returpost"],
        planned_kroner=_planned(plan, costs, loads),
        actual_kroner=_actual(plan, tjeneste, prices, letters),
    )


def _planned(plan: Plan, costs: ServiceCosts, loads: list[Load]) -> Decimal | None:
    """Sum what the planned letters cost; on paper before the delivery, as they do today."""
    start = start_of(plan, costs)
    before = sum(load.paper for load in loads if load.day < start)
    digital = sum(load.digital for load in loads)
    after = sum(load.paper for load in loads) - before
    today = (costs.today_budget.kroner or Decimal(0)) / costs.letters.total
    total = today * before
    for price, count in ((costs.per_digital, digital), (costs.per_print, after)):
        if count and price is None:
            return None
        total += (price or Decimal(0)) * count
    return total


def _actual(
    plan: Plan, tjeneste: Tjeneste, prices: PriceList, letters: list[Sent]
) -> Decimal | None:
    transport, printed = prices.transport.get(plan.kanal), print_price(plan, tjeneste)
    extras = sum(prices.tillegg.get(name, Decimal(0)) for name in extras_of(tjeneste))
    total = Decimal(0)
    for letter in letters:
        if not letter.digital:
            if printed is None:
                return None
            total += printed
            continue
        size = prices.size_price(Decimal(letter.bytes) if letter.bytes else tjeneste.bytes.value)
        if transport is None or size is None:
            return None
        total += transport + size + extras
    return total


def _share(part: int, whole: int, texts: Texts) -> str:
    return texts.percent(Decimal(part) / whole) if whole else ""
