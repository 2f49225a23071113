"""The pages that users read say what the code says."""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

import sdp
from sdp import ClientConfig, errors
from sdp.cli.app import app
from sdp.config.section import known_keys
from sdp.testmiljo import read_scenario
from tests.pages import PAGES, ROOT, Block, Command, blocks, commands

_CHECKED_BY = {
    "python": "e2e/test_documents.py",
    "console": "e2e/test_documents_console.py",
    "toml": "unit/test_documents.py",
    "java": "interop/test_java_pages.py",
    "csharp": "unit/test_documents.py",
    "mermaid": "e2e/outbox/test_plugin.py",
}
"""The file of tests that takes every block of a language."""

KLIENTKONFIGURASJON = frozenset(
    {
        "builder",
        "connectionRequestTimeout",
        "connectionTimeout",
        "httpRequestInterceptors",
        "httpResponseInterceptors",
        "maxConnectionPoolSize",
        "proxy",
        "soapInterceptors",
        "soapMessageFactorySupplier",
        "socketTimeout",
    }
)
"""Options of the configuration class of Difi's client; tests/interop asks the class itself."""


def test_no_code_on_any_page_is_forgotten() -> None:
    tests = {
        language: (ROOT / "tests" / file).read_text(encoding="utf-8")
        for language, file in _CHECKED_BY.items()
    }

    assert {block.language for block in blocks()} == _CHECKED_BY.keys()
    for language, text in tests.items():
        taken = "commands()" if language == "console" else f'blocks("{language}"'
        assert taken in text, language


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_fence_is_one_of_the_blocks(page: Path) -> None:
    fences = re.findall(r"^ *(?:```|~~~)", page.read_text(encoding="utf-8"), re.MULTILINE)

    assert len(fences) == 2 * len(blocks(page=page.name))


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_every_file_that_is_shown_is_read(block: Block, tmp_path: Path) -> None:
    file = tmp_path / "shown.toml"
    if "[[fault]]" in block.text:
        file.write_text(block.text, encoding="utf-8")

        assert read_scenario(file)
    else:
        named = tomllib.loads(block.text).keys() & {"environment"}
        text = block.text if named else f'environment = "test"\n{block.text}'
        file.write_text(text, encoding="utf-8")

        assert ClientConfig.from_toml(file, environ={}).environment.name


@pytest.mark.parametrize("page", sorted({block.page for block in blocks("csharp")}))
def test_a_page_with_csharp_says_that_it_is_not_compiled(page: str) -> None:
    [text] = [found.read_text(encoding="utf-8") for found in PAGES if found.name == page]

    assert "The C# is not compiled" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_every_name_that_is_imported_from_sdp_exists(block: Block) -> None:
    for node in ast.walk(ast.parse(block.text)):
        if isinstance(node, ast.ImportFrom) and node.module == "sdp":
            assert [alias.name for alias in node.names if alias.name not in sdp.__all__] == []


def test_the_heart_of_the_example_is_shown_as_it_is() -> None:
    example = (ROOT / "examples" / "send_brev.py").read_text(encoding="utf-8")

    heart, *_ = blocks("python", "README.md")
    assert heart.text in example


def test_every_public_name_is_in_the_reference_once() -> None:
    page = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    shown = re.findall(r"^::: sdp\.(\w+)$", page, re.MULTILINE)

    assert sorted(shown) == sorted(set(sdp.__all__) - {"__version__"})


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_every_page_is_in_the_navigation_and_linked_from_the_first(page: Path) -> None:
    first = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")

    assert f": {page.name}\n" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert page.name == "index.md" or f"]({page.name})" in first


def test_every_error_is_explained() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    leaves = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type)
        and issubclass(value, errors.SdpError)
        and not value.__subclasses__()
    }

    assert {name for name in leaves if f"`{name}`" not in page} == set()


def _words(command: Command) -> list[str]:
    """The words of an `sdp` command after its name; none for other commands."""
    words = shlex.split(command.text)
    return words[1:] if Path(words[0]).name == "sdp" else []


@pytest.mark.parametrize("shown", [c for c in commands() if _words(c)], ids=str)
def test_every_command_that_is_shown_takes_the_options_it_is_shown_with(shown: Command) -> None:
    command: click.Command = app
    words = _words(shown)
    while isinstance(command, click.Group):
        inner = command.get_command(click.Context(command), words[0]) if words else None
        if inner is None:
            break
        command, words = inner, words[1:]
    known = {name for parameter in command.params for name in parameter.opts}

    assert command is not app
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known


def test_the_changelog_names_every_command() -> None:
    [line] = re.findall(
        r"^- The `sdp` command: (.*)\.$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )

    assert re.findall(r"`([a-z-]+)`", line) == app.list_commands(click.Context(app))


def test_every_option_of_the_java_client_has_a_row_that_names_what_it_is_here() -> None:
    page = (ROOT / "docs" / "from-java-and-dotnet.md").read_text(encoding="utf-8")
    section = page.partition("## Every option of `KlientKonfigurasjon`\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+)\|[^|]*\|([^|]*)\|[^|]*\|$", section, re.MULTILINE)
    setting = r"`((?:environment|identity)\.\w+|\w+_timeout|pool_size|proxy)`"
    named = set(re.findall(setting, section.replace("`proxy(", "")))

    assert {name for options, _ in rows for name in re.findall(r"`(\w+)", options)} == (
        KLIENTKONFIGURASJON | {"KlientKonfigurasjon"}
    )
    assert all(here.strip() for _, here in rows)
    assert {"connect_timeout", "pool_size", "environment.trust"} <= named
    assert named <= set(known_keys(ClientConfig))


def test_the_defaults_beside_those_of_the_java_client_are_those_of_the_settings() -> None:
    page = (ROOT / "docs" / "from-java-and-dotnet.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `\w+` \| [^|]* \| (`\w+`[^|]*) \| ([\d, ]+) \|$", page, re.MULTILINE)
    told = {
        name: float(default)
        for names, defaults in rows
        for name, default in zip(re.findall(r"`(\w+)`", names), defaults.split(","), strict=True)
    }

    assert len(told) == 5
    assert told == {name: ClientConfig.model_fields[name].default for name in told}
