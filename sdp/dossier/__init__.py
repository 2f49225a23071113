"""Dossiers: the evidence of one letter in one file, and its verification years later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp._exports import exports

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.dossier.content import Dossier, DossierReceipt
    from sdp.dossier.verifying import DossierFinding, DossierReport, DossierVerdict, verify_dossier
    from sdp.dossier.writing import write_dossier

__all__ = [
    "Dossier",
    "DossierFinding",
    "DossierReceipt",
    "DossierReport",
    "DossierVerdict",
    "verify_dossier",
    "write_dossier",
]

__getattr__: Callable[[str], object] = exports(
    __name__,
    {
        "content": ("Dossier", "DossierReceipt"),
        "verifying": ("DossierFinding", "DossierReport", "DossierVerdict", "verify_dossier"),
        "writing": ("write_dossier",),
    },
)
