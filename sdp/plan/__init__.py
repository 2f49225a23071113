"""Planning of the transition to digital post: reading, calculations, figures and documents."""

from __future__ import annotations

from sdp.plan.costs import Costs, costs_of
from sdp.plan.findings import Finding, Level, PlanError
from sdp.plan.folder import Reading, read_plan
from sdp.plan.model import Plan, Slag
from sdp.plan.texts import Language, Texts
from sdp.prices import PriceList

__all__ = [
    "Costs",
    "Finding",
    "Language",
    "Level",
    "Plan",
    "PlanError",
    "PriceList",
    "Reading",
    "Slag",
    "Texts",
    "costs_of",
    "read_plan",
]
