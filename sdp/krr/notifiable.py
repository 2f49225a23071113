"""Addresses that a person may be notified at: allowed, confirmed, and such as a wire can carry."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sdp.krr.rute import Grunn

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

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


def _carried(
    kontaktadresse: Kontaktadresse | None, is_carried: Callable[[str], bool]
) -> Kontaktadresse | None:
    if kontaktadresse is None or not is_carried(kontaktadresse.adresse):
        return None
    return kontaktadresse
