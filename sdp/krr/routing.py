"""The decision how a letter reaches a person, as the law and the national flow draw its table."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from sdp.domain import Formaal, Mottaker, TekniskMottaker
from sdp.domain.forsendelse import unlawful_permission
from sdp.errors import CertificateError, InvalidInputError, Problem
from sdp.krr.person import Status
from sdp.krr.rute import Grunn, Print, Rute, Unreachable, decided
from sdp.pki import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from cryptography.x509 import Certificate

    from sdp.krr.person import Kontaktadresse, Person


LIFETIME_MONTHS: Final = 18
"""Calendar months. Source: eForvaltningsforskriften § 32."""

# As RFC 5322 writes a dot-atom, with letters of any script (RFC 6531): no quotes, no comments, and
# none of the signs that part two addresses in one field.
_LOCAL: Final = r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*"
_LABEL: Final = r"[^\W_](?:[\w-]*[^\W_])?"
_EPOST: Final = re.compile(rf"(?=.{{1,64}}@){_LOCAL}@(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})+")

# Source: smsvarsel in the JSON schema of DPI.
_MOBIL: Final = re.compile(r"(?=.{8,20}\Z)\+?[- _0-9]+", re.ASCII)
_FEWEST_DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class Varslingsadresser:
    """The addresses a person may be notified at.

    Attributes:
        epost: the e-mail address; None if it may not or cannot be used.
        mobil: the mobile number; None likewise.
        grunn: the rule against every notice, where there is no address left.
    """

    epost: str | None = field(default=None, repr=False)
    mobil: str | None = field(default=None, repr=False)
    grunn: Grunn | None = None


def notifiable(person: Person, moment: datetime) -> Varslingsadresser:
    """Find where a person may be notified at a moment.

    Source: eForvaltningsforskriften § 8 for notices, § 32 for the age of addresses.
    """
    if person.kan_varsles is not True:  # nothing but a plain True counts as permission
        return Varslingsadresser(grunn=Grunn.KAN_IKKE_VARSLES)
    epost, mobil = _carried(person.epost, is_email), _carried(person.mobil, is_mobile)
    if epost is None and mobil is None:
        return Varslingsadresser(grunn=Grunn.UTEN_VARSLINGSADRESSE)
    fresh_epost, fresh_mobil = usable(epost, moment), usable(mobil, moment)
    if fresh_epost is None and fresh_mobil is None:
        return Varslingsadresser(grunn=Grunn.IKKE_VERIFISERT)
    return Varslingsadresser(fresh_epost, fresh_mobil)


def is_email(adresse: str) -> bool:
    """Tell whether a notice by e-mail to the address can be carried: one address, unquoted."""
    return _EPOST.fullmatch(adresse) is not None


def is_mobile(adresse: str) -> bool:
    """Tell whether a notice by SMS to the number can be carried: eight digits at least."""
    digits = sum(map(str.isdigit, adresse))
    return _MOBIL.fullmatch(adresse) is not None and digits >= _FEWEST_DIGITS


def usable(kontaktadresse: Kontaktadresse | None, moment: datetime) -> str | None:
    """Return the address if its owner stood by it at most 18 months before `moment`.

    A change counts as standing by it, like a confirmation. An address without any date is not
    used.
    """
    if kontaktadresse is None:
        return None
    dates = (kontaktadresse.oppdatert, kontaktadresse.sist_verifisert)
    stood_by = max(filter(None, dates), default=None)
    if stood_by is None:
        return None
    fresh = stood_by >= moment or moment <= months_after(stood_by, LIFETIME_MONTHS)
    return kontaktadresse.adresse if fresh else None


def months_after(moment: datetime, months: int) -> datetime:
    """Return the same day and time of a later month, or that month's last day if it is shorter."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    try:
        return moment.replace(year=year, month=month)
    except ValueError:  # a month without that day
        return moment.replace(year=year, month=month, day=monthrange(year, month)[1])


def _carried(
    kontaktadresse: Kontaktadresse | None, is_carried: Callable[[str], bool]
) -> Kontaktadresse | None:
    if kontaktadresse is None:
        return None
    adresse = kontaktadresse.adresse.strip()  # which is all that a pasted one may differ by
    if not is_carried(adresse):
        return None
    if adresse == kontaktadresse.adresse:
        return kontaktadresse
    return kontaktadresse.model_copy(update={"adresse": adresse})


