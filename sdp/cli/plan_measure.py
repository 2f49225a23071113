"""`sdp plan measure`: example documents packed, and people counted by the lawful route."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING

import click

from sdp.cli._errors import CommandError
from sdp.cli._output import Output, json_option, table
from sdp.cli.files import whole_or_nothing
from sdp.cli.parameters import FILE
from sdp.cli.people import count_rows, in_blocks, opened, rows
from sdp.cli.plan_folder import folder_argument
from sdp.client import Client
from sdp.config import ClientConfig
from sdp.dokumentpakke import DEFAULT_SIZE_LIMIT, pack_to
from sdp.domain import (
    Avsender,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    Formaal,
    Forsendelse,
    Mottaker,
    TekniskMottaker,
)
from sdp.gate.files import read_file
from sdp.krr import Digital, OppslagFeil
from sdp.pki.keys.pkcs11 import Pkcs11Identity
from sdp.plan.findings import Findings
from sdp.plan.folder import MEASURED
from sdp.plan.measurements import Measurements
from sdp.plan.measuring import Packed, Tally, package_of
from sdp.plan.services import SERVICES, service_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from sdp.cli.people import Row
    from sdp.krr import Oppslag
    from sdp.pki import Identity
    from sdp.plan.services import ServiceFiles

_NOBODY = "01819090013"
"""A synthetic number: a package is made for somebody, and this one for nobody."""


@click.command
@folder_argument
@click.option("--config", type=FILE, required=True, help="Client configuration, TOML.")
@click.option("--address-column", metavar="HEADING", help="As for sdp reach.")
@json_option
def measure(*, folder: Path, config: Path, address_column: str | None, output: Output) -> int:
    """Pack the example PDFs and count the lists of people that tjenester.csv names.

    The result is maalt.json in DIR: counts, dates and digests, and nobody's number. What was
    measured before and is not measured now is kept.
    """
    settings, findings = ClientConfig.from_toml(config), Findings()
    services = service_files(folder)
    today = datetime.now(UTC).date()
    before = Measurements.read(folder / MEASURED, findings)
    packed = {each.id: _packed(each, folder, settings) for each in services if each.eksempel}
    counted: dict[str, Tally] = {}
    unanswered = 0
    asked = [each for each in services if each.mottakere]
    if asked:
        with Client(settings) as client:
            for each in asked:
                people = _list_of_people(folder, each.mottakere, each)
                counted[each.id], missed = _counted(client, people, address_column, output, each.id)
                unanswered += missed
    now = Measurements(
        {id_: tally.people(today) for id_, tally in counted.items() if tally.alle},
        {id_: package_of(some, today) for id_, some in packed.items()},
        {id_: tuple(each.sha256 for each in some) for id_, some in packed.items()},
    )
    with whole_or_nothing(folder / MEASURED) as file:
        file.write(before.joined(now).as_json().encode("utf-8"))
    _tell(now, unanswered, today, output)
    return 0


def _tell(now: Measurements, unanswered: int, today: date, output: Output) -> None:
    output.result(
        {
            "file": MEASURED,
            "date": today.isoformat(),
            "people": {id_: each.alle for id_, each in now.people.items()},
            "packages": {id_: each.bytes for id_, each in now.packages.items()},
            "unanswered": unanswered,
        },
        table(
            ["id", "people", "mailbox", "notifiable", "print", "none"],
            [
                (id_, p.alle, p.postkasse, p.kan_varsles, p.print, p.ingen)
                for id_, p in now.people.items()
            ],
        ),
        table(
            ["id", "examples", "billable bytes", "pages"],
            [(id_, p.antall, p.bytes, p.sider) for id_, p in now.packages.items()],
        ),
    )
    if unanswered:
        output.note(f"{unanswered} people are not counted: no valid number, or no usable answer.")


def _counted(
    client: Client, people: Path, address_column: str | None, output: Output, label: str
) -> tuple[Tally, int]:
    """Count a list, each person once, in blocks of as many as the register answers about."""
    tally, missed = Tally(), 0
    seen: set[str] = set()
    with (
        opened(people) as file,
        output.progress(label, count_rows(people), unit="people") as progress,
    ):
        for block in in_blocks(rows(file, column=None, address_column=address_column)):
            missed += sum(not row.is_valid for row in block)
            valid = [row for row in block if row.is_valid]
            new = {row.number: row for row in reversed(valid) if row.number not in seen}
            seen.update(new)
            for oppslag in client.lookup(new):
                missed += not _tallied(client, oppslag, new, tally)
            progress(len(block))
    return tally, missed


def _tallied(client: Client, oppslag: Oppslag, listed: Mapping[str, Row], tally: Tally) -> bool:
    """Count one person; False if the register's answer says nothing of how they are reached."""
    if isinstance(oppslag, OppslagFeil):
        return False
    vedtak = client.route(oppslag, formaal=Formaal.VEDTAK)
    informasjon = client.route(oppslag, formaal=Formaal.INFORMASJON)
    if not isinstance(informasjon, Digital) and informasjon.is_held_back:
        return False  # neither digital nor print until a certificate is put right
    tally.count(
        informasjon=isinstance(informasjon, Digital),
        vedtak=isinstance(vedtak, Digital),
        has_address=listed[oppslag.personidentifikator].has_address,
    )
    return True


