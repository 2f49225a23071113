"""Counts of people by the way a letter would reach them, without anybody's number."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sdp.krr.rute import Digital, Print, Unreachable

if TYPE_CHECKING:
    from sdp.krr.rute import Grunn, Rute


@dataclass(slots=True)
class Reach:
    """Counts routes as they are decided.

    Attributes:
        digital: how many by mailbox provider, by its organisation number.
        epost, sms: how many of those may be notified by e-mail, and by text message.
        notified: how many of those may be notified at all, by either.
        print: how many get print, by why not digital.
        unreachable: how many get nothing, by why not digital; they have no postal address.
        held_back: how many get nothing until a certificate is put right, by what is wrong; they
            want no print.
        unanswered: how many the register gave no usable answer about.
    """

    digital: Counter[str] = field(default_factory=Counter)
    epost: int = 0
    sms: int = 0
    notified: int = 0
    print: Counter[Grunn] = field(default_factory=Counter)
    unreachable: Counter[Grunn] = field(default_factory=Counter)
    held_back: Counter[Grunn] = field(default_factory=Counter)
    unanswered: int = 0

    def count(self, rute: Rute) -> None:
        """Count one person's route."""
        match rute:
            case Digital(mottaker=mottaker, epost=epost, mobil=mobil):
                self.digital[mottaker.postkasse.organisasjonsnummer] += 1
                self.epost += epost is not None
                self.sms += mobil is not None
                self.notified += rute.is_notified
            case Print() | Unreachable() if rute.is_held_back:
                self.held_back[rute.grunn] += 1
            case Print(grunn=grunn):
                self.print[grunn] += 1
            case Unreachable(grunn=grunn):
                self.unreachable[grunn] += 1

    @property
    def total(self) -> int:
        """The number of people asked about."""
        ways = (self.digital, self.print, self.unreachable, self.held_back)
        return sum(way.total() for way in ways) + self.unanswered