# The table: what keeps a letter of each purpose from going digitally. A certificate that is not to
# be trusted keeps every letter back, and is looked at last.
_ABSENT: Final = frozenset(
    {Grunn.SLETTET, Grunn.IKKE_REGISTRERT, Grunn.UTEN_POSTKASSE, Grunn.UTEN_SERTIFIKAT}
)
_UNNOTIFIED: Final = frozenset(
    {Grunn.KAN_IKKE_VARSLES, Grunn.UTEN_VARSLINGSADRESSE, Grunn.IKKE_VERIFISERT}
)
_OBSTACLES: Final = {
    Formaal.VEDTAK: _ABSENT | {Grunn.RESERVERT} | _UNNOTIFIED,
    Formaal.INFORMASJON: _ABSENT | {Grunn.RESERVERT},
}


class CertificateCheck(Protocol):
    """A validation of a certificate, such as `TrustStore.validate`."""

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


def route(
    person: Person,
    *,
    moment: datetime,
    check: CertificateCheck,
    has_postal_address: bool,
    formaal: Formaal = Formaal.VEDTAK,
    tross_reservasjon: bool = False,
) -> Rute:
    """Decide how a letter reaches a person.

    | the person | vedtak | informasjon |
    | --- | --- | --- |
    | SLETTET or IKKE_REGISTRERT, no mailbox, no certificate | print | print |
    | reserved | print | print, or digital with `tross_reservasjon` |
    | cannot be notified | print | digital, without notices |
    | has a certificate that is not to be trusted | held back | held back |
    | none of these | digital, with notices | digital |

    A person can be notified who may be (KAN_VARSLES), and has confirmed or changed an address
    within 18 months that a wire can carry. Print without a postal address is `Unreachable`.

    Args:
        person: the register's answer, asked for this letter.
        moment: when the letter is sent; aware.
        check: validates the certificate, such as `TrustStore.validate`.
        has_postal_address: whether the letter can be sent on paper.
        formaal: the purpose of the letter; the stricter unless said.
        tross_reservasjon: whether informasjon may pass over the person's reservation.

    Raises:
        InvalidInputError: the purpose is none, or a vedtak is to pass over a reservation.

    Source: eForvaltningsforskriften § 8 for notices, § 15 a for reservations, § 32 for the age of
    addresses; the national flow "Vedtak til innbygger".
    """
    formaal = _lawful(formaal, tross_reservasjon=tross_reservasjon)
    passed_over = {Grunn.RESERVERT} if tross_reservasjon else set[Grunn]()
    obstacles = _OBSTACLES[formaal] - passed_over
    adresser = notifiable(person, moment)
    found = list(_conditions(person, adresser))
    not_digital = Print if has_postal_address else Unreachable
    for grunn in found:
        if grunn in obstacles:
            return not_digital(grunn)
    try:
        mottaker = _mottaker(person, moment, check)
    except CertificateError as error:
        return not_digital(Grunn.SERTIFIKAT_AVVIST, error.problem)
    permitted_by = Grunn.UTEN_VARSEL if found else Grunn.DIGITALT
    if Grunn.RESERVERT in found:
        permitted_by = Grunn.TROSS_RESERVASJON
    return decided(mottaker, adresser.epost, adresser.mobil, person.spraak, permitted_by)


def _conditions(person: Person, adresser: Varslingsadresser) -> Iterator[Grunn]:
    """Tell what there is against a digital letter, the strongest first."""
    if person.status is not Status.AKTIV:
        yield Grunn.SLETTET if person.status is Status.SLETTET else Grunn.IKKE_REGISTRERT
    if person.reservert is not False:  # nothing but a plain False counts as not reserved
        yield Grunn.RESERVERT
    if person.digital_post is None:
        yield Grunn.UTEN_POSTKASSE
    elif person.sertifikat is None:
        yield Grunn.UTEN_SERTIFIKAT
    if adresser.grunn is not None:
        yield adresser.grunn


def _mottaker(person: Person, moment: datetime, check: CertificateCheck) -> Mottaker:
    postkasse, sertifikat = person.digital_post, person.sertifikat
    if postkasse is None or sertifikat is None:
        raise AssertionError("a person without mailbox or certificate has been routed already")
    leverandoer = postkasse.leverandoer
    check(sertifikat, moment=moment, usage=Usage.ENCRYPTION, organisasjonsnummer=leverandoer)
    return Mottaker(
        personidentifikator=person.personidentifikator,
        postkasseadresse=postkasse.postkasseadresse,
        postkasse=TekniskMottaker(organisasjonsnummer=leverandoer, sertifikat=sertifikat),
    )


def _lawful(formaal: Formaal, *, tross_reservasjon: bool) -> Formaal:
    if not isinstance(formaal, Formaal) and formaal not in set(Formaal):
        problems = [Problem("formaal", "must be Formaal.VEDTAK or Formaal.INFORMASJON")]
    else:
        formaal = Formaal(formaal)
        problems = [*unlawful_permission(formaal, tross_reservasjon=tross_reservasjon)]
    if problems:
        raise InvalidInputError("The route of the letter", problems)
    return formaal
