"""`sdp testmiljo`: a broker, mailboxes and a printer on this machine."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import click
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.cli._errors import CommandError
from sdp.cli._output import Output, facts, json_option
from sdp.cli.parameters import FILE, FOLDER, NEW_FILE
from sdp.domain import Mottaker, TekniskMottaker
from sdp.utskrift.one_page import one_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sdp.testmiljo import Testmiljo


@click.command
@click.option("--port", type=click.IntRange(0, 65535), default=8443, show_default=True)
@click.option(
    "--out",
    "folder",
    type=FOLDER,
    default="testmiljo",
    show_default=True,
    help="Where everything that a client needs is written.",
)
@click.option(
    "--wire",
    type=click.Choice(["dpi", "ebms"]),
    default="dpi",
    show_default=True,
    help="The wire of sdp.toml; the other has a configuration beside it.",
)
@click.option(
    "--people",
    type=click.IntRange(1, 100_000),
    metavar="N",
    help="Enter N synthetic people: in a hundred, 70 with a mailbox, 8 who opted out, 7 who may not"
    " be notified, 5 with old contact data, 10 without a mailbox; one in 20 with an address abroad."
    " They are written to people.csv.",
)
@click.option(
    "--outbox",
    metavar="DATABASE",
    help="Show the campaigns of this outbox on the web page, and find letters by its keys. It is"
    " never changed.",
)
@click.option(
    "--scenario",
    type=FILE,
    help="A TOML file of [[fault]] tables that tell what is to go wrong.",
)
@click.option(
    "--state-file",
    "--state",  # its name before; of a letter it is one of the outbox's states
    "state",
    type=NEW_FILE,
    help="A file that keys, people, letters and receipts are kept in from one start to the next.",
)
@json_option
def testmiljo(
    port: int,
    folder: Path,
    wire: Literal["dpi", "ebms"],
    people: int | None,
    outbox: str | None,
    scenario: Path | None,
    state: Path | None,
    output: Output,
) -> int:
    """Serve a test environment on this machine until Ctrl-C.

    The folder gets a ready client configuration with a test identity, a synthetic recipient, the
    print certificate, and a letter to send. Everything is in memory alone without --state-file.
    """
    with running_testmiljo(port, state) as miljo:
        if outbox is not None:
            _follow(outbox, miljo)
        if scenario is not None:
            _play(scenario, miljo)
        files = write_files(miljo, folder, wire)
        if people is not None:
            files["people"] = _populate(miljo, folder, people)
        shown = {
            "web_page": f"{miljo.root_url}/",
            "url": miljo.url,
            **files,
            "verify": _verify(files),
        }
        output.result(
            shown,
            facts((name.replace("_", " "), found) for name, found in shown.items()),
        )
        output.note("Stop it with Ctrl-C.")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            output.note("Stopped.")
    return 0


def _populate(miljo: Testmiljo, folder: Path, size: int) -> Path:
    from sdp.testmiljo.world.citizens import write_population

    path = folder / "people.csv"
    write_population(path, miljo.populate(size))
    return path


def _follow(address: str, miljo: Testmiljo) -> None:
    try:
        from sdp.outbox.look import Look
    except ModuleNotFoundError as error:
        raise CommandError(
            f"Following an outbox needs {error.name}, which is not installed.",
            remedy="Install: pip install 'sikker-digital-post[cli,testmiljo,outbox]'",
        ) from error
    miljo.follow(Look(address))


def _play(scenario: Path, miljo: Testmiljo) -> None:
    from sdp.testmiljo import read_scenario

    miljo.faults.play(read_scenario(scenario))


@contextmanager
def running_testmiljo(port: int = 0, state: Path | None = None) -> Iterator[Testmiljo]:
    """Run a test environment that serves while the block runs. Port 0 takes any free one.

    Raises:
        ConfigurationError: the state file cannot be used.
        CommandError: the extra it needs is not installed, or the port is taken.
    """
    try:
        from sdp.testmiljo import Testmiljo
    except ModuleNotFoundError as error:
        raise CommandError(
            f"The test environment needs {error.name}, which is not installed.",
            remedy="Install: pip install 'sikker-digital-post[cli,testmiljo]'",
        ) from error
    try:
        miljo = Testmiljo.start(port=port, state=state)
    except OSError as error:
        raise CommandError(
            f"Port {port} cannot be listened on: {error.strerror}.",
            remedy="Choose another with --port; 0 takes any free one.",
        ) from error
    with miljo:
        yield miljo


def _verify(files: Mapping[str, Path]) -> str:
    """Write the command that tries everything here."""
    from sdp.testmiljo.environment import ANNEN_AVSENDER

    people = " ".join(
        f"--person @{files[each]}" for each in ("recipient_number", "declined_number")
    )
    return f"sdp verify --config {files['configuration']} {people} --on-behalf-of {ANNEN_AVSENDER}"


def write_files(
    miljo: Testmiljo, folder: Path, wire: Literal["dpi", "ebms"] = "dpi"
) -> dict[str, Path]:
    """Write what a client needs, and return the path of each file by its purpose.

    Args:
        miljo: the environment.
        folder: made where it is not there.
        wire: the wire of the first configuration.
    """
    other = "ebms" if wire == "dpi" else "dpi"
    folder.mkdir(parents=True, exist_ok=True)
    mottaker = _known(miljo) or miljo.innbygger()
    declined = _declined(miljo)
    contents = {
        "recipient": ("innbygger.toml", _recipient(mottaker)),
        "recipient_number": ("innbygger.fnr", mottaker.personidentifikator.encode()),
        "declined_number": ("reservert.fnr", declined.encode()),
        "mailbox_certificate": ("postkasse.pem", _pem(mottaker.postkasse)),
        "print_certificate": ("printer.pem", _pem(miljo.printer_mottaker())),
        "letter": ("brev.pdf", one_page(["Svar på søknaden din", "", "Du får plass."])),
    }
    for filnavn, content in contents.values():
        (folder / filnavn).write_bytes(content)
    return {
        "configuration": miljo.write_config(folder, wire=wire, revocation="hard"),
        f"configuration_{other}": folder / f"sdp-{other}.toml",
        **{key: folder / filnavn for key, (filnavn, _) in contents.items()},
    }


def _known(miljo: Testmiljo) -> Mottaker | None:
    """Find the first person of before a restart who can get a letter."""
    postkasse = miljo.postkasse.actor
    for person in miljo.register:
        if person.postkasseadresse is not None and (person.reservasjon, person.sertifikat) == (
            "NEI",
            postkasse.certificate,
        ):
            return Mottaker(
                personidentifikator=person.personidentifikator,
                postkasseadresse=person.postkasseadresse,
                postkasse=TekniskMottaker(
                    organisasjonsnummer=postkasse.organisasjonsnummer,
                    sertifikat=postkasse.certificate,
                ),
            )
    return None


def _declined(miljo: Testmiljo) -> str:
    """Find the first person of before a restart who has opted out of digital post, or make one."""
    from sdp.testmiljo import Kind

    for person in miljo.register:
        if person.reservasjon == "JA":
            return person.personidentifikator
    return miljo.innbygger(kind=Kind.RESERVED).personidentifikator


def _recipient(mottaker: Mottaker) -> bytes:
    sertifikat = _pem(mottaker.postkasse).decode()
    return (
        f'personidentifikator = "{mottaker.personidentifikator}"\n'
        f'postkasseadresse = "{mottaker.postkasseadresse}"\n'
        f'postkasse = "{mottaker.postkasse.organisasjonsnummer}"\n'
        f'sertifikat = """\n{sertifikat}"""\n'
    ).encode()


def _pem(mottaker: TekniskMottaker) -> bytes:
    return mottaker.sertifikat.public_bytes(Encoding.PEM)
