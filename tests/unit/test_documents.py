"""The pages that users read say what the code says."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import click
import pytest

import sdp
from sdp import errors
from sdp.cli.app import app

_ROOT = Path(__file__).parents[2]
_PAGES = sorted([*_ROOT.glob("*.md"), *_ROOT.glob("docs/**/*.md")])


def _blocks(language: str) -> list[tuple[str, str]]:
    found = []
    for page in _PAGES:
        text = page.read_text(encoding="utf-8")
        found += [
            (f"{page.name}:{text[: match.start()].count(chr(10)) + 1}", match[1])
            for match in re.finditer(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        ]
    return found


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize(("place", "code"), _blocks("python"))
def test_every_name_that_is_imported_from_sdp_exists(place: str, code: str) -> None:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module == "sdp":
            assert [alias.name for alias in node.names if alias.name not in sdp.__all__] == []


def test_the_heart_of_the_example_is_shown_as_it_is() -> None:
    example = (_ROOT / "examples" / "send_brev.py").read_text(encoding="utf-8")

    assert any(code in example for place, code in _blocks("python") if place.startswith("README"))


def test_every_error_is_explained() -> None:
    page = (_ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    leaves = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type)
        and issubclass(value, errors.SdpError)
        and not value.__subclasses__()
    }

    assert {name for name in leaves if f"`{name}`" not in page} == set()


def _commands() -> list[tuple[str, list[str]]]:
    found = []
    for place, block in _blocks("console"):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True) if line.startswith("$ ") else []
            if len(words) > 2 and Path(words[1]).name == "sdp":
                found.append((place, [word for word in words[2:] if word != "&"]))
    return found


@pytest.mark.parametrize(("place", "words"), _commands())
def test_every_command_that_is_shown_takes_the_options_it_is_shown_with(
    place: str, words: list[str]
) -> None:
    command: click.Command = app
    while isinstance(command, click.Group):
        inner = command.get_command(click.Context(command), words[0]) if words else None
        if inner is None:
            break
        command, words = inner, words[1:]
    known = {name for parameter in command.params for name in parameter.opts}

    assert command is not app
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known
