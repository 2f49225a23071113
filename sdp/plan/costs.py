"""Costs of letters today and digitally, and the gain in parts. All amounts are exact."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

from sdp.plan.letters import Letters, held_on_paper, letters_of
from sdp.plan.model import Andeler
from sdp.plan.numbers import Amount, Origin, Tall, summed

if TYPE_CHECKING:
    from sdp.plan.model import Plan, Tjeneste
    from sdp.prices import PriceList, Step

_HUNDRED: Final = Decimal(100)
_MINUTES_OF_AN_HOUR: Final = Decimal(60)
_MEASURED: Final = Tall(Decimal(0), Origin.MAALT)
_EXTRAS: Final = ("aapningskvittering", "sms")


@dataclass(frozen=True, slots=True)
class Factors:
    """The factors of a calculation; `digital` is percentage points that are added."""

    volum: Decimal = Decimal(1)
    minutter: Decimal = Decimal(1)
    porto: Decimal = Decimal(1)
    digital: Decimal = Decimal(0)
    utskriftspris: Decimal = Decimal(1)
    digitalpris: Decimal = Decimal(1)
    bytes: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class ServiceCosts:
    """The letters of a service and what they cost in a year.

    Attributes:
        tjeneste: the service.
        letters: its letters by the way they go.
        per_digital, per_print: kroner a letter; None where a price is unknown.
        today, new: kroner a year in the budget.
        today_time, new_time: the same for working time.
        print_alone: the gain if every letter that reaches somebody were printed centrally.
        hours: hours of work that are freed.
        held_on_paper: letters to people with a mailbox that the law wants on paper.
        unknown: what costs money and has no price in the list: `sms`, `aapningskvittering`.
    """

    tjeneste: Tjeneste
    letters: Letters
    per_digital: Decimal | None
    per_print: Decimal | None
    today_budget: Amount
    today_time: Amount
    new_budget: Amount
    new_time: Amount
    print_alone: Amount
    hours: Decimal
    held_on_paper: int
    unknown: tuple[str, ...]

    @property
    def today(self) -> Amount:
        """The cost today, budget and time."""
        return self.today_budget + self.today_time

    @property
    def new(self) -> Amount:
        """The cost digitally, budget and time."""
        return self.new_budget + self.new_time

    @property
    def gain(self) -> Amount:
        """The gain in a year, budget and time."""
        return self.today - self.new

    @property
    def budget_gain(self) -> Amount:
        """The gain in budget kroner alone."""
        return self.today_budget - self.new_budget


@dataclass(frozen=True, slots=True)
class Costs:
    """The costs of all services, their sums, and the gain told in parts."""

    services: tuple[ServiceCosts, ...]
    engang: Amount
    fixed: Amount
    prices: PriceList

    @property
    def letters(self) -> Letters:
        """All letters."""
        return Letters(
            sum(each.letters.digital for each in self.services),
            sum(each.letters.print for each in self.services),
            sum(each.letters.none for each in self.services),
        )

    @property
    def today(self) -> Amount:
        """The cost today."""
        return summed(each.today for each in self.services)

    @property
    def new(self) -> Amount:
        """The cost digitally, without the project's fixed cost."""
        return summed(each.new for each in self.services)

    @property
    def gross(self) -> Amount:
        """The gain before the fixed cost."""
        return self.today - self.new

    @property
    def net(self) -> Amount:
        """The gain after the fixed cost."""
        return self.gross - self.fixed

    @property
    def budget_gross(self) -> Amount:
        """The gain in budget kroner before the fixed cost."""
        return summed(each.budget_gain for each in self.services)

    @property
    def budget_net(self) -> Amount:
        """The gain in budget kroner after the fixed cost."""
        return self.budget_gross - self.fixed

    @property
    def time(self) -> Amount:
        """The freed working time, in kroner. It is no money until somebody does other work."""
        return summed(each.today_time - each.new_time for each in self.services)

    @property
    def hours(self) -> Decimal:
        """The freed working time, in hours."""
        return sum((each.hours for each in self.services), Decimal(0))

    @property
    def print_alone(self) -> Amount:
        """The part of the gain that central print alone would give."""
        return summed(each.print_alone for each in self.services)

    @property
    def digital_on_top(self) -> Amount:
        """The part of the gain that digital post gives on top of central print."""
        return self.gross - self.print_alone

    @property
    def held_on_paper(self) -> int:
        """Letters to people with a mailbox that the law wants on paper."""
        return sum(each.held_on_paper for each in self.services)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Kinds of cost that are in no total, because their price is unknown."""
        return tuple(sorted({name for each in self.services for name in each.unknown}))


def costs_of(plan: Plan, prices: PriceList, factors: Factors | None = None) -> Costs:
    """Calculate what the letters of a plan cost today and digitally.

    Args:
        plan: the plan.
        prices: of digital post.
        factors: what is multiplied, to see how much it matters.
    """
    chosen = factors or Factors()
    return Costs(
        tuple(_service(plan, each, prices, chosen) for each in plan.tjenester),
        Amount.of(plan.prosjekt.engang.value, [plan.prosjekt.engang]),
        Amount.of(plan.prosjekt.fast_per_aar.value, [plan.prosjekt.fast_per_aar]),
        prices,
    )


def digital_price(
    plan: Plan, tjeneste: Tjeneste, prices: PriceList, factors: Factors | None = None
) -> Decimal | None:
    """Return kroner a digital letter: transport, size, and extras with a known price."""
    chosen = factors or Factors()
    size = tjeneste.bytes.value * chosen.bytes
    price = prices.letter_price(size, extras_of(tjeneste), channel=plan.kanal)
    return None if price is None else price * chosen.digitalpris


def print_price(plan: Plan, tjeneste: Tjeneste, factors: Factors | None = None) -> Decimal | None:
    """Return kroner a printed letter: sheets, colour and postage; None if a price is missing."""
    chosen, utskrift, sheets = factors or Factors(), plan.utskrift, tjeneste.sheets
    postage = utskrift.postage(sheets)
    needed = [utskrift.forste_ark]
    needed += [utskrift.farge] if tjeneste.farge else []
    needed += [utskrift.ekstra_ark] if sheets > 1 else []
    if postage is None or None in needed:
        return None
    extra = utskrift.ekstra_ark.value * (sheets - 1) if utskrift.ekstra_ark else Decimal(0)
    colour = utskrift.farge.value if utskrift.farge and tjeneste.farge else Decimal(0)
    first = utskrift.forste_ark.value if utskrift.forste_ark else Decimal(0)
    abroad = tjeneste.utland.value / _HUNDRED
    stamps = postage.innland.value * (1 - abroad) + postage.utland.value * abroad
    return (first + extra + colour) * chosen.utskriftspris + stamps * chosen.porto


def extras_of(tjeneste: Tjeneste) -> tuple[str, ...]:
    """List the kinds of extra cost that a digital letter of a service has."""
    wanted = {"aapningskvittering": tjeneste.aapningskvittering, "sms": "sms" in tjeneste.varsel}
    return tuple(name for name in _EXTRAS if wanted[name])


def step_down(plan: Plan, tjeneste: Tjeneste, prices: PriceList) -> tuple[Step, Decimal] | None:
    """Return the price step below a service's, and the kroner a year that it would save."""
    step, price = prices.step_down(tjeneste.bytes.value), prices.size_price(tjeneste.bytes.value)
    if step is None or price is None or plan.kanal not in prices.transport:
        return None
    return step, (price - step.price) * letters_of(tjeneste).digital


