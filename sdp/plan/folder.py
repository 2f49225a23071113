"""The folder of a plan: `plan.toml`, CSV tables and what was measured, read as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sdp.plan.findings import Findings, Level, PlanError
from sdp.plan.mailings import read_mailings
from sdp.plan.measurements import Measurements
from sdp.plan.model import Plan, Risiko, Vilkaar
from sdp.plan.privacy import read_criteria
from sdp.plan.services import SERVICES, read_services
from sdp.plan.settings import Settings
from sdp.plan.tables import (
    SCORE,
    Cells,
    read_table,
)
from sdp.plan.texts import Language, Texts

if TYPE_CHECKING:
    from pathlib import Path

    from sdp.plan.findings import Finding

RISKS: Final = "risiko.csv"
TERMS: Final = "vilkaar.csv"
MEASURED: Final = "maalt.json"

RISK_COLUMNS: Final = (
    *("id", "verdi", "hendelse", "trussel", "saarbarhet", "kit", "sannsynlighet", "konsekvens"),
    *("tiltak", "eier", "frist", "rest_sannsynlighet", "rest_konsekvens", "bevis"),
)
TERMS_COLUMNS: Final = ("id", "kapittel", "krav", "status", "ansvar", "frist", "bevis", "kilde")


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
    services = read_services(folder, measured, findings)
    mailings = read_mailings(folder, services, findings)
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
