"""Command groups that import a command when it is asked for, and show whole summaries."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from sdp.cli.imports import imported

if TYPE_CHECKING:
    from collections.abc import Mapping


class LazyGroup(click.Group):
    """A group whose commands are named by their homes: packing need not wait for sending's imports.

    Args:
        homes: the name of each command, and its home as `module:attribute`, in the order shown.
        summaries: of commands that are shown without being imported, by name.
        attributes: as `click.Group` takes them.
    """

    def __init__(
        self,
        *,
        homes: Mapping[str, str],
        summaries: Mapping[str, str] = MappingProxyType({}),
        **attributes: Any,
    ) -> None:
        super().__init__(**attributes)
        self._homes = homes
        self._summaries = summaries

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order they are shown."""
        return list(self._homes)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command; None if there is none of that name."""
        if cmd_name not in self._homes:
            return None
        command: click.Command = imported(self._homes[cmd_name])
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every summary whole; click itself cuts them to a line."""
        shown = []
        for name in self.list_commands(ctx):
            if summary := self._summaries.get(name):
                shown.append((name, summary))
                continue
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                shown.append((name, command.get_short_help_str(limit=1000)))
        with formatter.section("Commands"):
            formatter.write_dl(shown)
