from __future__ import annotations

import ast
from pathlib import Path

import pytest

import sdp

_ROOT = Path(sdp.__file__).parent

# Each room, and the rooms it may import; all of them at the top of a module or inside a function.
_BELOW = {
    "_version": set[str](),
    "errors": set[str](),
    "gate": {"errors"},
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
    # Planning knows neither network nor command line.
    "plan": {"errors", "domain"},
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
        *("krr", "dpi", "maskinporten", "utskrift"),
    },
    "pytest_plugin": {"client", "domain", "testmiljo"},
    # The test environment checks with code of its own, never with what makes packages and messages.
    "testmiljo": {"errors", "domain", "pki", "config"},
}

# All that reads what others say goes through the gate, the test environment with one of its own.
for _room in _BELOW.keys() - {"_version", "errors", "gate", "pytest_plugin", "testmiljo"}:
    _BELOW[_room].add("gate")


def _imports(file: Path) -> set[str]:
    found = set[str]()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name.split(".")[1] for name in found if name.startswith("sdp.")} & _rooms()


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

    assert imported - {room} - _BELOW[room] == set()


def test_only_two_commands_know_the_test_environment() -> None:
    users = {file for file in _files("cli") if "testmiljo" in _imports(file)}

    assert {file.name for file in users} <= {"demo.py", "testmiljo.py"}
