"""The result of `Client.brev`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sdp.domain import SendResultat
    from sdp.krr.rute import Digital, Print


@dataclass(frozen=True, slots=True)
class Brevresultat:
    """A letter that was sent, and how it was sent.

    Attributes:
        rute: digitally, or by print and why.
        resultat: what the other side accepted.
    """

    rute: Digital | Print
    resultat: SendResultat
