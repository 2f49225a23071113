"""The states of a letter in the outbox, and the one table of transitions between them.

The code that moves letters asks this table, and the figure in the documentation is drawn from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator


class Tilstand(StrEnum):
    """Progress of a letter."""

    KLAR = "klar"
    """Stored, and waits to be sent."""
    SENDES = "sendes"
    """A worker has it in its window: it may be on its way this moment."""
    SENDT = "sendt"
    """The other side has accepted it; its levering has not come yet."""
    UKJENT = "ukjent"
    """It may have arrived; it is sent again with the same ids until that is known."""
    UAVKLART = "uavklart"
    """It may have arrived, and sending again did not settle it: a person decides."""
    AVVIST = "avvist"
    """It was refused for good and never accepted; the reason says what to correct."""
    FEILET = "feilet"
    """It was accepted and then failed, or was given up; no levering will come."""
    LEVERT = "levert"
    """It is in the mailbox, or handed to the post."""
    RETUR = "retur"
    """It was printed and posted, and came back."""
    AVBRUTT = "avbrutt"
    """It was cancelled before anything was sent."""


class Aarsak(StrEnum):
    """Why a letter changed its state. Written with every transition."""

    LAGT_INN = "lagt_inn"
    TATT_AV_ARBEIDER = "tatt_av_arbeider"
    AKSEPTERT = "akseptert"
    ALLEREDE_MOTTATT = "allerede_mottatt"
    IKKE_SENDT = "ikke_sendt"
    BREMSET = "bremset"
    UKJENT_UTFALL = "ukjent_utfall"
    ARBEIDER_BORTE = "arbeider_borte"
    UAVKLART_FOR_LENGE = "uavklart_for_lenge"
    AVVIST_AV_MOTTAKER = "avvist_av_mottaker"
    AVVIST_HER = "avvist_her"
    KVITTERING = "kvittering"
    PROEVES_IGJEN = "proeves_igjen"
    OPPGITT = "oppgitt"
    AVBRUTT = "avbrutt"
    FORFALT = "forfalt"
    SLETTET = "slettet"
    ULEST = "ulest"
    ORDNET = "ordnet"


@dataclass(frozen=True, slots=True)
class Overgang:
    """One transition: from a state to a state, and what may cause it."""

    fra: Tilstand
    til: Tilstand
    aarsaker: tuple[Aarsak, ...]


_T, _A = Tilstand, Aarsak

_SENDING: Final = (
    Overgang(_T.KLAR, _T.SENDES, (_A.TATT_AV_ARBEIDER,)),
    Overgang(_T.UKJENT, _T.SENDES, (_A.TATT_AV_ARBEIDER,)),
    Overgang(_T.SENDES, _T.SENDT, (_A.AKSEPTERT, _A.ALLEREDE_MOTTATT)),
    Overgang(_T.SENDES, _T.KLAR, (_A.IKKE_SENDT, _A.BREMSET)),
    Overgang(
        _T.SENDES, _T.UKJENT, (_A.UKJENT_UTFALL, _A.ARBEIDER_BORTE, _A.IKKE_SENDT, _A.BREMSET)
    ),
    Overgang(
        _T.SENDES,
        _T.UAVKLART,
        (_A.UAVKLART_FOR_LENGE, _A.AVVIST_AV_MOTTAKER, _A.AVVIST_HER),
    ),
    Overgang(_T.UKJENT, _T.UAVKLART, (_A.UAVKLART_FOR_LENGE, _A.AVVIST_HER)),
    Overgang(_T.SENDES, _T.AVVIST, (_A.AVVIST_AV_MOTTAKER, _A.AVVIST_HER)),
    Overgang(_T.KLAR, _T.AVVIST, (_A.AVVIST_HER,)),
)
_BY_A_PERSON: Final = (
    Overgang(_T.KLAR, _T.AVBRUTT, (_A.AVBRUTT,)),
    Overgang(_T.UAVKLART, _T.UKJENT, (_A.PROEVES_IGJEN,)),
    Overgang(_T.AVVIST, _T.KLAR, (_A.PROEVES_IGJEN,)),
    Overgang(_T.FEILET, _T.KLAR, (_A.PROEVES_IGJEN,)),
    Overgang(_T.UAVKLART, _T.FEILET, (_A.OPPGITT,)),
    Overgang(_T.UKJENT, _T.FEILET, (_A.OPPGITT,)),
)
# A verified receipt proves that the letter arrived, whatever was believed before.
_NOT_ARRIVED: Final = (
    *(_T.KLAR, _T.SENDES, _T.UKJENT, _T.UAVKLART, _T.AVVIST, _T.AVBRUTT, _T.FEILET),
)
_BY_RECEIPT: Final = (
    *(Overgang(fra, _T.SENDT, (_A.KVITTERING,)) for fra in _NOT_ARRIVED),
    *(Overgang(fra, _T.LEVERT, (_A.KVITTERING,)) for fra in (*_NOT_ARRIVED, _T.SENDT)),
    *(
        Overgang(fra, _T.FEILET, (_A.KVITTERING,))
        for fra in (*_NOT_ARRIVED, _T.SENDT)
        if fra is not _T.FEILET
    ),
    *(Overgang(fra, _T.RETUR, (_A.KVITTERING,)) for fra in (*_NOT_ARRIVED, _T.SENDT, _T.LEVERT)),
)

OVERGANGER: Final = (*_SENDING, *_BY_A_PERSON, *_BY_RECEIPT)
"""Every transition there is."""

ALLOWED: Final = frozenset(
    (overgang.fra, overgang.til, aarsak) for overgang in OVERGANGER for aarsak in overgang.aarsaker
)

SENDABLE: Final = (Tilstand.KLAR, Tilstand.UKJENT)
"""States that a worker may take into its window."""

UNDER_WAY: Final = (Tilstand.KLAR, Tilstand.SENDES, Tilstand.UKJENT)
"""States of letters that are left to send."""

FINAL: Final = (
    *(Tilstand.LEVERT, Tilstand.RETUR, Tilstand.AVVIST, Tilstand.FEILET, Tilstand.AVBRUTT),
)
"""States in which a letter ends, if nobody decides otherwise and no receipt comes."""

NEEDS_A_PERSON: Final = (Tilstand.UAVKLART, Tilstand.AVVIST, Tilstand.FEILET, Tilstand.RETUR)
"""States that somebody should have a look at."""


def check(fra: Tilstand, til: Tilstand, aarsak: Aarsak) -> None:
    """Refuse a transition that the table does not have: that is a defect of this library."""
    if fra is not til and (fra, til, aarsak) not in ALLOWED:
        raise AssertionError(f"no letter goes from {fra} to {til} by {aarsak}")


def sources(til: Tilstand, aarsak: Aarsak) -> tuple[Tilstand, ...]:
    """Return the states that a cause leads from, in the order of the table."""
    return tuple(
        overgang.fra
        for overgang in OVERGANGER
        if overgang.til is til and aarsak in overgang.aarsaker
    )


def after_receipts(current: Tilstand, kinds: frozenset[str]) -> Tilstand:
    """Return the state of a letter for which these kinds of receipts have come.

    The order in which they came makes no difference, and neither does one that came twice. A
    levering outweighs a feil, and a returpost outweighs both.

    Args:
        current: the state without the receipts.
        kinds: of `sdp.domain.kvittering.kind_of`; not empty.
    """
    if "returpost" in kinds or current is Tilstand.RETUR:
        return Tilstand.RETUR
    if kinds & {"levering", "aapning"} or current is Tilstand.LEVERT:
        return Tilstand.LEVERT
    return Tilstand.FEILET if "feil" in kinds else Tilstand.SENDT


def figure() -> str:
    """Draw the table as a state diagram (Mermaid); the receipts from early states are one note."""
    return "\n".join(["stateDiagram-v2", "    [*] --> klar: lagt_inn", *_arrows()])


def _arrows() -> Iterator[str]:
    for overgang in OVERGANGER:
        if Aarsak.KVITTERING in overgang.aarsaker and overgang.fra not in (
            Tilstand.SENDT,
            Tilstand.LEVERT,
        ):
            continue
        causes = ", ".join(overgang.aarsaker)
        yield f"    {overgang.fra} --> {overgang.til}: {causes}"
    yield "    note right of levert: a receipt counts from any earlier state"
