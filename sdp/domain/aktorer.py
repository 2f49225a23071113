"""The parties to a letter."""

from __future__ import annotations

from typing import Annotated

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, load_der_x509_certificate

from sdp.domain._fields import Utfylt, tekst
from sdp.domain._verdi import Instans, Privat, Verdi
from sdp.domain.identifikatorer import Organisasjonsnummer, Personidentifikator, is_synthetic


class Avsender(Verdi):
    """The organisation a letter is from. Source: sdp-felles.xsd, Avsender.

    Attributes:
        organisasjonsnummer: nine digits.
        avsenderidentifikator: a unit within the organisation, agreed with the operator;
            at most 100 characters.
        fakturareferanse: shown on the invoice for the letter; at most 40 characters.
    """

    organisasjonsnummer: Organisasjonsnummer
    avsenderidentifikator: Annotated[str, tekst(0, 100)] | None = None
    fakturareferanse: Annotated[str, tekst(0, 40)] | None = None


class Databehandler(Verdi):
    """The technical sender: the organisation whose certificate signs."""

    organisasjonsnummer: Organisasjonsnummer


class TekniskMottaker(Verdi):
    """The mailbox provider or printer that opens a letter, encrypted for its certificate."""

    organisasjonsnummer: Organisasjonsnummer
    sertifikat: Annotated[Certificate, Instans(Certificate)]

    def __reduce__(self) -> tuple[object, tuple[str, bytes]]:
        return _unpickled, (self.organisasjonsnummer, self.sertifikat.public_bytes(Encoding.DER))


def _unpickled(organisasjonsnummer: str, der: bytes) -> TekniskMottaker:
    return TekniskMottaker(
        organisasjonsnummer=organisasjonsnummer, sertifikat=load_der_x509_certificate(der)
    )


class Mottaker(Verdi):
    """The citizen who gets a digital letter. Source: sdp-felles.xsd, Person.

    Attributes:
        personidentifikator: fødselsnummer or D-number, real or synthetic.
        postkasseadresse: the address of the citizen's mailbox, as the contact register gives it.
        postkasse: the provider of that mailbox.
    """

    personidentifikator: Privat[Personidentifikator]
    postkasseadresse: Privat[Utfylt]
    postkasse: TekniskMottaker

    @property
    def is_synthetic(self) -> bool:
        """True for a made-up test person."""
        return is_synthetic(self.personidentifikator)
