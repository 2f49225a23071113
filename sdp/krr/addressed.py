"""Contradictions between the register and a letter that was addressed by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sdp.errors import Problem
from sdp.krr.routing import is_email, is_mobile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sdp.domain import DigitalForsendelse
    from sdp.krr.person import Kontaktadresse, Person
    from sdp.krr.rute import Digital

_NOT_DIGITS: Final = re.compile(r"\D")
_NORWEGIAN: Final = re.compile(r"(?:00)?47(?=\d{8}$)")


def contradictions(
    forsendelse: DigitalForsendelse, person: Person, rute: Digital
) -> tuple[Problem, ...]:
    """Name each field that the register contradicts, with its rule and without its value.

    The mailbox must be the person's own, or a letter reaches somebody else. A notice goes only to
    somebody who may be notified, at the address they have stood by within 18 months.

    Args:
        forsendelse: the letter.
        person: its recipient, as the register has them now.
        rute: how that person is reached.

    Source: eForvaltningsforskriften § 15 a for mailboxes, § 32 for notices.
    """
    return (*_of_the_mailbox(forsendelse, rute), *_of_the_notices(forsendelse, person, rute))


def _of_the_mailbox(forsendelse: DigitalForsendelse, rute: Digital) -> Iterator[Problem]:
    given, known = forsendelse.mottaker, rute.mottaker
    if given.postkasseadresse != known.postkasseadresse:
        rule = "must be the one that the contact register names for this person"
        yield Problem("mottaker.postkasseadresse", rule)
    if given.postkasse.organisasjonsnummer != known.postkasse.organisasjonsnummer:
        rule = "must be the mailbox provider that the contact register names for this person"
        yield Problem("mottaker.postkasse.organisasjonsnummer", rule)


def _of_the_notices(
    forsendelse: DigitalForsendelse, person: Person, rute: Digital
) -> Iterator[Problem]:
    epost, sms = forsendelse.digital_post.epost_varsel, forsendelse.digital_post.sms_varsel
    if epost is not None:
        if rute.epost is None:
            rule = _why_not(person, person.epost, is_email)
            yield Problem("digital_post.epost_varsel", rule)
        elif _same_words(epost.epostadresse) != _same_words(rute.epost):
            yield _other_address("digital_post.epost_varsel.epostadresse")
    if sms is not None:
        if rute.mobil is None:
            rule = _why_not(person, person.mobil, is_mobile)
            yield Problem("digital_post.sms_varsel", rule)
        elif _same_number(sms.mobiltelefonnummer) != _same_number(rute.mobil):
            yield _other_address("digital_post.sms_varsel.mobiltelefonnummer")


def _why_not(
    person: Person, address: Kontaktadresse | None, is_carried: Callable[[str], bool]
) -> str:
    if not person.kan_varsles:
        why = "the person may not be notified"
    elif address is None:
        why = "the contact register has no such address of this person"
    elif not is_carried(address.adresse.strip()):
        why = "no notice can be sent to what the contact register has as this person's address"
    else:
        why = (
            "the person has not stood by the address within 18 months "
            "(eForvaltningsforskriften § 32)"
        )
    return f"must be left out: {why}"


def _other_address(field: str) -> Problem:
    return Problem(field, "must be the one that the contact register has for this person")


def _same_words(address: str) -> str:
    return address.strip().casefold()


def _same_number(written: str) -> str:
    """Leave spaces, signs and the country code of Norway out."""
    return _NORWEGIAN.sub("", _NOT_DIGITS.sub("", written), count=1)
