"""Routes of a letter as values, each with its reason, and counts of people by route."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Self, TypeAlias, final

if TYPE_CHECKING:
    from sdp.domain import Mottaker
    from sdp.errors import CertificateProblem


class Grunn(Enum):
    """The rule that decided a route, in words that follow "The person"."""

    DIGITALT = (
        "has a digital mailbox, has not opted out of digital letters and can be notified "
        "(eForvaltningsforskriften §§ 8, 15 a)"
    )
    UTEN_VARSEL = (
        "has a digital mailbox and cannot be notified, which informasjon may pass over: notice is "
        "asked of a vedtak (eForvaltningsforskriften § 8)"
    )
    TROSS_RESERVASJON = (
        "has opted out of digital letters (reservert), which this informasjon has permission to "
        "pass over: a reservation is about decisions and important messages "
        "(eForvaltningsforskriften § 15 a)"
    )
    SLETTET = (
        "has been deleted from the contact register, and can be neither reached nor notified "
        "digitally (eForvaltningsforskriften § 8)"
    )
    IKKE_REGISTRERT = (
        "is not in the contact register, and can be neither reached nor notified digitally "
        "(eForvaltningsforskriften § 8)"
    )
    RESERVERT = "has opted out of digital letters (reservert, eForvaltningsforskriften § 15 a)"
    UTEN_POSTKASSE = "has no digital mailbox to get letters in (eForvaltningsforskriften § 8)"
    UTEN_SERTIFIKAT = (
        "has a digital mailbox, but the register gives no certificate for it, and a letter is "
        "never sent unencrypted"
    )
    KAN_IKKE_VARSLES = (
        "may not be notified (KAN_IKKE_VARSLES), and notice must be given of a vedtak "
        "(eForvaltningsforskriften § 8)"
    )
    UTEN_VARSLINGSADRESSE = (
        "has no e-mail address or mobile number that a notice can be sent to, and notice must be "
        "given of a vedtak (eForvaltningsforskriften § 8)"
    )
    IKKE_VERIFISERT = (
        "has not confirmed an e-mail address or mobile number within 18 months "
        "(eForvaltningsforskriften § 32), and notice must be given of a vedtak (§ 8)"
    )
    SERTIFIKAT_AVVIST = "has a digital mailbox whose certificate is not to be trusted"


@final
@dataclass(frozen=True, init=False)
class Digital:
    """The letter goes digitally. Only `route` makes one, as the law lets it.

    Attributes:
        mottaker: whom the letter is to.
        epost: where the person may be notified by e-mail; None if not at all.
        mobil: where the person may be notified by text message; None if not at all.
        spraak: the language the person has chosen in the contact register; None if none.
        grunn: the rule that lets it go digitally.
    """

    mottaker: Mottaker
    epost: str | None = field(repr=False)
    mobil: str | None = field(repr=False)
    spraak: str | None
    grunn: Grunn

    def __new__(cls, *_: object, **__: object) -> Self:
        """Refuse, so that there is no way around `route`; replacing ends here too."""
        raise TypeError("Digital is the decision of route(), and is made in no other way")

    @property
    def reason(self) -> str:
        """The rule and its paragraph, in words that hold no personal data."""
        return f"The person {self.grunn.value}."

    @property
    def is_notified(self) -> bool:
        """True where there is an address that a notice can be sent to."""
        return self.epost is not None or self.mobil is not None

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return self

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        # A decision that was made crosses to another process as it is.
        return decided, (self.mottaker, self.epost, self.mobil, self.spraak, self.grunn)


def decided(
    mottaker: Mottaker, epost: str | None, mobil: str | None, spraak: str | None, grunn: Grunn
) -> Digital:
    """Make the value of a decision; for `route` and for pickles of what it made."""
    made = object.__new__(Digital)
    vars(made).update(mottaker=mottaker, epost=epost, mobil=mobil, spraak=spraak, grunn=grunn)
    return made


@dataclass(frozen=True, slots=True)
class _NotDigital:
    grunn: Grunn
    problem: CertificateProblem | None = None

    @property
    def reason(self) -> str:
        """The rule and its paragraph, in words that hold no personal data."""
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
        grunn: the rule that keeps it from going digitally.
        problem: what is wrong with the certificate, for `Grunn.SERTIFIKAT_AVVIST` alone.
    """


@dataclass(frozen=True, slots=True)
class Unreachable(_NotDigital):
    """The letter cannot go digitally, and there is no postal address to print it for.

    Attributes:
        grunn: the rule that keeps it from going digitally.
        problem: what is wrong with the certificate, for `Grunn.SERTIFIKAT_AVVIST` alone.
    """

    @property
    def reason(self) -> str:
        """The rule and its paragraph, in words that hold no personal data."""
        return f"{self._why} No postal address is given."


Rute: TypeAlias = Digital | Print | Unreachable


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
