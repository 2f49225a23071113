"""Advice about a plan: warnings that save money, or that keep to the law."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sdp.plan.costs import costs_of, step_down
from sdp.plan.findings import Findings
from sdp.plan.folder import RISKS
from sdp.plan.mailings import MAILINGS
from sdp.plan.model import Slag
from sdp.plan.risks import assessed, score
from sdp.plan.schedule import schedule_of
from sdp.plan.services import SERVICES
from sdp.plan.texts import Texts
from sdp.plan.toml_section import FILE
from sdp.plan.workdays import Workdays
from sdp.plan.year import year_of

if TYPE_CHECKING:
    from datetime import date

    from sdp.plan.costs import Costs, ServiceCosts
    from sdp.plan.findings import Finding
    from sdp.plan.model import Plan
    from sdp.prices import PriceList

_WORTH_TELLING: Final = Decimal(500)
"""Kroner a year from which a saving is told."""
_JUST_BEFORE: Final = timedelta(days=35)
_LARGE: Final = Decimal("0.1")
"""The share of a service's letters from which a mailing is large."""
_HALF: Final = Decimal("0.5")
_DECISION_WORDS: Final = (
    *("vedtak", "avslag", "innvilg", "avgjør", "avgjer", "pålegg", "klage", "opphør", "opphøyr"),
    *("tildeling", "inkasso", "forhåndsvarsel", "førehandsvarsel", "gebyr", "straff", "tvang"),
)


def advise(plan: Plan, prices: PriceList) -> tuple[Finding, ...]:
    """Find everything that the owner of a valid plan should know, errors of the schedule first."""
    return _Advice(plan, prices).findings()


class _Advice:
    """One look through a plan."""

    def __init__(self, plan: Plan, prices: PriceList) -> None:
        self._plan, self._prices = plan, prices
        self._workdays = Workdays(plan.spraak)
        self._texts = Texts(plan.spraak)
        self._costs: Costs = costs_of(plan, prices)
        self._found = Findings()

    def findings(self) -> tuple[Finding, ...]:
        for service in self._costs.services:
            self._size(service)
            self._law(service)
            self._mailings(service)
            self._delivery(service)
        self._totals()
        self._year()
        self._risks()
        return (*schedule_of(self._plan, self._workdays).findings, *self._found.all)

    def _size(self, service: ServiceCosts) -> None:
        tjeneste, prices = service.tjeneste, self._prices
        size, row = tjeneste.bytes.value, tjeneste.row
        down = step_down(self._plan, tjeneste, prices)
        if down and down[1] >= _WORTH_TELLING:
            step, saved = down
            self._found.warning(
                *("price_step", SERVICES, row, "bytes"),
                kroner=saved,
                bytes=size - step.upper,
                limit=step.upper,
            )
        if prices.depends_on_megabyte(size):
            other = prices.size_price(size, megabyte=Decimal(2**20)) or Decimal(0)
            price = prices.size_price(size) or Decimal(0)
            limit = max((each.upper for each in prices.steps if each.upper < size), default=size)
            self._found.warning(
                *("megabyte", SERVICES, row, "bytes"),
                kroner=(price - other) * service.letters.digital,
                limit=limit,
            )

    def _law(self, service: ServiceCosts) -> None:
        tjeneste = service.tjeneste
        if service.held_on_paper:
            self._found.warning(
                *("not_notifiable", SERVICES, tjeneste.row, "slag"), letters=service.held_on_paper
            )
        told = tjeneste.navn.casefold()
        word = next((each for each in _DECISION_WORDS if each in told), None)
        if word and tjeneste.slag is Slag.INFORMASJON:
            self._found.warning(*("looks_like_decision", SERVICES, tjeneste.row, "slag"), word=word)
        rest = service.letters.print + service.letters.none
        share = Decimal(rest) / service.letters.total
        if share > _HALF:
            self._found.warning(
                *("rest_volume", SERVICES, tjeneste.row, "digital"),
                share=self._texts.percent(share),
            )

    def _mailings(self, service: ServiceCosts) -> None:
        mailings = [m for m in self._plan.utsendelser if m.tjeneste == service.tjeneste.id]
        planned = sum(each.antall for each in mailings)
        if planned != service.letters.total:
            self._found.warning(
                *("mailings_differ", SERVICES, service.tjeneste.row, "volum"),
                antall=planned,
                volum=service.letters.total,
            )
        for each in mailings:
            if self._plan.aar not in {each.fra.year, each.til.year}:
                self._found.warning(
                    *("mailing_outside_year", MAILINGS, each.row, "dato"), aar=str(self._plan.aar)
                )

    def _delivery(self, service: ServiceCosts) -> None:
        """Warn of a delivery that comes just after a large mailing that it could have carried."""
        leveranse, gain = self._plan.leveranse_of(service.tjeneste), service.gain.kroner
        if leveranse is None or gain is None:
            return
        for each in self._plan.utsendelser:
            is_just_before = each.fra < leveranse.dato <= each.til + _JUST_BEFORE
            is_large = each.antall >= _LARGE * service.letters.total
            is_stream = each.til >= leveranse.dato
            if each.tjeneste != service.tjeneste.id or not is_just_before or not is_large:
                continue
            worth = gain / service.letters.total * each.antall
            if not is_stream and worth >= _WORTH_TELLING:
                self._found.warning(
                    *("delivery_after_mailing", FILE, None, "leveranse.dato"),
                    days=(leveranse.dato - each.til).days,
                    mailing=f"{service.tjeneste.navn}, {each.navn}".rstrip(", "),
                    letters=each.antall,
                    dato=each.fra,
                    kroner=worth,
                )

    def _totals(self) -> None:
        plan, prices, costs = self._plan, self._prices, self._costs
        if prices.gyldig_fra.year < plan.aar:
            self._found.warning("old_prices", FILE, None, "", dato=prices.gyldig_fra)
        if plan.kanal not in prices.transport:
            self._found.warning("channel_unknown", FILE, None, "formidling.kanal", kanal=plan.kanal)
        if plan.utskrift.forste_ark is None or not plan.utskrift.porto:
            self._found.warning("print_unknown", FILE, None, "utskrift")
        for name in costs.unknown:
            self._found.warning(
                "price_unknown", SERVICES, None, "", name=self._texts(f"words.extra.{name}")
            )
        share = costs.gross.assumed_share
        if share > _HALF:
            self._found.warning("assumptions", FILE, None, "", share=self._texts.percent(share))

    def _year(self) -> None:
        year = year_of(self._plan, self._workdays)
        for peak in year.peaks:
            self._found.warning(
                *("peak", MAILINGS, peak.loads[0].utsendelse.row, "dato"),
                letters=peak.digital,
                capacity=peak.capacity,
            )
        told: set[tuple[int, date]] = set()
        for notice in year.second_notices:
            key = notice.load.utsendelse.row, notice.day
            if notice.holiday and key not in told:
                told.add(key)
                self._found.warning(
                    *("second_notice", MAILINGS, notice.load.utsendelse.row, "dato"),
                    dato=notice.day,
                    holiday=notice.holiday,
                )

    def _risks(self) -> None:
        assessment = assessed(self._plan.risikoer)
        for each in assessment.red_without_measure:
            self._found.warning(
                "risk_red", RISKS, each.row, "tiltak", id=each.id, score=score(each) or 0
            )
        if assessment.unscored:
            self._found.warning("risk_unscored", RISKS, None, "", count=len(assessment.unscored))
