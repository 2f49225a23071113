"""Dossiers of letters: `sdp outbox show --dossier` writes one, `sdp outbox verify` verifies it."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

import click

from sdp.cli._output import Output, facts, json_option, printable, table
from sdp.cli.files import whole_or_nothing
from sdp.cli.parameters import FILE, FILE_OR_FOLDER
from sdp.dossier import verify_dossier
from sdp.pki import TrustStore

if TYPE_CHECKING:
    from pathlib import Path

    from sdp.outbox import Outbox


def write_dossier(opened: Outbox, key: str, path: Path, output: Output) -> int:
    """Write the dossier of a letter, and tell its digest."""
    content = opened.dossier(key)
    with whole_or_nothing(path) as file:
        file.write(content)
    digest = hashlib.sha256(content).hexdigest()
    output.result(
        {"dossier": str(path), "bytes": len(content), "sha256": digest},
        facts([("Dossier", path), ("Bytes", len(content)), ("SHA-256", digest)]),
        printable(f"Verify it with: sdp outbox verify {path}"),
    )
    return 0


@click.command
@click.argument("file", type=FILE)
@click.option(
    "--trust",
    type=FILE_OR_FOLDER,
    help="CA certificates to trust; without it, those in the dossier, which are then named.",
)
@json_option
def verify(*, file: Path, trust: Path | None, output: Output) -> int:
    """Verify a dossier offline, at the time of its receipts; say what each part proves.

    The exit code is 0 if nothing is broken, and 1 if something is. It needs no database and no key.
    """
    store = None if trust is None else TrustStore.from_path(trust)
    report = verify_dossier(file, trust=store)
    output.result(
        {
            "holds": report.holds,
            "key": report.nokkel,
            "conversation": report.konversasjons_id,
            "findings": [dataclasses.asdict(each) for each in report.findings],
            "proves": list(report.proves),
            "proves_not": list(report.proves_not),
        },
        table(
            ["Part", "Finding", "In words"],
            [
                (each.part, each.finding.value.replace("_", " "), each.words)
                for each in report.findings
            ],
            title=f"Letter {report.nokkel}",
        ),
        printable(
            "\n".join(
                [
                    *("This proves:", *(f"- {each}" for each in report.proves)),
                    *("It does not prove:", *(f"- {each}" for each in report.proves_not)),
                    "" if report.holds else "Something is broken: see above.",
                ]
            )
        ),
    )
    return 0 if report.holds else 1
