"""Writes what the library is built from, as CycloneDX JSON: `python tools/sbom.py LOCK`.

Versions and digests are those of the lock file. What the library and its extras need is told by
pyproject.toml, and what that needs in turn by what is installed here, so that packages for other
systems are left out, and so are the tools of development. The same lock gives the same bytes.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
import uuid
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import sdp

_PROJECT = "sikker-digital-post"
_PINNED = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?: *; *(?P<marker>[^\\\n]*[^\\\s]))?"
    r"(?P<hashes>(?:\s*\\\n\s+--hash=sha256:[0-9a-f]{64})+)$",
    re.MULTILINE,
)
_HASH = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Pin:
    """One package as the lock has it."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    @property
    def purl(self) -> str:
        """Its package URL, which also names it within the document."""
        return f"pkg:pypi/{self.name}@{self.version}"


@dataclass(frozen=True)
class Needs:
    """What the library needs.

    Attributes:
        required: without which it does not run.
        optional: for its extras alone.
        uses: what each package uses in turn, the library's own name among them.
    """

    required: frozenset[str]
    optional: frozenset[str]
    uses: dict[str, frozenset[str]]


def read_lock(text: str) -> dict[str, Pin]:
    """Read a lock file in which every package is pinned and has digests.

    Raises:
        ValueError: a line is neither a comment nor part of such a pin.
    """
    left_over = re.sub(r"(?m)^\s*(#.*)?$", "", _PINNED.sub("", text)).strip()
    if left_over:
        raise ValueError(f"not pinned with digests: {left_over.splitlines()[0]}")
    pins = (
        Pin(
            canonicalize_name(found["name"]),
            found["version"],
            found["marker"] or "",
            tuple(sorted(_HASH.findall(found["hashes"]))),
        )
        for found in _PINNED.finditer(text)
    )
    return {pin.name: pin for pin in pins}


def find_needs(project: dict[str, Any]) -> Needs:
    """Follow what the project, and then the installed packages, say that they need.

    Args:
        project: the table `project` of pyproject.toml.

    Raises:
        PackageNotFoundError: something is needed and not installed.
    """
    uses: dict[str, set[str]] = {_PROJECT: set()}
    required = _follow(project["dependencies"], uses)
    extras = project["optional-dependencies"].values()
    optional = frozenset[str]().union(*(_follow(extra, uses) for extra in extras))
    return Needs(required, optional - required, {one: frozenset(to) for one, to in uses.items()})


def _follow(told: list[str], uses: dict[str, set[str]]) -> frozenset[str]:
    waiting = [(_PROJECT, needed) for needed in _applying(told, frozenset())]
    seen = set[tuple[str, frozenset[str]]]()
    while waiting:
        user, needed = waiting.pop()
        step = (canonicalize_name(needed.name), frozenset(needed.extras))
        uses.setdefault(user, set()).add(step[0])
        if step not in seen:
            seen.add(step)
            further = _applying(distribution(step[0]).requires or [], step[1])
            waiting += [(step[0], one) for one in further]
    return frozenset(name for name, _ in seen)


def _applying(told: list[str], extras: frozenset[str]) -> list[Requirement]:
    return [one for one in map(Requirement, told) if _applies(one, extras)]


def _applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    if requirement.marker is None:
        return True
    return any(requirement.marker.evaluate({"extra": extra}) for extra in {"", *extras})


def write_bom(pins: dict[str, Pin], needs: Needs) -> str:
    """Write the document.

    Raises:
        ValueError: something is needed that is not locked, or is installed in another version.
    """
    wanted = sorted(needs.required | needs.optional)
    for name in wanted:
        installed = distribution(name).version
        if name not in pins or Version(pins[name].version) != Version(installed):
            raise ValueError(f"{name} {installed} is installed, and the lock has another or none")
    root = f"pkg:pypi/{_PROJECT}@{sdp.__version__}"
    names = {_PROJECT: root, **{name: pins[name].purl for name in wanted}}
    body: dict[str, Any] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": _described(_PROJECT, names[_PROJECT])},
        "components": [_component(pins[name], required=name in needs.required) for name in wanted],
        "dependencies": [
            {"ref": ref, "dependsOn": [names[to] for to in sorted(needs.uses.get(name, ()))]}
            for name, ref in names.items()
        ],
    }
    content = json.dumps(body, sort_keys=True)
    body["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}"
    return json.dumps(body, indent=2) + "\n"


def _component(pin: Pin, *, required: bool) -> dict[str, Any]:
    found = _described(pin.name, pin.purl)
    found["scope"] = "required" if required else "optional"
    found["hashes"] = [{"alg": "SHA-256", "content": content} for content in pin.hashes]
    if pin.marker:
        found["properties"] = [{"name": "python:marker", "value": pin.marker}]
    return found


def _described(name: str, purl: str) -> dict[str, Any]:
    found = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": purl.rpartition("@")[2],
        "purl": purl,
    }
    licences = distribution(name).metadata.get_all("License-Expression") or []
    return {**found, "licenses": [{"expression": one} for one in licences]} if licences else found


if __name__ == "__main__":
    lock, pyproject = Path(sys.argv[1]), Path(__file__).parent.parent / "pyproject.toml"
    asked = find_needs(tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"])
    sys.stdout.write(write_bom(read_lock(lock.read_text(encoding="utf-8")), asked))
