"""Measurements of a plan: `maalt.json`, with counts, dates and digests, and no person."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sdp.gate.files import read_file
from sdp.plan.model import Pakke, Personer
from sdp.plan.tables import decoded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sdp.plan.findings import Findings

_COUNTS: Final = ("alle", "postkasse", "kan_varsles", "print", "ingen")
_UNREACHED: Final = "ikke_varsles_uten_adresse"
_GROUP: Final = 8


@dataclass(frozen=True, slots=True)
class Measurements:
    """People counted and example documents packed, by the id of the service."""

    people: Mapping[str, Personer] = field(default_factory=dict)
    packages: Mapping[str, Pakke] = field(default_factory=dict)
    digests: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, findings: Findings) -> Measurements:
        """Read the file that `sdp plan measure` wrote; nothing was measured where there is none."""
        if not path.is_file():
            return cls()
        try:
            told = json.loads(decoded(read_file(path)))
            services = dict(told["tjenester"])
        except (ValueError, KeyError, TypeError, RecursionError):
            findings.error("not_measured", path.name)
            return cls()
        people, packages, digests = {}, {}, {}
        for id_, each in services.items():
            try:
                if "personer" in each:
                    people[id_] = _people(each["personer"])
                if "pakke" in each:
                    packages[id_], digests[id_] = _package(each["pakke"])
            except (ValueError, KeyError, TypeError, AttributeError):
                findings.error("measured_wrong", path.name, None, id_)
        return cls(people, packages, digests)

    def joined(self, newer: Measurements) -> Measurements:
        """Take what is newer, and keep the rest."""
        return Measurements(
            {**self.people, **newer.people},
            {**self.packages, **newer.packages},
            {**self.digests, **newer.digests},
        )

    def as_json(self) -> str:
        """Write the file."""
        services: dict[str, dict[str, Any]] = {}
        for id_, people in self.people.items():
            services.setdefault(id_, {})["personer"] = asdict(people)
        for id_, package in self.packages.items():
            grouped = list(map(grouped_digest, self.digests.get(id_, ())))
            services.setdefault(id_, {})["pakke"] = {**asdict(package), "sha256": grouped}
        told = {"tjenester": dict(sorted(services.items()))}
        return json.dumps(told, indent=2, ensure_ascii=False, default=date.isoformat) + "\n"


def grouped_digest(digest: str) -> str:
    """Write a hexadecimal digest in groups of eight: no eleven digits may follow each other."""
    bare = digest.replace("-", "")
    return "-".join(bare[at : at + _GROUP] for at in range(0, len(bare), _GROUP))


def _people(told: Mapping[str, Any]) -> Personer:
    counts = {name: _count(told[name]) for name in _COUNTS}
    people = Personer(
        **counts,
        ikke_varsles_uten_adresse=_count(told.get(_UNREACHED, 0)),
        dato=date.fromisoformat(told["dato"]),
    )
    if (
        people.postkasse + people.print + people.ingen != people.alle
        or people.kan_varsles > people.postkasse
        or people.ikke_varsles_uten_adresse > people.postkasse - people.kan_varsles
        or not people.alle
    ):
        raise ValueError("the counts do not agree")
    return people


def _package(told: Mapping[str, Any]) -> tuple[Pakke, tuple[str, ...]]:
    counts = {name: _count(told[name]) for name in ("bytes", "sider", "antall")}
    if not all(counts.values()):
        raise ValueError("nothing was packed")
    digests = tuple(grouped_digest(str(each)) for each in told.get("sha256", ()))
    return Pakke(**counts, dato=date.fromisoformat(told["dato"])), digests


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000_000_000:
        raise ValueError("a count is a whole number")
    return value
