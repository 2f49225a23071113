"""The services of a plan: `tjenester.csv`, one row for each service that writes letters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sdp.plan.findings import Findings, Level, PlanError
from sdp.plan.model import Andeler, Slag, Tjeneste
from sdp.plan.numbers import Origin, Tall
from sdp.plan.tables import LETTERS, PAGES, SHARE, SIZE, Bounds, Cells, read_table
from sdp.plan.texts import Language, Texts

if TYPE_CHECKING:
    from pathlib import Path

    from sdp.plan.measurements import Measurements
    from sdp.plan.model import Personer

SERVICES: Final = "tjenester.csv"
SERVICE_COLUMNS: Final = (
    *("id", "navn", "system", "slag", "volum", "sider", "bytes", "tosidig", "farge", "utland"),
    *("digital", "uten_adresse", "varsel", "aapningskvittering", "begrunnelse", "leveranse"),
    *("eksempel", "mottakere"),
)
_NOTICES: Final = {"epost": "epost", "e-post": "epost", "email": "epost", "sms": "sms"}
_BOTH: Final = {"begge": frozenset({"epost", "sms"}), "ingen": frozenset[str]()}


@dataclass(frozen=True, slots=True)
class ServiceFiles:
    """The files that a service can be measured with: example PDFs, and a list of people."""

    id: str
    eksempel: str
    mottakere: str
    row: int


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


def read_services(folder: Path, measured: Measurements, findings: Findings) -> tuple[Tjeneste, ...]:
    """Read the services; one with a fault is left out, and its faults are findings."""
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
