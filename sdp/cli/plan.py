"""`sdp plan`: the road to digital post, from services and volumes to the year after."""

from __future__ import annotations

from importlib import import_module

import click

_COMMANDS = {
    "init": "sdp.cli.plan_init:init",
    "connect": "sdp.cli.plan_connect:connect",
    "check": "sdp.cli.plan_check:check",
    "cost": "sdp.cli.plan_cost:cost",
    "calendar": "sdp.cli.plan_calendar:calendar",
    "schedule": "sdp.cli.plan_calendar:schedule",
    "risks": "sdp.cli.plan_risks:risks",
}


class _Commands(click.Group):
    """Imports a command of the group when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=_Commands)
def plan() -> None:
    """Plan the transition: services, volumes, cost, risks, deliveries, and the year after."""
