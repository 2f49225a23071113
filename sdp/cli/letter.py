"""The parts of a letter, from what is named on the command line or written in files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sdp.cli._errors import CommandError
from sdp.cli.files import read_text
from sdp.domain import (
    Dokument,
    Dokumentpakke,
    Mottaker,
    NorskAdresse,
    Postadresse,
    TekniskMottaker,
    UtenlandskAdresse,
)
from sdp.domain._verdi import is_blank
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


_POSTCODE_AND_TOWN = re.compile(r"(?P<postnummer>[0-9]{4})\s+(?P<poststed>\S.*)")
_NORWAY = frozenset({"norge", "noreg", "norway"})
_COUNTRY_CODE = re.compile(r"[A-Z]{2}")


def read_address(path: Path) -> Postadresse:
    """Read an address: the name, up to three street lines, then the postcode and town.

    An address abroad has one to four lines between the name and the country, which comes last, by
    its name or its two-letter code.

    Raises:
        CommandError: there are too few or too many lines.
        InvalidInputError: a line breaks a rule.
    """
    lines = [line.strip() for line in read_text(path).splitlines()]
    match [line for line in lines if not is_blank(line)]:
        # Norway below a domestic address does not make it foreign.
        case [navn, *middle, place, country] if country.casefold() in _NORWAY and (
            found := _POSTCODE_AND_TOWN.fullmatch(place)
        ):
            return Postadresse(navn=navn, adresse=_norwegian(middle, path, **found.groupdict()))
        case [navn, *middle, last] if found := _POSTCODE_AND_TOWN.fullmatch(last):
            return Postadresse(navn=navn, adresse=_norwegian(middle, path, **found.groupdict()))
        case [navn, first, *middle, last]:
            return Postadresse(navn=navn, adresse=_foreign(first, middle, last, path))
        case _:
            raise _unlike_an_address(path)


def _norwegian(lines: list[str], path: Path, *, postnummer: str, poststed: str) -> NorskAdresse:
    if not lines:
        raise _unlike_an_address(path)
    first, *others = lines
    second, third = _filled(others, 2, path)
    return NorskAdresse(
        adresselinje1=first,
        adresselinje2=second,
        adresselinje3=third,
        postnummer=postnummer,
        poststed=poststed,
    )


def _foreign(first: str, lines: list[str], country: str, path: Path) -> UtenlandskAdresse:
    second, third, fourth = _filled(lines, 3, path)
    is_code = _COUNTRY_CODE.fullmatch(country) is not None
    return UtenlandskAdresse(
        adresselinje1=first,
        adresselinje2=second,
        adresselinje3=third,
        adresselinje4=fourth,
        land=None if is_code else country,
        landkode=country if is_code else None,
    )


def _filled(lines: list[str], count: int, path: Path) -> list[str | None]:
    if len(lines) > count:
        raise _unlike_an_address(path)
    return [*lines, *[None] * (count - len(lines))]


def _unlike_an_address(path: Path) -> CommandError:
    return CommandError(
        f"{path} does not hold an address: it has too few lines, or too many.",
        remedy="Write the name, the street lines, and last '0155 Oslo' or the country.",
    )
