"""`sdp plan`: the road to digital post, from services and volumes to the year after."""

from __future__ import annotations

import click

from sdp.cli.lazy_group import LazyGroup

_HOMES = {
    "init": "sdp.cli.plan_init:init",
    "connect": "sdp.cli.plan_connect:connect",
    "measure": "sdp.cli.plan_measure:measure",
    "check": "sdp.cli.plan_check:check",
    "cost": "sdp.cli.plan_cost:cost",
    "calendar": "sdp.cli.plan_calendar:calendar",
    "schedule": "sdp.cli.plan_calendar:schedule",
    "risks": "sdp.cli.plan_risks:risks",
    "information": "sdp.cli.plan_document:information",
    "document": "sdp.cli.plan_document:document",
    "follow": "sdp.cli.plan_follow:follow",
}
"""The commands in the order they are used."""


@click.group(cls=LazyGroup, homes=_HOMES)
def plan() -> None:
    """Plan the transition: services, volumes, cost, risks, deliveries, and the year after."""
