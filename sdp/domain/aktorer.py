"""The parties to a letter, and the numbers that identify people and organisations."""

from __future__ import annotations

import re
from datetime import date
from operator import mul
from typing import Annotated

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, load_der_x509_certificate
from pydantic import AfterValidator

from sdp.domain._verdi import Instans, Privat, Utfylt, Verdi, tekst
from sdp.gate import is_organisasjonsnummer

_ELEVEN_DIGITS = re.compile("[0-9]{11}")
_NINE_DIGITS = re.compile("[0-9]{9}")
_KANAL = re.compile("[A-Za-z0-9_-]{1,28}")

# The second weights are for the first control digit as well as for the nine digits before it.
_FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_FIRST_REMAINDERS = frozenset({0, 1, 2, 3})
"""Before 2032 only 0 was given out, and old numbers stay as they are."""

_D_NUMBER = 40
_DOLLY = 40
_TENOR = 80


def is_synthetic(personidentifikator: str) -> bool:
    """Tell whether a number is a test person's: Tenor (month + 80) or Dolly (month + 40)."""
    return _ELEVEN_DIGITS.fullmatch(personidentifikator) is not None and _month_shift(
        personidentifikator
    ) in {_DOLLY, _TENOR}


def check_personidentifikator(value: str) -> str:
    """Return a fødselsnummer or D-number unchanged, real or synthetic.

    The control digits must hold for the number as it is written, by the rule of before or from
    2032. The date must exist, once 40 is taken from the day of a D-number, and 40 or 80 from the
    month of a synthetic one. Nothing is read from the individual number, since it tells no century
    from 2032.

    Raises:
        ValueError: with the broken rule.

    Source: Skatteetaten, "Nytt fødselsnummer fra 2032"; sdp-felles.xsd, personidentifikator.
    """
    if not _ELEVEN_DIGITS.fullmatch(value):
        raise ValueError("must be 11 digits")
    if not _control_digits_hold(value):
        raise ValueError("must be a fødselsnummer or D-number; its control digits do not hold")
    if not _holds_date(value):
        raise ValueError("must be a fødselsnummer or D-number; it holds no date")
    return value


def _control_digits_hold(number: str) -> bool:
    digits = [*map(int, number)]
    first = sum(map(mul, _FIRST_WEIGHTS, digits)) % 11
    second = sum(map(mul, _SECOND_WEIGHTS, digits)) % 11
    return first in _FIRST_REMAINDERS and second == 0


def _holds_date(number: str) -> bool:
    day, month, year = int(number[:2]), int(number[2:4]) - _month_shift(number), int(number[4:6])
    if day > _D_NUMBER:
        day -= _D_NUMBER
    try:
        # Of the centuries that two digits leave open, one has a leap year whenever another has.
        date(2000 + year, month, day)
    except ValueError:
        return False
    return True


def check_organisasjonsnummer(value: str) -> str:
    """Return an organisation number unchanged.

    Raises:
        ValueError: with the broken rule. Source: the register of legal entities (MOD-11).
    """
    if is_organisasjonsnummer(value):
        return value
    if not _NINE_DIGITS.fullmatch(value):
        raise ValueError("must be 9 digits, without the prefix 9908:")
    raise ValueError("must be an organisation number; its control digit does not hold")


def check_kanal(value: str) -> str:
    """Return a kanal unchanged: what keeps a system's receipts apart on DPI.

    Raises:
        ValueError: with the broken rule. Source: the interface of the access points.
    """
    if not _KANAL.fullmatch(value):
        raise ValueError("must be 1 to 28 characters of A-Z a-z 0-9 _ and -")
    return value


def _month_shift(value: str) -> int:
    month = int(value[2:4])
    for shift in (_DOLLY, _TENOR):
        if 1 <= month - shift <= 12:
            return shift
    return 0


Personidentifikator = Annotated[str, AfterValidator(check_personidentifikator)]
Organisasjonsnummer = Annotated[str, AfterValidator(check_organisasjonsnummer)]
Kanal = Annotated[str, AfterValidator(check_kanal)]


class Avsender(Verdi):
    """The organisation a letter is from. Source: sdp-felles.xsd, Avsender."""

    organisasjonsnummer: Organisasjonsnummer
    """The organisation number: nine digits."""
    avsenderidentifikator: Annotated[str, tekst(0, 100)] | None = None
    """A unit within the organisation, agreed with the operator; at most 100 characters."""
    fakturareferanse: Annotated[str, tekst(0, 40)] | None = None
    """A reference shown on the invoice for the letter; at most 40 characters."""


class Databehandler(Verdi):
    """The technical sender: the organisation whose certificate signs."""

    organisasjonsnummer: Organisasjonsnummer
    """The organisation number: nine digits."""


class TekniskMottaker(Verdi):
    """The mailbox provider or printer that opens a letter, encrypted for its certificate."""

    organisasjonsnummer: Organisasjonsnummer
    """The organisation number: nine digits."""
    sertifikat: Annotated[Certificate, Instans(Certificate)]
    """The certificate that the letter is encrypted for."""

    def __reduce__(self) -> tuple[object, tuple[str, bytes]]:
        return _unpickled, (self.organisasjonsnummer, self.sertifikat.public_bytes(Encoding.DER))


def _unpickled(organisasjonsnummer: str, der: bytes) -> TekniskMottaker:
    return TekniskMottaker(
        organisasjonsnummer=organisasjonsnummer, sertifikat=load_der_x509_certificate(der)
    )


class Mottaker(Verdi):
    """The citizen who gets a digital letter. Source: sdp-felles.xsd, Person."""

    personidentifikator: Privat[Personidentifikator]
    """Fødselsnummer or D-number, real or synthetic."""
    postkasseadresse: Privat[Utfylt]
    """The address of the citizen's mailbox, as the contact register gives it."""
    postkasse: TekniskMottaker
    """The provider of that mailbox."""

    @property
    def is_synthetic(self) -> bool:
        """True for a made-up test person."""
        return is_synthetic(self.personidentifikator)