def _packed(service: ServiceFiles, folder: Path, settings: ClientConfig) -> list[Packed]:
    """Pack each example as a letter of its own, for the agency itself. Nothing is sent."""
    try:
        found = list(folder.glob(service.eksempel))
    except (NotImplementedError, ValueError):  # an absolute pattern, or none at all
        found = []
    paths = sorted(path for path in found if path.is_file() and _is_in(folder, path))
    if not paths:
        raise CommandError(
            f"{SERVICES}:{service.row}:eksempel: no PDF matches.",
            remedy="Write a pattern within the folder, such as eksempler/avgift*.pdf.",
        )
    moment = datetime.now(UTC)
    identity = settings.load_identity(moment)
    try:
        return [_one(path, identity, moment) for path in paths]
    finally:
        if isinstance(identity, Pkcs11Identity):
            identity.close()


def _one(path: Path, identity: Identity | Pkcs11Identity, moment: datetime) -> Packed:
    content = read_file(path, DEFAULT_SIZE_LIMIT)
    orgnr = identity.organisasjonsnummer
    letter = Forsendelse.digital(
        avsender=Avsender(organisasjonsnummer=orgnr),
        mottaker=Mottaker(
            personidentifikator=_NOBODY,
            postkasseadresse="ourselves#0000",
            postkasse=TekniskMottaker(organisasjonsnummer=orgnr, sertifikat=identity.certificate),
        ),
        digital_post=DigitalPost(ikke_sensitiv_tittel="Brev"),
        dokumentpakke=Dokumentpakke(
            hoveddokument=Dokument.from_bytes(
                content, filnavn="brev.pdf", mime_type="application/pdf", tittel="Brev"
            )
        ),
    )
    packed = pack_to(_discarded, letter, identity, moment=moment)
    return Packed(packed.billable_bytes, _pages(path), hashlib.sha256(content).hexdigest())


def _discarded(_: object) -> None:
    """Take a package that nobody is sent."""


def _pages(path: Path) -> int:
    """Count the pages of a PDF.

    Raises:
        CommandError: it is no PDF that can be read, or the extra `pdf` is not installed.
    """
    try:
        pdfium = import_module("pypdfium2")
    except ModuleNotFoundError:
        raise CommandError(
            "Pages are counted with pypdfium2, which is not installed.",
            remedy="Install: pip install 'sikker-digital-post[cli,pdf,plan]'",
        ) from None
    try:
        with pdfium.PdfDocument(path) as document:
            return len(document)
    except pdfium.PdfiumError:
        raise CommandError(
            f"{path.name} cannot be read as a PDF.", remedy="Give examples that are PDF files."
        ) from None


def _list_of_people(folder: Path, name: str, service: ServiceFiles) -> Path:
    path = folder / name
    if not path.is_file():
        raise CommandError(
            f"{SERVICES}:{service.row}:mottakere: the file does not exist.",
            remedy="Write its path, relative to the folder of the plan.",
        )
    return path


def _is_in(folder: Path, path: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
