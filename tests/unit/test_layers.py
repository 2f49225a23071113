from __future__ import annotations

import ast
import functools
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import sdp

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_ROOT = Path(sdp.__file__).parent

# Each room, and the rooms it may import; all of them at the top of a module or inside a function.
_BELOW = {
    "_exports": set[str](),
    "_model": set[str](),
    "_version": set[str](),
    "gate": set[str](),
    "errors": {"gate"},
    "domain": {"errors"},
    "pki": {"errors", "gate", "transport"},
    "xmlsec": {"errors", "pki"},
    "wss": {"errors", "pki", "xmlsec"},
    "transport": {"errors"},
    "config": {"errors", "domain", "pki", "transport"},
    "dokumentpakke": {"errors", "gate", "domain", "pki", "xmlsec"},
    "wire": {"errors", "domain", "pki", "dokumentpakke", "transport"},
    "ebms": {
        "errors",
        "domain",
        "pki",
        "xmlsec",
        "wss",
        "dokumentpakke",
        "transport",
        "config",
        "wire",
    },
    "jose": {"errors", "pki"},
    "maskinporten": {"errors", "pki", "jose", "transport"},
    "krr": {"errors", "domain", "pki", "xmlsec", "wss", "jose", "maskinporten", "transport"},
    "dpi": {
        *("errors", "domain", "pki", "jose", "maskinporten", "dokumentpakke", "transport", "wire"),
    },
    "utskrift": {"errors", "domain"},
    "prices": {"errors"},
    # Planning knows neither network nor command line.
    "plan": {"errors", "domain", "prices"},
    "preflight": {"errors", "domain", "dokumentpakke", "utskrift"},
    "operations": {
        *("errors", "domain", "pki", "dokumentpakke", "transport", "config", "wire"),
        *("ebms", "dpi", "krr", "maskinporten", "utskrift"),
    },
    "client": {
        "errors",
        "domain",
        "pki",
        "operations",
        "transport",
        "config",
        "wire",
        "krr",
        "dpi",
    },
    "async_client": {
        "errors",
        "domain",
        "pki",
        "operations",
        "transport",
        "config",
        "wire",
        "krr",
        "dpi",
    },
    "verify": {
        *(
            "_model",
            "_version",
            "errors",
            "domain",
            "pki",
            "dokumentpakke",
            "transport",
            "config",
            "wire",
            "client",
        ),
        *("krr", "dpi", "maskinporten", "utskrift", "outbox"),
    },
    # Evidence is read as the wires read it, and needs nobody to ask and no database.
    "dossier": {
        *("_version", "errors", "domain", "pki", "xmlsec", "jose", "wire", "ebms", "dpi"),
    },
    # The outbox knows the public surface of the client, and no wire.
    "outbox": {
        *("errors", "domain", "config", "client", "krr", "wire", "web", "dossier", "prices"),
    },
    "pytest_plugin": {"client", "outbox", "domain", "testmiljo"},
    # The test environment checks with code of its own, never with what makes packages and messages.
    "testmiljo": {"errors", "domain", "pki", "config", "web"},
    "web": set[str](),
}

# All that reads what others say goes through the gate, the test environment with one of its own.
for _room in _BELOW.keys() - {"_model", "_version", "errors", "gate", "pytest_plugin", "testmiljo"}:
    _BELOW[_room].add("gate")

_LONGEST_FILE = 500
_MOST_ENTRIES = 16
# A docstring opens with a noun phrase or an imperative, never with a question word.
_QUESTION = re.compile(r"(What|Where|Which|Who|Whom|Whose|Whether|How)(ever)?\b")


