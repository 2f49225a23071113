"""What `sdp testmiljo` writes and fills in when it starts."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from sdp import Client
from sdp.cli.testmiljo import write_files
from sdp.config import ClientConfig
from sdp.krr import Digital
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.world.citizens import MIX, write_population


@pytest.fixture
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


@pytest.mark.parametrize(("first", "other"), [("dpi", "ebms"), ("ebms", "dpi")])
def test_the_first_configuration_is_for_the_wire_that_was_asked_for_and_the_other_beside_it(
    miljo: Testmiljo, tmp_path: Path, first: Literal["dpi", "ebms"], other: str
) -> None:
    files = write_files(miljo, tmp_path, first)

    wires = {
        name: ClientConfig.from_toml(files[name], environ={}).environment.wire
        for name in ("configuration", f"configuration_{other}")
    }
    assert wires == {"configuration": first, f"configuration_{other}": other}
    assert files["configuration"].name == "sdp.toml"


def test_the_first_configuration_is_for_dpi_unless_another_is_asked_for(
    miljo: Testmiljo, tmp_path: Path
) -> None:
    path = write_files(miljo, tmp_path)["configuration"]
    assert ClientConfig.from_toml(path, environ={}).environment.wire == "dpi"


def test_a_population_is_in_the_register_and_reached_as_its_mix_says(
    miljo: Testmiljo, tmp_path: Path
) -> None:
    residents = miljo.populate(100)
    write_population(tmp_path / "people.csv", residents)

    assert Counter(each.kind for each in residents) == Counter(MIX)
    assert sum(each.is_abroad for each in residents) == 5
    with (tmp_path / "people.csv").open(encoding="utf-8", newline="") as file:
        written = {row["personidentifikator"]: row["kind"] for row in csv.DictReader(file)}
    assert written == {each.personidentifikator: each.kind.name for each in residents}
    with Client(miljo.client_config(wire="dpi")) as client:
        routes = {
            each.kind.name: isinstance(client.route(each.personidentifikator), Digital)
            for each in residents[:20]
        }
    assert routes["REACHABLE"]
    assert not routes["RESERVED"]
    assert not routes["NOT_NOTIFIED"]
