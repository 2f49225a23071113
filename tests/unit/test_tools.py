"""The tools that look after what the library is built from."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools import audit, sbom, type_completeness

_ROOT = Path(__file__).parents[2]


def _answers(
    monkeypatch: pytest.MonkeyPatch, *found: dict[str, Any], status: int = 0, stderr: str = ""
) -> None:
    told = json.dumps({"dependencies": found}) if not stderr else ""
    ran = subprocess.CompletedProcess([], status, stdout=told, stderr=stderr)
    monkeypatch.setattr("tools.audit.subprocess.run", lambda *_, **__: ran)


_GOOD = {"name": "httpx", "version": "1", "vulns": []}
_BAD = {"name": "lxml", "version": "1", "vulns": [{"id": "CVE-1"}]}
_UNKNOWN = {"name": "isal", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        ([_GOOD], 0, "nothing is known against any"),
        ([_GOOD, _BAD], 1, "lxml 1 has known vulnerabilities: CVE-1"),
        ([_GOOD, _UNKNOWN], 1, "isal could not be looked up"),
        ([_UNKNOWN, _UNKNOWN], 0, "COULD NOT LOOK"),
    ],
)
def test_the_audit_tells_what_is_known_from_what_could_not_be_looked_up(
    found: list[dict[str, Any]],
    status: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _answers(monkeypatch, *found, status=1 if status else 0)

    assert audit.main(["dev.txt"]) == status

    assert words in capsys.readouterr().out


def test_the_audit_passes_without_a_network_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _answers(monkeypatch, status=1, stderr="requests.exceptions.ConnectionError: no route")

    assert audit.main(["dev.txt"]) == 0

    assert "COULD NOT LOOK" in capsys.readouterr().out


def test_an_audit_that_breaks_is_not_taken_for_a_good_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _answers(monkeypatch, status=1, stderr="TypeError: broken")

    assert audit.main(["dev.txt"]) == 2

    assert "broken" in capsys.readouterr().err


def _bom() -> dict[str, Any]:
    lock = (_ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    told: dict[str, Any] = json.loads(
        sbom.write_bom(sbom.read_lock(lock), sbom.find_needs(project["project"]))
    )
    return told


def test_the_bill_of_materials_names_every_dependency_as_the_lock_has_it() -> None:
    lock = (_ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([a-z0-9.-]+)==([^ \\\n]+)", lock, re.MULTILINE))
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    direct = {re.split(r"[><=\[]", told)[0] for told in project["dependencies"]}

    components = {part["name"]: part for part in _bom()["components"]}

    assert direct <= components.keys()
    assert {name: part["version"] for name, part in components.items()} == {
        name: pinned[name] for name in components
    }
    assert "pytest" not in components


def test_the_bill_of_materials_carries_a_digest_of_each_package_and_names_each_once() -> None:
    bom = _bom()
    refs = [part["bom-ref"] for part in bom["components"]]

    assert len(refs) == len({*refs})
    assert all(
        part["hashes"] and all(len(digest["content"]) == 64 for digest in part["hashes"])
        for part in bom["components"]
    )
    assert {depends["ref"] for depends in bom["dependencies"]} == {
        *refs,
        bom["metadata"]["component"]["bom-ref"],
    }


@pytest.mark.parametrize(("score", "status"), [(1.0, 0), (0.99, 0), (0.9899, 1)])
def test_types_that_are_known_for_less_than_99_percent_are_a_failure(
    score: float, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = {"message": "Type is missing type annotation and could be inferred differently"}
    symbols = [
        {"name": "sdp.a", "isExported": True, "isTypeKnown": False, "diagnostics": [problem]},
        {"name": "sdp.b", "isExported": True, "isTypeKnown": True},
    ]
    told = json.dumps({"typeCompleteness": {"completenessScore": score, "symbols": symbols}})
    ran = subprocess.CompletedProcess([], 1, stdout=told, stderr="")
    monkeypatch.setattr("tools.type_completeness.subprocess.run", lambda *_, **__: ran)

    assert type_completeness.main() == status
    assert "sdp.a: Type is missing" in capsys.readouterr().out


def test_a_type_checker_that_does_not_answer_is_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran = subprocess.CompletedProcess([], 3, stdout="", stderr="no such package")
    monkeypatch.setattr("tools.type_completeness.subprocess.run", lambda *_, **__: ran)

    with pytest.raises(SystemExit, match="no such package"):
        type_completeness.main()


def test_the_lowest_versions_are_those_that_the_bounds_name() -> None:
    """What is tested as the lowest is what may be installed, or the bounds are not true."""
    locked = (_ROOT / "requirements" / "lowest.txt").read_text(encoding="utf-8")
    pins = {
        canonicalize_name(name): Version(version)
        for name, version in re.findall(r"^([\w.-]+)(?:\[.*\])?==([\w.]+)", locked, re.MULTILINE)
    }
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    bounds = map(Requirement, [*project["dependencies"], *(each for one in extras for each in one)])
    untrue = {}
    for bound in bounds:
        (lowest,) = (each.version for each in bound.specifier if each.operator == ">=")
        pinned, told = pins[canonicalize_name(bound.name)], Version(lowest)
        if pinned.release[: len(told.release)] != told.release:
            untrue[bound.name] = (lowest, str(pinned))

    assert untrue == {}
