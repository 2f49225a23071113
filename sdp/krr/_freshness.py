"""Whether contact information is still fresh enough to be used."""

from __future__ import annotations

from calendar import monthrange
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from sdp.krr.person import Kontaktadresse

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
