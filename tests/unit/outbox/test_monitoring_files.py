"""The example alerts and dashboard ask for metrics and labels that are there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import click
import pytest
import yaml  # type: ignore[import-untyped]

from tests.pages import ROOT
from tests.unit.outbox.rig import Rig
from tests.unit.outbox.test_openmetrics import parsed
from tests.unit.outbox.test_stuck import deliver, set_aside
from tests.unit.outbox.world import letter, person

_FOLDER = ROOT / "examples" / "monitoring"
_ALERTS = yaml.safe_load((_FOLDER / "alerts.yaml").read_text(encoding="utf-8"))
_DASHBOARD = json.loads((_FOLDER / "dashboard.json").read_text(encoding="utf-8"))
_MATCHER = re.compile(r'(\w+)(?:=|!=|=~|!~)"([^"]*)"')


def rules() -> Iterator[dict[str, Any]]:
    for group in _ALERTS["groups"]:
        yield from group["rules"]


def expressions() -> list[str]:
    asked = [rule["expr"] for rule in rules()]
    return asked + [each["expr"] for panel in _DASHBOARD["panels"] for each in panel["targets"]]


@pytest.fixture
def labels(rig: Rig) -> dict[str, set[str]]:
    """Every metric that is written, with its labels, of an outbox in which much has happened."""
    deliver(rig, 40, timedelta(minutes=10), 0)
    deliver(rig, 20, timedelta(minutes=50), 1)
    rig.outbox.put("braked", person(0), letter())
    rig.world.faults = ["503"]
    rig.world.waiting = [set_aside(1)]
    rig.work()
    rig.poll()
    found: dict[str, set[str]] = {}
    for name, pairs in parsed(rig.outbox.openmetrics()):
        found.setdefault(name, set()).update(label for label, _ in pairs)
    return found


def test_every_metric_and_label_that_is_asked_for_is_written(
    labels: dict[str, set[str]],
) -> None:
    asked = expressions()
    assert len(asked) > 15
    for expression in asked:
        names = re.findall(r"sdp_outbox_\w+", expression)
        assert names, expression
        assert set(names) <= labels.keys(), expression
        known = set[str]().union(*(labels[name] for name in names))
        matched = {label for label, _ in _MATCHER.findall(expression)}
        grouped = {
            label.strip()
            for inside in re.findall(r"\bby \(([^)]*)\)", expression)
            for label in inside.split(",")
        }
        assert matched | grouped <= known, expression


def test_every_state_that_is_asked_for_is_one(labels: dict[str, set[str]]) -> None:
    from sdp.outbox import Tilstand

    asked = {
        state
        for expression in expressions()
        for label, value in _MATCHER.findall(expression)
        if label == "state"
        for state in value.split("|")
    }
    assert asked <= {each.value for each in Tilstand}
    assert "uavklart" in asked


def test_every_alert_says_what_to_do_and_names_a_command() -> None:
    from sdp.cli.outbox import outbox

    for rule in rules():
        assert rule["annotations"]["summary"]
        [*named] = re.findall(r"sdp outbox ([a-z-]+)", rule["annotations"]["what_to_do"])
        assert named
        assert set(named) <= set(outbox.list_commands(click.Context(outbox)))


def test_no_two_panels_of_the_dashboard_overlap() -> None:
    taken = set[tuple[int, int]]()
    for panel in _DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + column, place["y"] + row)
            for column in range(place["w"])
            for row in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(column for column, _ in cells) < 24
        taken |= cells
    assert len({panel["id"] for panel in _DASHBOARD["panels"]}) == len(_DASHBOARD["panels"])


def test_prometheus_reads_the_rules() -> None:
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed")
    command = ["promtool", "check", "rules", str(_FOLDER / "alerts.yaml")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
