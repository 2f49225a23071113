"""The material of a plan document: everything it tells, worked out beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sdp.plan.checklists import Point, Requirement
    from sdp.plan.costs import Costs
    from sdp.plan.document.evidence import Evidence
    from sdp.plan.findings import Finding
    from sdp.plan.follow import Followed
    from sdp.plan.model import Plan
    from sdp.plan.payback import Payback
    from sdp.plan.schedule import Schedule
    from sdp.plan.sensitivity import Swing
    from sdp.plan.texts import Texts
    from sdp.plan.year import Year


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that a document is made of, worked out beforehand."""

    plan: Plan
    texts: Texts
    today: date
    costs: Costs
    swings: tuple[Swing, ...]
    payback: Mapping[str, Payback]
    year: Year
    schedule: Schedule
    findings: tuple[Finding, ...]
    requirements: tuple[Requirement, ...]
    points: tuple[Point, ...]
    evidence: Evidence | None = None
    followed: tuple[Followed, ...] = field(default=())
