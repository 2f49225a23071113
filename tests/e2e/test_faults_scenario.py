"""A scenario from a file, played to real clients."""

from __future__ import annotations

import json
import signal
import ssl
import subprocess
import sys
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from sdp import Client, ClientConfig, EbmsError, UnknownOutcomeError
from sdp.cli import main
from sdp.testmiljo import Testmiljo, read_scenario
from tests.e2e.client.conftest import Letters

SCENARIO = """
[[fault]]
fault = "LoseAnswer"
accepted = true
on = "LETTER"

[[fault]]
fault = "RefuseWithEbms"
error = "OTHER"
on = "LETTER"
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "faults.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def test_letters_meet_what_the_file_says_in_its_order(testmiljo: Testmiljo, scenario: Path) -> None:
    letters = Letters(testmiljo)
    testmiljo.faults.play(read_scenario(scenario))
    with Client(testmiljo.client_config()) as client:
        with pytest.raises(UnknownOutcomeError) as lost:
            client.send(letters.digital())
        with pytest.raises(EbmsError):
            client.send(letters.digital())
        assert client.resend(lost.value.pending).already_received
    assert testmiljo.faults.waiting == ()
    assert len(testmiljo.letters) == 1


def test_the_served_environment_plays_it(scenario: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sdp", "testmiljo", "--port", "0", "--json"]
    with subprocess.Popen(
        [*command, "--out", str(tmp_path), "--scenario", str(scenario)],
        stdout=subprocess.PIPE,
        text=True,
    ) as serving:
        try:
            assert serving.stdout is not None
            files = json.loads(serving.stdout.readline())
            ca = ClientConfig.from_toml(files["configuration"]).environment.tls_ca
            trusted = ssl.create_default_context(cafile=str(ca))
            waiting = httpx.get(urljoin(files["url"], "/api-test/faults"), verify=trusted).json()
        finally:
            serving.send_signal(signal.SIGINT)
            serving.wait(20)

    assert [each["fault"] for each in waiting] == ["LoseAnswer", "RefuseWithEbms"]


def test_a_scenario_that_is_wrong_is_told_and_nothing_is_served(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario.write_text("[[fault]]\nfault = 'Delay'\n", encoding="utf-8")
    out = tmp_path / "out"

    arguments = ["testmiljo", "--port", "0", "--out", str(out), "--scenario", str(scenario)]
    assert main(arguments) == 1
    assert "number 1: seconds must be given" in " ".join(capsys.readouterr().err.split())
    assert not out.exists()
