"""The parts of a letter, from what is named on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp.domain import Dokument, Dokumentpakke, Mottaker, TekniskMottaker
from sdp.pki import organisasjonsnummer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cryptography import x509


def documents(main: Path, attachments: Iterable[Path], *, title: str) -> Dokumentpakke:
    """Gather the main document under its title, and the attachments under their file names."""
    return Dokumentpakke(
        hoveddokument=Dokument.from_path(main, tittel=title),
        vedlegg=tuple(Dokument.from_path(path, tittel=path.stem) for path in attachments),
    )


def citizen(personidentifikator: str, mailbox: str, certificate: x509.Certificate) -> Mottaker:
    """Make the recipient of a digital letter; the certificate says whose mailbox it is."""
    return Mottaker(
        personidentifikator=personidentifikator,
        postkasseadresse=mailbox,
        postkasse=technical_recipient(certificate),
    )


def technical_recipient(certificate: x509.Certificate) -> TekniskMottaker:
    """Make the mailbox provider or printer that a certificate belongs to."""
    return TekniskMottaker(
        organisasjonsnummer=organisasjonsnummer(certificate), sertifikat=certificate
    )
