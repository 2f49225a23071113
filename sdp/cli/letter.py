"""The parts of a letter, from what is named on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp.domain import Dokument, Dokumentpakke, Mottaker, TekniskMottaker
from sdp.domain.filnavn import MIME_TYPE_BY_SUFFIX
from sdp.pki import organisasjonsnummer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cryptography import x509


def documents(
    main: Path, attachments: Iterable[Path], *, title: str, unknown_type: str | None = None
) -> Dokumentpakke:
    """Gather the main document under its title, and the attachments under their file names.

    `unknown_type` is the MIME type of files whose ending says nothing; None refuses them.
    """
    return Dokumentpakke(
        hoveddokument=_document(main, title, unknown_type),
        vedlegg=tuple(_document(path, path.stem, unknown_type) for path in attachments),
    )


def _document(path: Path, title: str, unknown_type: str | None) -> Dokument:
    known = path.suffix.lower() in MIME_TYPE_BY_SUFFIX
    return Dokument.from_path(path, tittel=title, mime_type=None if known else unknown_type)


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
