"""Figures of a plan as SVG, each with a title and a description, and readable without colour."""

from __future__ import annotations

from sdp.plan.figures.curves import cost_by_share, cumulative_gain
from sdp.plan.figures.heat_map import heat_map
from sdp.plan.figures.solution import solution
from sdp.plan.figures.timeline import timeline
from sdp.plan.figures.wheel import wheel

__all__ = ["cost_by_share", "cumulative_gain", "heat_map", "solution", "timeline", "wheel"]