@functools.cache
def _nodes(file: Path) -> tuple[ast.AST, ...]:
    """Parse a file, once for all tests."""
    return tuple(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


def _imports(file: Path) -> set[str]:
    found = _named_in(_nodes(file))
    return {name.split(".")[1] for name in found if name.startswith("sdp.")} & _rooms()


def _imported_at_run_time(file: Path) -> set[str]:
    for_types_only = {
        id(inner)
        for node in _nodes(file)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
    }
    return _named_in(node for node in _nodes(file) if id(node) not in for_types_only)


def _named_in(nodes: Iterable[ast.AST]) -> set[str]:
    """Name each module that is imported, and each name that is imported from one."""
    found = set[str]()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


@functools.cache
def _rooms() -> set[str]:
    return {path.stem for path in _ROOT.iterdir() if not path.name.startswith("__")}


def _files(room: str) -> list[Path]:
    folder = _ROOT / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [_ROOT / f"{room}.py"]


def test_every_room_is_known_here() -> None:
    assert _rooms() - {"py"} == {*_BELOW, "cli"}


@pytest.mark.parametrize("room", _BELOW)
def test_a_room_imports_only_the_rooms_below_it(room: str) -> None:
    imported = set[str]().union(*(_imports(file) for file in _files(room)))

    assert imported - {room, "_exports", "_model"} - _BELOW[room] == set()


# Modules that open connections, and the files that may import them: the adapter of the transport.
# `sdp verify` looks names up. The test environment listens.
_CONNECTING = {"httpx", "httpcore", "socket", "urllib.request", "http.client", "requests", "ssl"}
_MAY_CONNECT = {
    *("transport/pool.py", "transport/settings.py", "transport/addresses.py", "transport/tls.py"),
    *("transport/connections.py", "transport/sync_connections.py", "transport/aio_connections.py"),
    *("transport/exchange.py", "transport/http11.py", "transport/way.py"),
    "verify/checks/network.py",
}


def test_nothing_but_the_transport_opens_a_connection() -> None:
    rest = [file for file in _ROOT.rglob("*.py") if "testmiljo" not in file.parts]
    found = {
        str(file.relative_to(_ROOT)) for file in rest if _imported_at_run_time(file) & _CONNECTING
    }
    assert found - _MAY_CONNECT == set()


def test_only_two_commands_know_the_test_environment() -> None:
    users = {file for file in _files("cli") if "testmiljo" in _imports(file)}

    assert {file.name for file in users} <= {"demo.py", "testmiljo.py"}


def test_files_that_somebody_names_are_read_by_the_gate_alone() -> None:
    # What the package brings itself, its own outbox and the test environment are no such files.
    own = re.compile(r"files\(|newest|file\.read_text|outbox\*|cli/files")
    reading = re.compile(r"\.read_bytes\(\)|\.read_text\(|click\.File")
    found = [
        f"{file.relative_to(_ROOT)}: {line.strip()}"
        for file in _ROOT.rglob("*.py")
        if "testmiljo" not in file.parts
        for line in file.read_text(encoding="utf-8").splitlines()
        if reading.search(line)
    ]
    assert [each for each in found if not own.search(each)] == []


def test_no_two_modules_import_each_other_even_for_their_types() -> None:
    files = {_name(file): file for file in sorted(_ROOT.rglob("*.py"))}
    graph = {name: _modules(file, files.keys()) - {name} for name, file in files.items()}

    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_no_file_is_longer_than_five_hundred_lines() -> None:
    lengths = {
        str(file.relative_to(_ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for file in _ROOT.rglob("*.py")
    }

    assert {file: length for file, length in lengths.items() if length > _LONGEST_FILE} == {}


def test_the_test_environment_has_few_entries_at_its_top() -> None:
    entries = {path.name for path in (_ROOT / "testmiljo").iterdir()} - {"__pycache__"}

    assert len(entries) <= _MOST_ENTRIES


def test_the_gate_has_one_module_for_each_kind_of_thing_that_comes_from_outside() -> None:
    modules = {file.stem for file in _files("gate")} - {"__init__"}

    assert modules == {"files", "identifiers", "instants", "words"}


@pytest.mark.parametrize("room", sorted(_rooms() - {"py"}))
def test_no_docstring_opens_with_a_question_word(room: str) -> None:
    asked = [
        f"{file.relative_to(_ROOT)}: {text.splitlines()[0]}"
        for file in _files(room)
        for node in _nodes(file)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and (text := ast.get_docstring(node)) is not None
        and _QUESTION.match(text)
    ]

    assert asked == []


def _name(file: Path) -> str:
    parts = file.relative_to(_ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _modules(file: Path, known: Collection[str]) -> set[str]:
    """The modules that a file names in its imports, and not the packages around them."""
    found = set[str]()
    for node in _nodes(file):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in known else node.module for name in names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & set(known)
