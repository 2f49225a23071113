"""The purpose of a letter, which decides its way and its notices."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sdp.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator


class Formaal(StrEnum):
    """The purpose of a letter. Source: the national flow "Vedtak til innbygger"."""

    VEDTAK = "vedtak"
    """An individual decision, or another message that the law asks notice of."""
    INFORMASJON = "informasjon"
    """Everything else."""

    @property
    def repetisjoner(self) -> tuple[int, ...]:
        """The days of its notices, where the sender says nothing else.

        A vedtak that has not been opened within a week is notified of once more
        (eForvaltningsforskriften § 8). Both are ordered at once, and mailboxes send none for a
        letter that has been opened.
        """
        return _REPETISJONER[self]


_REPETISJONER: Final = {Formaal.VEDTAK: (0, 7), Formaal.INFORMASJON: (0,)}


def unlawful_permission(formaal: Formaal, *, tross_reservasjon: bool) -> Iterator[Problem]:
    """Tell of a permission to pass over a reservation that no vedtak can have."""
    if tross_reservasjon and formaal is not Formaal.INFORMASJON:
        rule = (
            "must be False for a vedtak: a reservation is about decisions and important messages "
            "(eForvaltningsforskriften § 15 a); only Formaal.INFORMASJON may pass over it"
        )
        yield Problem("tross_reservasjon", rule)
