"""Limits of DPI messages, told before anything is packed. Nothing is left out in silence.

A fødselsnummer is not carried either, on purpose: postkasseadresse alone says whom a letter is to.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sdp.domain import DigitalForsendelse, FysiskForsendelse, Prioritet
from sdp.errors import InvalidInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdp.domain import DigitalPost, Forsendelse, FysiskPost

_MOBILE: Final = re.compile(r"(?=.{8,20}\Z)\+?[- _0-9]+", re.ASCII)
_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@]+")


def check(forsendelse: Forsendelse) -> None:
    """Refuse a letter that would lose something on DPI.

    Raises:
        InvalidInputError: naming each field that has no place in DPI messages, or
            breaks a rule that ebMS does not have.
    """
    problems = tuple(_problems(forsendelse))
    if problems:
        raise InvalidInputError(
            "Forsendelse",
            problems,
            remedy="Leave out what DPI does not carry, or send over ebMS.",
        )


def _problems(forsendelse: Forsendelse) -> Iterator[Problem]:
    if forsendelse.prioritet is not Prioritet.NORMAL:
        yield Problem("prioritet", "must be normal; DPI has one queue")
    if forsendelse.mpc_id is not None:
        yield Problem(
            "mpc_id", "must not be given; receipts are kept apart by the kanal of the settings"
        )
    match forsendelse:
        case DigitalForsendelse():
            yield from _digital(forsendelse.digital_post)
        case FysiskForsendelse():
            yield from _fysisk(forsendelse.fysisk_post)
        case _:
            raise TypeError("a Forsendelse is either digital or fysisk")


def _digital(post: DigitalPost) -> Iterator[Problem]:
    epost, sms = post.epost_varsel, post.sms_varsel
    if epost is not None and not _EMAIL.fullmatch(epost.epostadresse):
        yield Problem("digital_post.epost_varsel.epostadresse", "must be an e-mail address")
    if sms is not None and not _MOBILE.fullmatch(sms.mobiltelefonnummer):
        yield Problem(
            "digital_post.sms_varsel.mobiltelefonnummer",
            "must be 8 to 20 characters: digits, spaces, - and _, with + in front or not",
        )


def _fysisk(post: FysiskPost) -> Iterator[Problem]:
    if post.printinstruksjoner:
        yield Problem(
            "fysisk_post.printinstruksjoner", "must not be given; DPI has no place for it"
        )
