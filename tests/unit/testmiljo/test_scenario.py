"""Scenarios, from TOML to what waits to go wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sdp.errors import ConfigurationError
from sdp.testmiljo import (
    Delay,
    Ebms,
    LoseAnswer,
    Planned,
    RefuseToken,
    RefuseWithEbms,
    Traffic,
    read_scenario,
)
from sdp.testmiljo.faults.serving import Faults

SCENARIO = """
[[fault]]
fault = "LoseAnswer"
on = "LETTER"
times = 2

[[fault]]
fault = "RefuseToken"
error = "invalid_scope"
description = "ikke i dag"

[[fault]]
fault = "RefuseWithEbms"
error = "OTHER"

[[fault]]
fault = "Delay"
seconds = 0.5
"""


def written(folder: Path, content: str) -> Path:
    path = folder / "faults.toml"
    path.write_text(content, encoding="utf-8")
    return path


def test_a_file_is_read_in_its_order(tmp_path: Path) -> None:
    assert read_scenario(written(tmp_path, SCENARIO)) == (
        Planned(LoseAnswer(), times=2, on=Traffic.LETTER),
        Planned(RefuseToken("invalid_scope", "ikke i dag")),
        Planned(RefuseWithEbms(Ebms.OTHER)),
        Planned(Delay(0.5)),
    )


def test_a_scenario_that_is_played_waits_after_what_waits_already() -> None:
    faults = Faults()
    faults.add(Delay(1))
    faults.play([Planned(LoseAnswer(), times=2, on=Traffic.LETTER), Planned(Delay(2))])
    assert list(faults.waiting) == [
        (Delay(1), None),
        (LoseAnswer(), Traffic.LETTER),
        (LoseAnswer(), Traffic.LETTER),
        (Delay(2), None),
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("[[fault]\n", "is not TOML"),
        ("", r"must have tables \[\[fault\]\]"),
        ("fault = 'Delay'\n", r"must have tables \[\[fault\]\]"),
        ("fault = [1]\n", r"must have tables \[\[fault\]\]"),
        ("name = 'x'\n[[fault]]\nfault = 'LoseAnswer'\n", "nothing beside.*as name"),
        ("[[fault]]\n", r"number 1: fault must be one of"),
        ("[[fault]]\nfault = []\n", r"number 1: fault must be one of"),
        ("[[fault]]\nfault = 'LoseAnswer'\n" * 2 + "on = 'MAIL'\n", "number 2: on must be one of"),
        ("[[fault]]\nfault = 'RefuseWithStatus'\nstatus = 42\n", "status must be from 200 to 599"),
        ("[[fault]]\nfault = 'LoseAnswer'\nstatus = 500\n", "status is no field of LoseAnswer"),
        ("[[fault]]\nfault = 'LoseAnswer'\ntimes = true\n", "number 1: times must be a number"),
        ("[[fault]]\nfault = 'Delay'\nseconds = 2026-01-01\n", "seconds must be a number"),
        ("[[fault]]\nfault = 'LoseAnswer'\nx = " + "[" * 50_000, "is n"),
    ],
)
def test_what_is_wrong_is_told_by_table_field_and_rule(
    tmp_path: Path, content: str, why: str
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(ConfigurationError, match=why) as refusal:
        read_scenario(path)
    assert str(path) in str(refusal.value)


def test_every_table_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"number 1: fault.*number 3: seconds"):
        read_scenario(
            written(
                tmp_path,
                "[[fault]]\n[[fault]]\nfault = 'LoseAnswer'\n[[fault]]\nfault = 'Delay'\n",
            )
        )


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: None, "cannot be read"),
        (lambda path: path.write_bytes(b"\xff"), "is not TOML"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, make: Any, why: str) -> None:
    path = tmp_path / "faults.toml"
    make(path)
    with pytest.raises(ConfigurationError, match=why):
        read_scenario(path)
