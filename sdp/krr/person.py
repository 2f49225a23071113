"""Answers of the contact and reservation register: people, changes, and the printer."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, load_der_x509_certificate

from sdp.domain._verdi import Instans, Privat, Rekke, Tidspunkt, Utfylt, Verdi, form
from sdp.domain.aktorer import Organisasjonsnummer, Personidentifikator


class Status(StrEnum):
    """A person's standing in the register. Source: oppslagstjenesten-metadata.xsd, Status."""

    AKTIV = "AKTIV"
    SLETTET = "SLETTET"
    IKKE_REGISTRERT = "IKKE_REGISTRERT"


class Kontaktadresse(Verdi):
    """An e-mail address or a mobile number, and when the person last confirmed it."""

    adresse: Privat[Utfylt]
    """The address or number, as the person gave it."""
    oppdatert: Tidspunkt | None = None
    """The moment of the last change; None if the register does not say."""
    sist_verifisert: Tidspunkt | None = None
    """The moment when the person last confirmed it; None likewise."""
    sist_validert: Tidspunkt | None = None
    """The moment when the register last made sure that it is the person's; None likewise."""
    duplisert: bool | None = None
    """True if other people have the same one; None likewise."""


class DigitalPostkasse(Verdi):
    """The mailbox a person has chosen. Give both address and provider."""

    postkasseadresse: Privat[Utfylt]
    """The person's address at the provider."""
    leverandoer: Organisasjonsnummer
    """The organisation number of the provider."""


class _MedSertifikat(Verdi):
    """An answer with a certificate, which crosses to another process as DER."""

    def __getstate__(self) -> dict[Any, Any]:
        # Certificates of cryptography are not pickled.
        state = super().__getstate__()
        fields = dict(state["__dict__"])
        if fields["sertifikat"] is not None:
            fields["sertifikat"] = fields["sertifikat"].public_bytes(Encoding.DER)
        return state | {"__dict__": fields}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        fields = dict(state["__dict__"])
        if fields["sertifikat"] is not None:
            fields["sertifikat"] = load_der_x509_certificate(fields["sertifikat"])
        super().__setstate__(state | {"__dict__": fields})


class Person(_MedSertifikat):
    """One person as the register has them."""

    personidentifikator: Privat[Personidentifikator]
    """Fødselsnummer or D-number."""
    status: Annotated[Status, Instans(Status)]
    """The person's standing: known to the register, deleted, or not known."""
    reservert: bool
    """True if the person has opted out of digital letters."""
    kan_varsles: bool
    """True if the person may be notified by e-mail or text message."""
    epost: Kontaktadresse | None = None
    """The e-mail address."""
    mobil: Kontaktadresse | None = None
    """The mobile number."""
    digital_post: DigitalPostkasse | None = None
    """The mailbox."""
    sertifikat: Annotated[Certificate | None, Instans(Certificate, type(None))] = None
    """The mailbox provider's certificate, not validated yet."""
    spraak: str | None = None
    """The language the person prefers, such as `nb`."""
    spraak_oppdatert: Tidspunkt | None = None
    """The moment when the person chose it; None if the register does not say."""
    reservasjon_oppdatert: Tidspunkt | None = None
    """The moment when the person opted out, or in again; None likewise."""
    hentet: Tidspunkt | None = None
    """The moment when a client asked the register; None if no client did. Two answers that say the
    same are equal, whenever they were given.
    """

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Person):
            return NotImplemented
        return self._said() == other._said()

    def __hash__(self) -> int:
        return hash(tuple(self._said().values()))

    def _said(self) -> dict[str, object]:
        return {name: value for name, value in self if name != "hentet"}


class OppslagFeil(Verdi):
    """The register gave no usable answer about one person; other answers are not affected."""

    personidentifikator: Privat[Annotated[str, form("(?:[0-9]{11})?", "must be 11 digits")]]
    """The number asked about: eleven digits, which may break the rules of such numbers; empty if
    the answer does not say.
    """
    grunn: Utfylt
    """The reason, in words that hold no personal data."""


Oppslag: TypeAlias = Person | OppslagFeil
"""The answer about one person."""


class Printsertifikat(_MedSertifikat):
    """The printer of the moment, and its certificate."""

    leverandoer: Organisasjonsnummer
    """The organisation number of the printer."""
    sertifikat: Annotated[Certificate, Instans(Certificate)]
    """The certificate that letters to it are encrypted for, not validated yet."""


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


class Endringer(Verdi):
    """Up to 1000 people who have changed, as they are now.

    Changes are numbered from 1. Source: HentEndringerRespons of Oppslagstjenesten.
    """

    fra: int
    """The first change that was asked about."""
    til: int
    """The last change that these people take in."""
    siste: int
    """The last change there is."""
    personer: Rekke[Oppslag] = ()
    """The people who have changed."""
    uleselige: int = 0
    """The number of others who have changed but cannot be told by number."""

    @property
    def flere(self) -> bool:
        """True while there are more changes than these."""
        return self.til < self.siste

    @property
    def neste(self) -> int:
        """The change to ask about next time."""
        return self.til + 1
