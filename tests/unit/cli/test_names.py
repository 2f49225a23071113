"""The names and summaries of every command: one name for one thing, and each summary whole."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import click
import pytest

from sdp.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator


def _commands(
    command: click.Command, name: str, parent: click.Context | None = None
) -> Iterator[tuple[str, click.Command, click.Context]]:
    context = click.Context(command, parent=parent, info_name=name, terminal_width=80)
    yield context.command_path, command, context
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            found = command.get_command(context, each)
            assert found is not None
            yield from _commands(found, each, context)


_ALL = tuple(_commands(app, "sdp"))
_OTHER_NAMES = {
    "--recipient": "--person",
    "--personidentifikator": "--person",
    "--fnr": "--person",
    "--output": "--out",
    "--configuration": "--config",
    "--lang": "--language",
    "--format": "--json",
    "--env": "--environment",
    "--message-type": "--wire",
}

# Names that an option had before, and is still known by.
_BEFORE = {
    ("--urgent", "--priority"),
    ("--state-file", "--state"),
}
# Options whose values are written in more than one way, and mean one thing all the same.
_TWO_KINDS = {
    "--person": "a number or @FILE with it; sdp verify takes a file of several, and sdp outbox"
    " letters one without @, as before",
    "--prices": "a price list: a file, and newest for the one in the package where it is compared",
}
_TWO_NAMES = {
    # One command may order opening receipts for two reasons.
    frozenset({"--reason", "--unread-reason"}),
}


@pytest.mark.parametrize(("path", "command", "context"), _ALL, ids=[path for path, _, _ in _ALL])
def test_a_command_has_one_name_for_one_thing_and_a_summary_that_is_whole(
    path: str, command: click.Command, context: click.Context
) -> None:
    options = [each for each in command.params if isinstance(each, click.Option)]
    taken = {name for option in options for name in option.opts}
    assert {name: _OTHER_NAMES[name] for name in taken & _OTHER_NAMES.keys()} == {}
    is_group = isinstance(command, click.Group)
    lines = command.get_help(context).splitlines() if is_group else []
    assert [
        line for line in lines if line.startswith("  ") and line.endswith("...") and "[" not in line
    ] == []
    assert command.get_short_help_str(limit=1000), path


def test_what_an_option_names_has_no_second_option_with_another_name() -> None:
    names: dict[str, set[str]] = defaultdict(set)
    for _, command, _ in _ALL:
        for option in command.params:
            if isinstance(option, click.Option) and option.help:
                names[option.help].add(option.opts[0])
    several = {frozenset(found) for found in names.values() if len(found) > 1}
    assert several <= _TWO_NAMES


def test_a_name_takes_one_kind_of_value_in_every_command() -> None:
    kinds: dict[str, set[str]] = defaultdict(set)
    for _, command, _ in _ALL:
        for option in command.params:
            if isinstance(option, click.Option):
                kinds[option.opts[0]].add(
                    "flag" if option.is_flag else option.type.name.lstrip("_")
                )
    two = {name: found for name, found in kinds.items() if len(found) > 1}
    # A file or a folder is where something is.
    several = {n: f for n, f in two.items() if not f <= {"path", "file", "directory"}}
    assert several.keys() - _TWO_KINDS.keys() == set()


def test_a_second_name_is_one_that_was_documented_before() -> None:
    names = {tuple(each.opts) for _, command, _ in _ALL for each in command.params}
    long = {tuple(n for n in found if n.startswith("--")) for found in names}
    assert {each for each in long if len(each) > 1} == _BEFORE
