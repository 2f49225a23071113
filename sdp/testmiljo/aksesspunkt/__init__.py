"""The access point of the sender (corner 2), with a mailbox and a printer behind it (corner 4)."""

from __future__ import annotations

from sdp.testmiljo.aksesspunkt import receipts
from sdp.testmiljo.aksesspunkt.aksesspunkt import Aksesspunkt
from sdp.testmiljo.aksesspunkt.innboks import Innboks, Innmelding
from sdp.testmiljo.aksesspunkt.names import SCOPE
from sdp.testmiljo.aksesspunkt.postkasse import DpiPostkasse
from sdp.testmiljo.aksesspunkt.printer import DpiPrinter
from sdp.testmiljo.aksesspunkt.receiver import DpiReceiver
from sdp.testmiljo.aksesspunkt.routes import ROOT, routes

__all__ = [
    "ROOT",
    "SCOPE",
    "Aksesspunkt",
    "DpiPostkasse",
    "DpiPrinter",
    "DpiReceiver",
    "Innboks",
    "Innmelding",
    "receipts",
    "routes",
]
