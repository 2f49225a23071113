"""Dossiers: the evidence of one letter in one file, and its verification years later."""

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
