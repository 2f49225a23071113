"""Command `sdp open`: a package decrypted, verified, and shown or extracted."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from sdp.cli._output import Output, facts, json_option, local_time, masked_person, table
from sdp.cli.files import WatchedFile, read_password
from sdp.cli.parameters import FILE, FILE_OR_FOLDER, FOLDER, MOMENT, size
from sdp.dokumentpakke import open_pakke
from sdp.errors import CertificateError
from sdp.pki import Identity, TrustStore, organisasjonsnummer

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography import x509

    from sdp.dokumentpakke import AapnetPakke


@click.command("open")
@click.argument("package", type=FILE)
@click.option("--identity", type=FILE, required=True, help="PKCS#12 file with the recipient's key.")
@click.option("--password-file", type=FILE, required=True, help="File with its password.")
@click.option("--extract", "folder", type=FOLDER, help="Write the files to this folder.")
@click.option(
    "--trust",
    type=FILE_OR_FOLDER,
    help="Folder or bundle of CA certificates that the signer's certificate must chain to.",
)
@click.option(
    "--at",
    "moment",
    type=MOMENT,
    metavar="WHEN",
    help="Check certificates as of then, such as 2024-05-17T12:00+02:00; now if not given.",
)
@click.option(
    "--size-limit",
    type=size,
    metavar="SIZE",
    default="200MB",
    show_default=True,
    help="Refuse a package whose files are larger together, such as 4GiB.",
)
@json_option
def open_package(
    *,
    package: Path,
    identity: Path,
    password_file: Path,
    folder: Path | None,
    trust: Path | None,
    moment: datetime | None,
    size_limit: int,
    output: Output,
) -> int:
    """Decrypt PACKAGE, verify it, and show what is in it.

    Nothing is shown or extracted of a package that does not verify, and the exit code is then 1.
    """
    moment = moment or datetime.now(UTC)
    decryptor = Identity.from_pkcs12(identity, read_password(password_file), moment=moment)
    anchors = None if trust is None else TrustStore.from_path(trust)
    if anchors is None:
        output.note("No trust store is configured: the signer's certificate is not checked.")
    with (
        output.progress("Decrypting", package.stat().st_size) as progress,
        io.BufferedReader(WatchedFile(package, progress)) as cms,
    ):
        aapnet = open_pakke(cms, decryptor, trust=anchors, moment=moment, unpacked_limit=size_limit)
    with aapnet:
        extracted = None if folder is None else aapnet.extract_to(folder)
        _show(aapnet, extracted, output)
    return 0


def _show(aapnet: AapnetPakke, extracted: tuple[Path, ...] | None, output: Output) -> None:
    manifest = aapnet.manifest
    recipient = manifest.personidentifikator and masked_person(manifest.personidentifikator)
    titles = {
        dokument.filnavn: dokument.tittel
        for dokument in (manifest.hoveddokument, *manifest.vedlegg)
    }
    organisation = _organisation(aapnet.signer)
    is_sender = organisation == manifest.avsender
    if not is_sender:
        output.note(
            f"Signed by {organisation or 'no organisation that can be read'}, and not by the "
            f"sender in the manifest, {manifest.avsender}."
        )
    output.result(
        {
            "verified": True,
            "manifest": {
                "avsender": manifest.avsender,
                "avsenderidentifikator": manifest.avsenderidentifikator,
                "fakturareferanse": manifest.fakturareferanse,
                "personidentifikator": recipient,
                "postkasseadresse": manifest.postkasseadresse,
                "hoveddokument": manifest.hoveddokument.filnavn,
                "vedlegg": [vedlegg.filnavn for vedlegg in manifest.vedlegg],
            },
            "files": [
                {
                    "name": fil.filnavn,
                    "mime_type": fil.mime_type,
                    "title": titles.get(fil.filnavn),
                    "size": fil.size,
                    "sha256": fil.sha256,
                }
                for fil in aapnet.filer
            ],
            "signer": {
                "organisasjonsnummer": organisation,
                "is_sender": is_sender,
                "subject": aapnet.signer.subject.rfc4514_string(),
                "signed": aapnet.signing_time,
                "trusted": aapnet.is_trusted,
            },
            "extracted": extracted,
        },
        facts(
            [
                ("From", manifest.avsender),
                ("Unit", manifest.avsenderidentifikator),
                ("Invoice reference", manifest.fakturareferanse),
                ("To", recipient),
                ("Mailbox", manifest.postkasseadresse),
                ("Signed by", organisation or aapnet.signer.subject.rfc4514_string()),
                ("Signed", local_time(aapnet.signing_time)),
                ("Verified", _verdict(aapnet)),
                ("Extracted to", extracted and extracted[0].parent),
            ]
        ),
        table(
            ["File", "Title", "Type", "Bytes"],
            [
                (fil.filnavn, titles.get(fil.filnavn), fil.mime_type, fil.size)
                for fil in aapnet.filer
            ],
        ),
    )


def _verdict(aapnet: AapnetPakke) -> str:
    if aapnet.is_trusted:
        return "yes: signature, every file, and the signer's certificate"
    return "signature and every file; the signer's certificate is not checked"


def _organisation(certificate: x509.Certificate) -> str | None:
    try:
        return organisasjonsnummer(certificate)
    except CertificateError:
        return None
