"""Values of a plan: services, mailings, deliveries, milestones and the settings around them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sdp.plan.numbers import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

    from sdp.plan.numbers import Tall
    from sdp.plan.privacy import Kriterium
    from sdp.plan.texts import Language


class Slag(StrEnum):
    """The kind of a letter, as the law parts them."""

    VEDTAK = "vedtak"
    VIKTIG = "viktig"
    INFORMASJON = "informasjon"

    @property
    def must_notify(self) -> bool:
        """True if the law asks that the recipient is notified (eForvaltningsforskriften § 8)."""
        return self is not Slag.INFORMASJON


@dataclass(frozen=True, slots=True)
class Personer:
    """People counted by the lawful route. Counts alone: nobody can be found in them.

    Attributes:
        alle: everybody in the list.
        postkasse: those with a mailbox that may be used for information.
        kan_varsles: those of them with a notice address as well, and not reserved.
        print: those without a mailbox who have a postal address.
        ingen: those with neither.
        ikke_varsles_uten_adresse: those with a mailbox who cannot be notified and have no postal
            address: nothing reaches them with a vedtak.
        dato: the day they were counted.
    """

    alle: int
    postkasse: int
    kan_varsles: int
    print: int
    ingen: int
    ikke_varsles_uten_adresse: int
    dato: date


@dataclass(frozen=True, slots=True)
class Andeler:
    """Shares that were not measured, in per cent of the people written to."""

    digital: Tall
    uten_adresse: Tall


@dataclass(frozen=True, slots=True)
class Pakke:
    """The example documents of a service as they were packed."""

    bytes: int
    sider: int
    antall: int
    dato: date


@dataclass(frozen=True, slots=True)
class Tjeneste:
    """A service that writes letters: one row of `tjenester.csv`."""

    id: str
    navn: str
    system: str
    slag: Slag
    volum: Tall
    sider: Tall
    bytes: Tall
    tosidig: bool
    farge: bool
    utland: Tall
    fordeling: Personer | Andeler
    varsel: frozenset[str]
    aapningskvittering: bool
    begrunnelse: str
    leveranse: str
    eksempel: str
    mottakere: str
    row: int

    @property
    def distribution_origin(self) -> Origin:
        """The origin of how the people are reached: the least known of its numbers."""
        match self.fordeling:
            case Personer():
                return Origin.MAALT
            case Andeler(digital=digital, uten_adresse=uten_adresse):
                least = {digital.origin, uten_adresse.origin}
                return Origin.ANTATT if Origin.ANTATT in least else Origin.GITT

    @property
    def sheets(self) -> int:
        """The sheets of one printed letter: ⌈pages / 2⌉ if printed on both sides."""
        pages = int(self.sider.value)
        return -(-pages // 2) if self.tosidig else pages


@dataclass(frozen=True, slots=True)
class IDag:
    """The cost of a letter today, in kroner; `minutter` of work each, at `timekost` an hour."""

    papir: Tall
    porto: Tall
    ekstra_ark: Tall
    minutter: Tall
    timekost: Tall


@dataclass(frozen=True, slots=True)
class Prosjekt:
    """The cost of the project in kroner, once and a year, and the day it starts."""

    engang: Tall
    fast_per_aar: Tall
    start: date | None


@dataclass(frozen=True, slots=True)
class Porto:
    """Postage of a printed letter of up to `til_ark` sheets, in kroner."""

    til_ark: int
    innland: Tall
    utland: Tall


@dataclass(frozen=True, slots=True)
class Utskrift:
    """Prices of print in kroner a letter; None for what is not told."""

    hvor: str
    forste_ark: Tall | None
    ekstra_ark: Tall | None
    farge: Tall | None
    porto: tuple[Porto, ...]

    def postage(self, sheets: int) -> Porto | None:
        """Return the postage of a letter of so many sheets; None if no row reaches that far."""
        return next((each for each in self.porto if sheets <= each.til_ark), None)


@dataclass(frozen=True, slots=True)
class Kapasitet:
    """The measured rate of sending, and the hours a day that letters are sent."""

    brev_per_time: Tall
    timer_per_dag: Tall


@dataclass(frozen=True, slots=True)
class Leveranse:
    """A delivery: the day from which some services send digitally."""

    nr: str
    dato: date
    tjenester: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Milepael:
    """A milestone: work of some working days, after others, by somebody."""

    id: str
    fase: str
    navn: str
    virkedager: int
    etter: tuple[str, ...]
    ansvar: str
    dato: date | None
    row: int | None


@dataclass(frozen=True, slots=True)
class Utsendelse:
    """A mailing: `antall` letters of a service from `fra` to `til`, both days included."""

    tjeneste: str
    navn: str
    fra: date
    til: date
    antall: int
    row: int

    @property
    def is_one_day(self) -> bool:
        """True if everything goes out on one day."""
        return self.fra == self.til


@dataclass(frozen=True, slots=True)
class Risiko:
    """A row of `risiko.csv`. The scores are the agency's own; None until it has given them."""

    id: str
    verdi: str
    hendelse: str
    trussel: str
    saarbarhet: str
    kit: str
    sannsynlighet: int | None
    konsekvens: int | None
    tiltak: str
    eier: str
    frist: date | None
    rest_sannsynlighet: int | None
    rest_konsekvens: int | None
    bevis: str
    row: int


@dataclass(frozen=True, slots=True)
class Vilkaar:
    """A row of `vilkaar.csv`: one thing that the terms ask, and how far it has come."""

    id: str
    kapittel: str
    krav: str
    status: str
    ansvar: str
    frist: date | None
    bevis: str
    kilde: str
    row: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan, as it was read and found valid."""

    navn: str
    organisasjonsnummer: str
    aar: int
    spraak: Language
    i_dag: IDag
    prosjekt: Prosjekt
    kanal: str
    utskrift: Utskrift
    kapasitet: Kapasitet | None
    leveranser: tuple[Leveranse, ...]
    milepaeler: tuple[Milepael, ...]
    ranges: Mapping[str, tuple[Decimal, Decimal]]
    tjenester: tuple[Tjeneste, ...]
    utsendelser: tuple[Utsendelse, ...]
    risikoer: tuple[Risiko, ...]
    vilkaar: tuple[Vilkaar, ...]
    personvern: tuple[Kriterium, ...]

    def tjeneste(self, id_: str) -> Tjeneste:
        """Return the service of an id."""
        return next(each for each in self.tjenester if each.id == id_)

    def leveranse_of(self, tjeneste: Tjeneste) -> Leveranse | None:
        """Return the delivery that a service comes with."""
        return next(
            (
                each
                for each in self.leveranser
                if tjeneste.id in each.tjenester or each.nr == tjeneste.leveranse
            ),
            None,
        )
