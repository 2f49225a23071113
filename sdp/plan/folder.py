"""The folder of a plan: `plan.toml`, CSV tables and what was measured, read as one value."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sdp.plan.findings import Findings, Level, PlanError
from sdp.plan.measurements import Measurements
from sdp.plan.model import Andeler, Plan, Risiko, Slag, Tjeneste, Utsendelse, Vilkaar
from sdp.plan.numbers import Origin, Tall
from sdp.plan.privacy import read_criteria
from sdp.plan.settings import Settings
from sdp.plan.tables import (
    LETTERS,
    PAGES,
    SCORE,
    SHARE,
    SIZE,
    Bounds,
    Cells,
    read_date,
    read_table,
)
from sdp.plan.texts import Language, Texts

if TYPE_CHECKING:
    from pathlib import Path

    from sdp.plan.findings import Finding
    from sdp.plan.model import Personer

SERVICES: Final = "tjenester.csv"
MAILINGS: Final = "utsendelser.csv"
RISKS: Final = "risiko.csv"
TERMS: Final = "vilkaar.csv"
MEASURED: Final = "maalt.json"

SERVICE_COLUMNS: Final = (
    *("id", "navn", "system", "slag", "volum", "sider", "bytes", "tosidig", "farge", "utland"),
    *("digital", "uten_adresse", "varsel", "aapningskvittering", "begrunnelse", "leveranse"),
    *("eksempel", "mottakere"),
)
MAILING_COLUMNS: Final = ("tjeneste", "navn", "dato", "periode", "antall", "frist")
RISK_COLUMNS: Final = (
    *("id", "verdi", "hendelse", "trussel", "saarbarhet", "kit", "sannsynlighet", "konsekvens"),
    *("tiltak", "eier", "frist", "rest_sannsynlighet", "rest_konsekvens", "bevis"),
)
TERMS_COLUMNS: Final = ("id", "kapittel", "krav", "status", "ansvar", "frist", "bevis", "kilde")
_NOTICES: Final = {"epost": "epost", "e-post": "epost", "email": "epost", "sms": "sms"}
_BOTH: Final = {"begge": frozenset({"epost", "sms"}), "ingen": frozenset[str]()}
_COUNT: Final = Bounds(Decimal(0), LETTERS.high, whole=True)


@dataclass(frozen=True, slots=True)
class ServiceFiles:
    """The files that a service can be measured with: example PDFs, and a list of people."""

    id: str
    eksempel: str
    mottakere: str
    row: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A folder as it was read: the plan, unless something stops it, and every finding."""

    plan: Plan | None
    findings: tuple[Finding, ...]
    spraak: Language

    @property
    def texts(self) -> Texts:
        """The texts in the plan's language."""
        return Texts(self.spraak)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop the plan."""
        return tuple(each for each in self.findings if each.level is Level.ERROR)

    def valid(self) -> Plan:
        """Return the plan.

        Raises:
            PlanError: something stops it.
        """
        if self.plan is None:
            raise PlanError(self.findings, self.texts)
        return self.plan


def read_plan(folder: Path) -> Reading:
    """Read the folder of a plan, and find everything that breaks a rule.

    Nothing is raised for what is wrong in the files: it is in the findings of what is returned.
    """
    findings = Findings()
    settings = Settings(folder / "plan.toml", findings)
    if not settings.is_readable:
        return Reading(None, findings.all, Language.NB)
    navn, orgnr, aar, spraak = settings.virksomhet()
    i_dag, prosjekt, kanal = settings.i_dag(), settings.prosjekt(), settings.kanal()
    utskrift, kapasitet = settings.utskrift(), settings.kapasitet()
    leveranser, milepaeler = settings.leveranser(), settings.milepaeler()
    ranges = settings.ranges()
    measured = Measurements.read(folder / MEASURED, findings)
    services = _services(folder, measured, findings)
    mailings = _mailings(folder, services, findings)
    risks, terms = _risks(folder, findings), _terms(folder, findings)
    criteria = read_criteria(folder, findings)
    if not (navn and aar and i_dag and prosjekt and kanal) or any(
        each.level is Level.ERROR for each in findings.all
    ):
        return Reading(None, findings.all, spraak)
    plan = Plan(
        navn=navn,
        organisasjonsnummer=orgnr,
        aar=aar,
        spraak=spraak,
        i_dag=i_dag,
        prosjekt=prosjekt,
        kanal=kanal,
        utskrift=utskrift,
        kapasitet=kapasitet,
        leveranser=leveranser,
        milepaeler=milepaeler,
        ranges=ranges,
        tjenester=services,
        utsendelser=mailings,
        risikoer=risks,
        vilkaar=terms,
        personvern=criteria,
    )
    _check_references(plan, findings)
    stopped = any(each.level is Level.ERROR for each in findings.all)
    return Reading(None if stopped else plan, findings.all, spraak)


def service_files(folder: Path) -> tuple[ServiceFiles, ...]:
    """Read what each service can be measured with; the rest of the plan need not be filled in.

    Raises:
        PlanError: there are no services, or the table cannot be read.
    """
    findings = Findings()
    path = folder / SERVICES
    if not path.is_file():
        findings.error("file_missing", SERVICES)
    found = tuple(
        ServiceFiles(id_, cells.text("eksempel"), cells.text("mottakere"), cells.row)
        for cells in read_table(path, SERVICE_COLUMNS, ("id",), findings)
        if (id_ := cells.needed("id"))
    )
    if any(each.level is Level.ERROR for each in findings.all):
        raise PlanError(findings.all, Texts(Language.NB))
    return found


def _services(folder: Path, measured: Measurements, findings: Findings) -> tuple[Tjeneste, ...]:
    path = folder / SERVICES
    if not path.is_file():
        findings.error("file_missing", SERVICES)
        return ()
    needed = ("id", "navn", "slag", "volum")
    rows = read_table(path, SERVICE_COLUMNS, needed, findings)
    if not rows:
        findings.error("no_services", SERVICES)
    found: dict[str, Tjeneste] = {}
    for cells in rows:
        service = _service(cells, measured)
        if service and service.id in found:
            cells.error("duplicate_id", "id")
        elif service:
            found[service.id] = service
    return tuple(found.values())


def _service(cells: Cells, measured: Measurements) -> Tjeneste | None:
    id_, navn = cells.needed("id"), cells.needed("navn")
    slag = cells.word("slag", list(Slag))
    volum = cells.number("volum", LETTERS)
    pakke = measured.packages.get(id_ or "")
    sider = _given_or_measured(cells, "sider", PAGES, pakke.sider if pakke else None)
    size = _given_or_measured(cells, "bytes", SIZE, pakke.bytes if pakke else None)
    utland = cells.number("utland", SHARE, default=Decimal(0))
    tosidig, farge = cells.flag("tosidig"), cells.flag("farge")
    fordeling = _distribution(cells, measured.people.get(id_ or ""))
    varsel, aapning = _notices(cells), cells.flag("aapningskvittering")
    begrunnelse = cells.text("begrunnelse")
    if aapning and not begrunnelse:
        cells.warning("reason_missing", "begrunnelse")
    if not (id_ and navn and slag and volum and sider and size and utland and fordeling):
        return None
    return Tjeneste(
        id=id_,
        navn=navn,
        system=cells.text("system"),
        slag=Slag(slag),
        volum=volum,
        sider=sider,
        bytes=size,
        tosidig=tosidig,
        farge=farge,
        utland=utland,
        fordeling=fordeling,
        varsel=varsel,
        aapningskvittering=aapning,
        begrunnelse=begrunnelse,
        leveranse=cells.text("leveranse"),
        eksempel=cells.text("eksempel"),
        mottakere=cells.text("mottakere"),
        row=cells.row,
    )


def _given_or_measured(
    cells: Cells, column: str, bounds: Bounds, measured: int | None
) -> Tall | None:
    if measured is not None:
        if cells.text(column):
            cells.number(column, bounds)
        return Tall(Decimal(measured), Origin.MAALT)
    return cells.number(column, bounds)


def _distribution(cells: Cells, people: Personer | None) -> Personer | Andeler | None:
    if people is not None:
        return people
    digital, without = cells.number("digital", SHARE), cells.number("uten_adresse", SHARE)
    if not (digital and without):
        return None
    if digital.value + without.value > SHARE.high:
        cells.error("shares_above_100", "digital")
        return None
    return Andeler(digital, without)


def _notices(cells: Cells) -> frozenset[str]:
    text = cells.text("varsel").casefold()
    if text in _BOTH:
        return _BOTH[text]
    words = {word for word in re.split(r"[\s,+/&]+|\bog\b|\band\b", text) if word}
    if words - _NOTICES.keys():
        cells.error("not_word", "varsel", allowed="epost, sms, epost+sms, ingen")
    return frozenset(_NOTICES[word] for word in words & _NOTICES.keys())


def _mailings(
    folder: Path, services: tuple[Tjeneste, ...], findings: Findings
) -> tuple[Utsendelse, ...]:
    known, found = {each.id for each in services}, []
    needed = ("tjeneste", "antall")
    for cells in read_table(folder / MAILINGS, (*MAILING_COLUMNS, "period"), needed, findings):
        tjeneste, antall = cells.needed("tjeneste"), cells.number("antall", _COUNT)
        if tjeneste and tjeneste not in known:
            cells.error("service_unknown", "tjeneste")
        span = _span(cells)
        if tjeneste and antall and span:
            begin, end = span
            navn = cells.text("navn")
            found.append(Utsendelse(tjeneste, navn, begin, end, int(antall.value), cells.row))
    return tuple(sorted(found, key=lambda each: (each.fra, each.row)))


def _span(cells: Cells) -> tuple[date, date] | None:
    """Read the first and last day of a mailing: a date with a deadline, or a period."""
    column = next((each for each in ("dato", "periode", "period") if cells.text(each)), "dato")
    span = read_period(cells.text(column))
    deadline = cells.day("frist")
    if span is None:
        cells.error("not_period" if cells.text(column) else "cell_empty", column)
        return None
    begin, end = span
    if deadline is not None and deadline < begin:
        cells.error("deadline_before", "frist")
        return None
    return begin, max(end, deadline) if deadline and begin == end else end


def read_period(text: str) -> tuple[date, date] | None:
    """Read `2027-01-31`, `2027-W05`, `2027-03`, `2027`, or a first and a last day with `/`.

    Returns:
        The first and the last day, or None if the text is no period.
    """
    bare = text.strip()
    day = read_date(bare)
    if day:
        return day, day
    first, slash, last = bare.partition("/")
    if slash:
        begin, end = read_date(first), read_date(last)
        return (begin, end) if begin and end and begin <= end else None
    try:
        if week := re.fullmatch(r"(\d{4})-?[WwUu](\d\d?)", bare):
            begin = date.fromisocalendar(int(week[1]), int(week[2]), 1)
            return begin, begin + timedelta(days=6)
        if month := re.fullmatch(r"(\d{4})-(\d\d)", bare):
            begin = date(int(month[1]), int(month[2]), 1)
            return begin, begin.replace(day=monthrange(begin.year, begin.month)[1])
        if re.fullmatch(r"\d{4}", bare):
            return date(int(bare), 1, 1), date(int(bare), 12, 31)
    except ValueError:
        return None
    return None


def _risks(folder: Path, findings: Findings) -> tuple[Risiko, ...]:
    found = []
    for cells in read_table(folder / RISKS, RISK_COLUMNS, ("id", "hendelse"), findings):
        id_ = cells.needed("id")
        risk = Risiko(
            id=id_ or "",
            verdi=cells.text("verdi"),
            hendelse=cells.text("hendelse"),
            trussel=cells.text("trussel"),
            saarbarhet=cells.text("saarbarhet"),
            kit=cells.text("kit"),
            sannsynlighet=_score(cells, "sannsynlighet"),
            konsekvens=_score(cells, "konsekvens"),
            tiltak=cells.text("tiltak"),
            eier=cells.text("eier"),
            frist=cells.day("frist"),
            rest_sannsynlighet=_score(cells, "rest_sannsynlighet"),
            rest_konsekvens=_score(cells, "rest_konsekvens"),
            bevis=cells.text("bevis"),
            row=cells.row,
        )
        if id_:
            found.append(risk)
    return tuple(found)


def _score(cells: Cells, column: str) -> int | None:
    if not cells.text(column):
        return None
    found = cells.number(column, SCORE)
    return int(found.value) if found else None


def _terms(folder: Path, findings: Findings) -> tuple[Vilkaar, ...]:
    found = []
    for cells in read_table(folder / TERMS, TERMS_COLUMNS, ("id", "krav"), findings):
        texts = {name: cells.text(name) for name in TERMS_COLUMNS if name not in {"id", "frist"}}
        frist, id_ = cells.day("frist"), cells.needed("id")
        if id_:
            found.append(Vilkaar(id=id_, frist=frist, row=cells.row, **texts))
    return tuple(found)


def _check_references(plan: Plan, findings: Findings) -> None:
    known, deliveries = {each.id for each in plan.tjenester}, {each.nr for each in plan.leveranser}
    for leveranse in plan.leveranser:
        for name in leveranse.tjenester:
            if name not in known:
                findings.error(
                    "delivery_service_unknown",
                    "plan.toml",
                    None,
                    "leveranse",
                    nr=leveranse.nr,
                    id=name,
                )
    for tjeneste in plan.tjenester:
        if tjeneste.leveranse and tjeneste.leveranse not in deliveries:
            findings.error("delivery_unknown", SERVICES, tjeneste.row, "leveranse")
        elif plan.leveranse_of(tjeneste) is None:
            findings.warning("delivery_missing", SERVICES, tjeneste.row, "leveranse")
        if tjeneste.farge and plan.utskrift.farge is None:
            findings.warning("colour_unknown", "plan.toml", None, "utskrift.farge", id=tjeneste.id)
        if plan.utskrift.porto and plan.utskrift.postage(tjeneste.sheets) is None:
            findings.warning(
                "postage_unknown", "plan.toml", None, "utskrift.porto", sheets=tjeneste.sheets
            )
