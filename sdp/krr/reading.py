"""Fields of a person that REST and SOAP give alike."""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sdp.domain import check_personidentifikator
from sdp.domain._verdi import aware
from sdp.errors import CertificateError, InvalidInputError
from sdp.krr.person import Kontaktadresse, OppslagFeil, Person, Status, read_reservasjon
from sdp.pki import read_certificate

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography import x509

    from sdp.krr.person import Oppslag

_YES_OR_NO: Final = {"JA": True, "NEI": False}
_ELEVEN_DIGITS: Final = re.compile("[0-9]{11}")
_PEM_LINES: Final = re.compile(r"-----(?:BEGIN|END) CERTIFICATE-----|\s")


def read_oppslag(written: object, read: Callable[[str], Person]) -> Oppslag:
    """Return the person that is read, or what cannot be read about them.

    Nobody is left out: an entry without a number that a person can have is a failure too.

    Args:
        written: the number in the answer.
        read: reads the person with that number.
    """
    number = written.strip() if isinstance(written, str) else ""
    if not _ELEVEN_DIGITS.fullmatch(number):
        grunn = "the register's answer does not name this person by a number of 11 digits"
        return OppslagFeil(personidentifikator="", grunn=grunn)
    try:
        return read(number)
    except (InvalidInputError, ValueError) as error:
        words = _broken_rule(number) or in_words(error)
        grunn = f"the register's answer cannot be read: {words}"
        return OppslagFeil(personidentifikator=number, grunn=grunn)


def _broken_rule(number: str) -> str | None:
    try:
        check_personidentifikator(number)
    except ValueError as error:
        return str(error)
    return None


def read_status(words: str | None) -> Status:
    """Read `status`.

    Raises:
        ValueError: it is missing or another.
    """
    try:
        return Status(words or "")
    except ValueError:
        raise ValueError(f"status: must be one of {', '.join(Status)}") from None


def read_reservert(words: str | None, status: Status) -> bool:
    """Read `reservasjon`; see `read_reservasjon`.

    Raises:
        ValueError: naming the field.
    """
    try:
        return read_reservasjon(words, status)
    except ValueError as error:
        raise ValueError(f"reservasjon: {error}") from None


def read_kontaktadresse(
    adresse: object,
    *,
    oppdatert: object,
    sist_verifisert: object,
    sist_validert: object = None,
    duplisert: object = None,
) -> Kontaktadresse | None:
    """Read an address to notify, and when its owner stood by it.

    What is garbled costs the address, or that one date, and nothing else of the person: the worst
    that comes of it is that nobody is notified there.
    """
    if not isinstance(adresse, str) or not adresse.strip():
        return None
    try:
        return Kontaktadresse(
            adresse=adresse.strip(),
            oppdatert=read_tidspunkt(oppdatert),
            sist_verifisert=read_tidspunkt(sist_verifisert),
            sist_validert=read_tidspunkt(sist_validert),
            duplisert=_YES_OR_NO.get(duplisert) if isinstance(duplisert, str) else None,
        )
    except InvalidInputError:
        return None


def read_tidspunkt(written: object) -> datetime | None:
    """Read a date and time; None where it is missing or garbled."""
    if not isinstance(written, str):
        return None
    try:
        return aware(datetime.fromisoformat(written.strip()))
    except ValueError:
        return None


def read_sertifikat(written: str, name: str) -> x509.Certificate:
    """Read a certificate in base64, bare or as PEM.

    Raises:
        ValueError: it is none; the field is named.
    """
    try:
        return _certificate(written)
    except (ValueError, CertificateError):
        raise ValueError(f"{name}: must be an X.509 certificate in base64 or PEM") from None


@lru_cache(maxsize=16)
def _certificate(written: str) -> x509.Certificate:
    # However many people there are, they have the certificates of two or three providers.
    return read_certificate(b64decode(_PEM_LINES.sub("", written), validate=True))


def in_words(error: InvalidInputError | ValueError) -> str:
    """Name each field with its rule, and no value."""
    if isinstance(error, InvalidInputError):
        return "; ".join(str(problem) for problem in error.problems)
    return str(error)
