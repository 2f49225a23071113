"""Routing of a letter: digitally, on paper or not at all, and the reason."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TypeAlias, final

from sdp.domain import Mottaker, TekniskMottaker
from sdp.errors import CertificateError
from sdp.krr.person import Status
from sdp.pki import Usage

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.x509 import Certificate

    from sdp.errors import CertificateProblem
    from sdp.krr.person import Kontaktadresse, Person


LIFETIME_MONTHS: Final = 18
"""Calendar months. Source: eForvaltningsforskriften § 32."""


def usable(kontaktadresse: Kontaktadresse | None, moment: datetime) -> str | None:
    """Return the address if its owner stood by it at most 18 months before `moment`.

    A change counts as standing by it, like a confirmation. An address without any date is not
    used.
    """
    if kontaktadresse is None:
        return None
    dates = (kontaktadresse.oppdatert, kontaktadresse.sist_verifisert)
    stood_by = max((date for date in dates if date is not None), default=None)
    if stood_by is None:
        return None
    fresh = stood_by >= moment or moment <= months_after(stood_by, LIFETIME_MONTHS)
    return kontaktadresse.adresse if fresh else None


def months_after(moment: datetime, months: int) -> datetime:
    """Return the same day and time of a later month, or that month's last day if it is shorter."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


class Grunn(Enum):
    """A reason for not sending a digital letter."""

    SLETTET = "has been deleted from the contact register"
    IKKE_REGISTRERT = "is not in the contact register"
    RESERVERT = "has opted out of digital letters (reservert, eForvaltningsforskriften § 15 a)"
    UTEN_POSTKASSE = "has no digital mailbox"
    UTEN_SERTIFIKAT = "has a digital mailbox, but the register gives no certificate for it"
    SERTIFIKAT_AVVIST = "has a digital mailbox whose certificate is not to be trusted"


_NOT_ACTIVE: Final = {
    Status.SLETTET: Grunn.SLETTET,
    Status.IKKE_REGISTRERT: Grunn.IKKE_REGISTRERT,
}


class CertificateCheck(Protocol):
    """Validates a certificate, as `TrustStore.validate` does."""

    def __call__(
        self,
        certificate: Certificate,
        /,
        *,
        moment: datetime,
        usage: Usage,
        organisasjonsnummer: str,
    ) -> object:
        """Return anything if the certificate is to be trusted.

        Raises:
            CertificateError: it is not.
        """


@final
@dataclass(frozen=True, init=False)
class Digital:
    """The letter goes digitally. Only `route` makes one, and never for someone who has opted out.

    Attributes:
        mottaker: whom the letter is to.
        epost: where the person may be notified by e-mail; None if not at all.
        mobil: where the person may be notified by text message; None if not at all.
    """

    mottaker: Mottaker
    epost: str | None = field(repr=False)
    mobil: str | None = field(repr=False)

    def __new__(cls, *_: object, **__: object) -> Self:
        """Refuse, so that there is no way around `route`; pickling and replacing end here too."""
        raise TypeError("Digital is the decision of route(), and is made in no other way")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return self


@dataclass(frozen=True, slots=True)
class _NotDigital:
    grunn: Grunn
    problem: CertificateProblem | None = None

    @property
    def reason(self) -> str:
        """The reason in words that hold no personal data."""
        return self._why

    @property
    def _why(self) -> str:
        because = "" if self.problem is None else f": it {self.problem.value}"
        return f"The person {self.grunn.value}{because}."

    @property
    def is_held_back(self) -> bool:
        """True where the person wants digital letters, but the certificate is not to be trusted."""
        return self.problem is not None


@dataclass(frozen=True, slots=True)
class Print(_NotDigital):
    """The letter goes by print, because it cannot go digitally.

    Attributes:
        grunn: why not digitally.
        problem: what is wrong with the certificate, for `Grunn.SERTIFIKAT_AVVIST` alone.
    """


@dataclass(frozen=True, slots=True)
class Unreachable(_NotDigital):
    """The letter cannot go digitally, and there is no postal address to print it for.

    Attributes:
        grunn: why not digitally.
        problem: what is wrong with the certificate, for `Grunn.SERTIFIKAT_AVVIST` alone.
    """

    @property
    def reason(self) -> str:
        """The reason in words that hold no personal data."""
        return f"{self._why} No postal address is given."


Rute: TypeAlias = Digital | Print | Unreachable


def route(
    person: Person, *, moment: datetime, check: CertificateCheck, has_postal_address: bool
) -> Rute:
    """Decide how a letter reaches a person.

    Digital needs status AKTIV, no reservation, a mailbox, and a certificate that is the mailbox
    provider's and to be trusted. An address for notifications is passed on only if the person may
    be notified and has updated or confirmed it within 18 months.

    Args:
        person: the register's answer, asked for this letter.
        moment: when the letter is sent; aware.
        check: validates the certificate, such as `TrustStore.validate`.
        has_postal_address: whether the letter can be sent on paper.

    Source: eForvaltningsforskriften § 15 a for reservations, § 32 for notifications.
    """
    decided = _decided(person, moment, check)
    if isinstance(decided, Mottaker):
        return _digital(person, decided, moment)
    grunn, problem = decided
    return Print(grunn, problem) if has_postal_address else Unreachable(grunn, problem)


def _decided(
    person: Person, moment: datetime, check: CertificateCheck
) -> Mottaker | tuple[Grunn, CertificateProblem | None]:
    if person.status is not Status.AKTIV:
        return _NOT_ACTIVE[person.status], None
    if person.reservert is not False:  # nothing but a plain False counts as not reserved
        return Grunn.RESERVERT, None
    postkasse, sertifikat = person.digital_post, person.sertifikat
    if postkasse is None:
        return Grunn.UTEN_POSTKASSE, None
    if sertifikat is None:
        return Grunn.UTEN_SERTIFIKAT, None
    leverandoer = postkasse.leverandoer
    try:
        check(sertifikat, moment=moment, usage=Usage.ENCRYPTION, organisasjonsnummer=leverandoer)
    except CertificateError as error:
        return Grunn.SERTIFIKAT_AVVIST, error.problem
    return Mottaker(
        personidentifikator=person.personidentifikator,
        postkasseadresse=postkasse.postkasseadresse,
        postkasse=TekniskMottaker(organisasjonsnummer=leverandoer, sertifikat=sertifikat),
    )


def _digital(person: Person, mottaker: Mottaker, moment: datetime) -> Digital:
    notify = person.kan_varsles
    made = object.__new__(Digital)
    vars(made).update(
        mottaker=mottaker,
        epost=usable(person.epost, moment) if notify else None,
        mobil=usable(person.mobil, moment) if notify else None,
    )
    return made
