"""Command `sdp pack`: documents into one signed and encrypted package."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from sdp import pki
from sdp.cli._errors import CommandError
from sdp.cli._output import Output, facts, json_option
from sdp.cli.files import read_password, whole_or_nothing
from sdp.cli.letter import documents
from sdp.cli.parameters import FILE, FILE_OR_FOLDER, NEW_FILE, certificate, person, size
from sdp.dokumentpakke import Profile, pack_to
from sdp.domain import Avsender, DigitalPost, Forsendelse, Mottaker, TekniskMottaker
from sdp.errors import CertificateError
from sdp.pki import Identity, organisasjonsnummer

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography import x509


@click.command
@click.argument("document", type=FILE)
@click.argument("attachments", nargs=-1, type=FILE)
@click.option("--title", required=True, help="Title of the letter, and of its main document.")
@click.option("--identity", type=FILE, required=True, help="PKCS#12 file with the signing key.")
@click.option("--password-file", type=FILE, required=True, help="File with its password.")
@click.option("--sender", metavar="ORGNR", required=True, help="Who the letter is from.")
@click.option(
    "--recipient-cert",
    type=certificate,
    metavar="FILE",
    required=True,
    help="Certificate of the recipient's mailbox, PEM or DER.",
)
@click.option(
    "--person",
    "recipient",
    type=person,
    metavar="FNR",
    required=True,
    help="Fødselsnummer of the recipient, or @FILE with it.",
)
@click.option("--mailbox", metavar="ADDR", required=True, help="The recipient's mailbox address.")
@click.option("--out", type=NEW_FILE, required=True, help="Where the encrypted package goes.")
@click.option("--asice", type=NEW_FILE, help="Where the same package goes unencrypted.")
@click.option(
    "--size-limit",
    type=size,
    metavar="SIZE",
    default="50MB",
    show_default=True,
    help="Largest total size of the documents, such as 4GiB.",
)
@click.option(
    "--wire",
    type=click.Choice(["dpi", "ebms"]),
    default="dpi",
    show_default=True,
    help="The wire that the package is for: they differ in details of its ZIP and manifest.",
)
@click.option(
    "--trust",
    type=FILE_OR_FOLDER,
    help="Folder or bundle of CA certificates that the recipient's certificate must chain to.",
)
@json_option
def pack(
    document: Path,
    attachments: tuple[Path, ...],
    *,
    title: str,
    identity: Path,
    password_file: Path,
    sender: str,
    recipient_cert: x509.Certificate,
    recipient: str,
    mailbox: str,
    out: Path,
    asice: Path | None,
    size_limit: int,
    wire: str,
    trust: Path | None,
    output: Output,
) -> int:
    """Pack DOCUMENT and ATTACHMENTS for one recipient's digital mailbox.

    The package is signed with the identity and encrypted for the mailbox. Nothing is sent.
    """
    moment = datetime.now(UTC)
    _refuse_to_overwrite((document, *attachments), out, asice)
    signer = Identity.from_pkcs12(identity, read_password(password_file), moment=moment)
    mailbox_organisation = _organisation_of(recipient_cert, output)
    forsendelse = Forsendelse.digital(
        avsender=Avsender(organisasjonsnummer=sender),
        mottaker=Mottaker(
            personidentifikator=recipient,
            postkasseadresse=mailbox,
            postkasse=TekniskMottaker(
                # A package does not hold this number, so it can be made without the right one.
                organisasjonsnummer=mailbox_organisation or sender,
                sertifikat=recipient_cert,
            ),
        ),
        digital_post=DigitalPost(ikke_sensitiv_tittel=title),
        dokumentpakke=documents(
            document, attachments, title=title, unknown_type="application/octet-stream"
        ),
    )
    if trust is None:
        output.note("No trust store is configured: the recipient's certificate is not checked.")
    else:
        anchors = pki.TrustStore.from_path(trust)  # imported now, since most do without
        anchors.validate(recipient_cert, moment=moment, usage=pki.Usage.ENCRYPTION)
        signer = signer.with_chain_from(anchors, moment=moment)
    total = sum(path.stat().st_size for path in (document, *attachments))
    with ExitStack() as stack:
        package_file = stack.enter_context(whole_or_nothing(out))
        plain_file = stack.enter_context(whole_or_nothing(asice)) if asice else None
        progress = stack.enter_context(output.progress("Packing", total))
        pakke = pack_to(
            package_file.write,
            forsendelse,
            signer,
            moment=moment,
            profile=Profile[wire.upper()],
            size_limit=size_limit,
            asice=plain_file,
            progress=progress,
        )
    output.result(
        {
            "package": out,
            "asice": asice,
            "package_size": pakke.size,
            "billable_bytes": pakke.billable_bytes,
            "fingerprint": pakke.fingerprint,
            "mailbox_organisation": mailbox_organisation,
            "files": [
                {"name": fil.filnavn, "mime_type": fil.mime_type, "size": fil.size}
                for fil in pakke.filer
            ],
        },
        facts(
            [
                ("Package", f"{out} ({pakke.size} bytes)"),
                ("Unencrypted", asice),
                ("Files", len(pakke.filer)),
                ("Billable bytes", pakke.billable_bytes),
                ("Fingerprint (SHA-256)", pakke.fingerprint.hex()),
                ("Encrypted for", mailbox_organisation),
            ]
        ),
    )
    return 0


def _organisation_of(certificate: x509.Certificate, output: Output) -> str | None:
    try:
        return organisasjonsnummer(certificate)
    except CertificateError as error:
        output.note(
            f"{error.message} The package can be made, but no mailbox has this certificate."
        )
        return None


def _refuse_to_overwrite(sources: tuple[Path, ...], out: Path, asice: Path | None) -> None:
    targets = [path.resolve() for path in (out, asice) if path is not None]
    if len(set(targets)) < len(targets) or set(targets) & {path.resolve() for path in sources}:
        raise CommandError(
            "The package would overwrite a document or itself.",
            remedy="Give --out and --asice names of their own.",
        )
