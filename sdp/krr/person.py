"""What the contact and reservation register says about people, and where print is sent."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeAlias

from cryptography.x509 import Certificate

from sdp.domain._tekst import Utfylt
from sdp.domain._tid import Tidspunkt
from sdp.domain._verdi import Instans, Privat, Verdi
from sdp.domain.identifikatorer import Organisasjonsnummer, Personidentifikator


class Status(StrEnum):
    """Whether the register knows a person. Source: Status in oppslagstjenesten-metadata.xsd."""

    AKTIV = "AKTIV"
    SLETTET = "SLETTET"
    IKKE_REGISTRERT = "IKKE_REGISTRERT"


class Kontaktadresse(Verdi):
    """An e-mail address or a mobile number, and when the person last confirmed it.

    Attributes:
        adresse: as the person gave it.
        oppdatert: when it was last changed; None if the register does not say.
        sist_verifisert: when the person last confirmed it; None likewise.
    """

    adresse: Privat[Utfylt]
    oppdatert: Tidspunkt | None = None
    sist_verifisert: Tidspunkt | None = None


class DigitalPostkasse(Verdi):
    """The mailbox a person has chosen. Give both address and provider.

    Attributes:
        postkasseadresse: the person's address at the provider.
        leverandoer: the organisation number of the provider.
    """

    postkasseadresse: Privat[Utfylt]
    leverandoer: Organisasjonsnummer


class Person(Verdi):
    """One person as the register has them.

    Attributes:
        personidentifikator: fødselsnummer or D-number.
        status: whether the register knows the person.
        reservert: whether the person has opted out of digital letters.
        kan_varsles: whether the person may be notified by e-mail or text message.
        epost: the e-mail address.
        mobil: the mobile number.
        digital_post: the mailbox.
        sertifikat: the mailbox provider's, not validated yet.
        spraak: the language the person prefers, such as `nb`.
    """

    personidentifikator: Privat[Personidentifikator]
    status: Annotated[Status, Instans(Status)]
    reservert: bool
    kan_varsles: bool
    epost: Kontaktadresse | None = None
    mobil: Kontaktadresse | None = None
    digital_post: DigitalPostkasse | None = None
    sertifikat: Annotated[Certificate | None, Instans(Certificate, type(None))] = None
    spraak: str | None = None


class OppslagFeil(Verdi):
    """The register gave no usable answer about one person; other answers are not affected.

    Attributes:
        personidentifikator: whom it is about.
        grunn: why, in words that hold no personal data.
    """

    personidentifikator: Privat[Personidentifikator]
    grunn: Utfylt


Oppslag: TypeAlias = Person | OppslagFeil
"""The answer about one person."""


class Printsertifikat(Verdi):
    """Who prints letters at the moment.

    Attributes:
        leverandoer: the organisation number of the printer.
        sertifikat: the certificate that letters to it are encrypted for, not validated yet.
    """

    leverandoer: Organisasjonsnummer
    sertifikat: Annotated[Certificate, Instans(Certificate)]


def read_reservasjon(words: str | None, status: Status) -> bool:
    """Read `reservasjon`, JA or NEI: whether the person has opted out of digital letters.

    Only NEI means no. The register may leave it out for people it does not know; they count as
    reserved, and cannot be reached digitally in any case.

    Raises:
        ValueError: it is missing for somebody with status AKTIV, or is neither JA nor NEI.
    """
    match words, status:
        case "NEI", _:
            return False
        case "JA", _:
            return True
        case None, Status.SLETTET | Status.IKKE_REGISTRERT:
            return True
        case None, Status.AKTIV:
            raise ValueError("is missing, and a person is never taken to be not reserved")
        case _:
            raise ValueError("must be JA or NEI")
