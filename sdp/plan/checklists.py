"""Checklists in the folder of a plan: the test plan, and what must be done before production."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sdp.plan.findings import Findings
from sdp.plan.tables import read_table
from sdp.plan.templates import (
    CHECKS,
    PRODUCTION,
    PRODUCTION_COLUMNS,
    TEST_PLAN,
    TEST_PLAN_COLUMNS,
)

if TYPE_CHECKING:
    from pathlib import Path

    from sdp.plan.texts import Texts


@dataclass(frozen=True, slots=True)
class Requirement:
    """A national requirement of tests, how it is answered, and the checks that answer it."""

    id: str
    niva: str
    krav: str
    hvordan: str
    kontroller: tuple[int, ...]
    status: str


@dataclass(frozen=True, slots=True)
class Point:
    """Something that must be done before the first letter in production."""

    id: str
    punkt: str
    hvordan: str
    ansvar: str
    status: str


def requirements(folder: Path, texts: Texts) -> tuple[Requirement, ...]:
    """Read the test plan of a folder, or the one that a new folder gets."""
    found = [
        Requirement(
            row.text("id"),
            row.text("niva"),
            row.text("krav"),
            row.text("hvordan"),
            tuple(int(each) for each in row.text("kontroller").split() if each.isdecimal()),
            row.text("status"),
        )
        for row in read_table(folder / TEST_PLAN, TEST_PLAN_COLUMNS, (), Findings())
    ]
    return tuple(found) or tuple(
        Requirement(
            id_,
            texts(f"testplan_rows.{id_}.niva"),
            texts(f"testplan_rows.{id_}.krav"),
            texts(f"testplan_rows.{id_}.hvordan"),
            CHECKS[id_],
            "",
        )
        for id_ in texts.keys_under("testplan_rows")
    )


def production_points(folder: Path, texts: Texts) -> tuple[Point, ...]:
    """Read the checklist of a folder, or the one that a new folder gets."""
    found = [
        Point(*(row.text(name) for name in ("id", "punkt", "hvordan", "ansvar", "status")))
        for row in read_table(folder / PRODUCTION, PRODUCTION_COLUMNS, (), Findings())
    ]
    return tuple(found) or tuple(
        Point(
            id_,
            texts(f"production_rows.{id_}.punkt"),
            texts(f"production_rows.{id_}.hvordan"),
            "",
            "",
        )
        for id_ in texts.keys_under("production_rows")
    )