def _service(plan: Plan, tjeneste: Tjeneste, prices: PriceList, factors: Factors) -> ServiceCosts:
    i_dag = plan.i_dag
    volume = (tjeneste.volum.value * factors.volum).quantize(Decimal(1), ROUND_HALF_UP)
    letters = letters_of(tjeneste, volume=int(volume), points=factors.digital)
    reached = letters.digital + letters.print
    per_digital = digital_price(plan, tjeneste, prices, factors)
    per_print = print_price(plan, tjeneste, factors)
    paper = i_dag.papir.value + i_dag.porto.value * factors.porto
    paper += i_dag.ekstra_ark.value * (tjeneste.sheets - 1)
    minutes = i_dag.minutter.value * factors.minutter
    work = minutes * i_dag.timekost.value / _MINUTES_OF_AN_HOUR
    inputs = _Inputs(plan, tjeneste)

    def budget_today(count: int) -> Amount:
        return Amount.of(paper * count, inputs.today)

    def time_today(count: int) -> Amount:
        return Amount.of(work * count, inputs.time)

    def printed(count: int) -> Amount:
        return Amount.of(_times(per_print, count), inputs.print)

    return ServiceCosts(
        tjeneste=tjeneste,
        letters=letters,
        per_digital=per_digital,
        per_print=per_print,
        today_budget=budget_today(letters.total),
        today_time=time_today(letters.total),
        new_budget=Amount.of(_times(per_digital, letters.digital), inputs.digital)
        + printed(letters.print)
        + budget_today(letters.none),
        new_time=time_today(letters.none),
        print_alone=budget_today(reached) + time_today(reached) - printed(reached),
        hours=minutes * reached / _MINUTES_OF_AN_HOUR,
        held_on_paper=held_on_paper(tjeneste),
        unknown=tuple(name for name in extras_of(tjeneste) if name not in prices.tillegg),
    )


def _times(price: Decimal | None, count: int) -> Decimal | None:
    if not count:
        return Decimal(0)
    return None if price is None else price * count


class _Inputs:
    """The numbers that each product rests on, for the share that is assumed."""

    def __init__(self, plan: Plan, tjeneste: Tjeneste) -> None:
        i_dag, utskrift = plan.i_dag, plan.utskrift
        match tjeneste.fordeling:
            case Andeler(digital=digital, uten_adresse=uten_adresse):
                shares = [digital, uten_adresse]
            case _:
                shares = [_MEASURED]
        more_sheets = tjeneste.sheets > 1
        self.today = [tjeneste.volum, tjeneste.sider, i_dag.papir, i_dag.porto]
        self.today += [i_dag.ekstra_ark] if more_sheets else []
        self.time = [tjeneste.volum, i_dag.minutter, i_dag.timekost]
        self.digital = [tjeneste.volum, tjeneste.bytes, *shares]
        postage = utskrift.postage(tjeneste.sheets)
        prices = [
            utskrift.forste_ark,
            utskrift.ekstra_ark if more_sheets else None,
            utskrift.farge if tjeneste.farge else None,
            postage.innland if postage else None,
            postage.utland if postage and tjeneste.utland.value else None,
        ]
        self.print = [tjeneste.volum, tjeneste.sider, tjeneste.utland, *shares]
        self.print += [each for each in prices if each is not None]
