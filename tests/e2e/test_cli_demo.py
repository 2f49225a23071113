from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sdp.cli import demo_outbox, main
from sdp.cli.demo_outbox import kill_at_work
from sdp.cli.testmiljo import write_files
from sdp.testmiljo import LoseAnswer, Postkasse, Testmiljo, Traffic

_ROOT = Path(__file__).parents[2]
_EXAMPLE = _ROOT / "examples" / "send_brev.py"


def test_the_demo_shows_every_expected_receipt(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_outbox, "LETTERS", 20)
    assert main(["demo"]) == 0

    shown, noted = capsys.readouterr()
    assert [line.split()[0] for line in noted.splitlines()] == [
        "Starting",
        *("Sending", "Fetching") * 2,
        "Sending",
    ]
    assert "Every expected receipt came." in shown
    assert "Billable bytes" in shown
    table = [
        line.split() for line in shown.partition("A campaign through the outbox")[2].splitlines()
    ]
    counts = {" ".join(words[:-1]): words[-1] for words in table if words and words[-1].isdigit()}
    assert counts["Put into the outbox"] == counts["Delivered, with the receipt stored"] == "20"
    assert (counts["Lost"], counts["Doubled"]) == ("0", "0")


def test_the_demo_as_json_has_two_letters_and_four_receipts_on_each_wire(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_outbox, "LETTERS", 40)
    assert main(["demo", "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    letters = {
        letter["konversasjons_id"]: (letter["wire"], letter["kind"]) for letter in told["letters"]
    }
    came = {
        (*letters[receipt["konversasjons_id"]], receipt["type"]) for receipt in told["receipts"]
    }
    expected = {
        ("digital", "levering"),
        ("digital", "aapning"),
        ("print", "mottak"),
        ("print", "levering"),
    }
    assert told["complete"] is True
    assert came == {(wire, *one) for wire in ("ebms", "dpi") for one in expected}
    assert all(letter["billable_bytes"] > 0 for letter in told["letters"])
    campaign = told["campaign"]
    assert (campaign["put"], campaign["arrived"], campaign["delivered"]) == (40, 40, 40)
    assert campaign["doubled"] == 0
    assert 0 < campaign["killed_at"] <= 40


def test_the_worker_of_the_demo_is_waited_for_whatever_goes_wrong(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    program = (
        f"import os, time; open({str(told)!r}, 'w').write(f'{{os.getpid()}}.'); time.sleep(600)"
    )

    def fails_once_it_runs() -> bool:
        if told.exists() and told.read_text().endswith("."):
            raise RuntimeError
        return False

    with pytest.raises(RuntimeError):
        kill_at_work([sys.executable, "-c", program], fails_once_it_runs)
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text().rstrip(".")), 0)


def test_the_demo_fails_when_a_receipt_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Postkasse, "open", lambda _self, _letter: None)
    monkeypatch.setattr(demo_outbox, "LETTERS", 5)

    assert main(["demo"]) == 1

    assert "aapning" in capsys.readouterr().out


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_served_environment_takes_letters_and_stops_when_told(
    tmp_path: Path, stop: signal.Signals
) -> None:
    command = [sys.executable, "-m", "sdp", "testmiljo", "--port", "0", "--json"]
    with subprocess.Popen(
        [*command, "--out", str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=_ROOT
    ) as serving:
        try:
            assert serving.stdout is not None
            files = json.loads(serving.stdout.readline())
            assert next(iter(files)) == "web_page"
            assert files["url"].startswith(files["web_page"])
            assert f"--person @{files['declined_number']}" in files["verify"]
            lines = _example(files["configuration"], files["recipient"], files["letter"])
        finally:
            serving.send_signal(stop)
            serving.wait(20)

    assert serving.returncode == 0
    konversasjons_id = lines[0].split()[1]
    assert [line.split()[:2] for line in lines] == [
        ["Accepted:", konversasjons_id],
        ["Leveringskvittering", konversasjons_id],
    ]


def test_the_example_settles_a_lost_answer_and_doubles_nothing(
    testmiljo: Testmiljo, tmp_path: Path
) -> None:
    files = write_files(testmiljo, tmp_path)
    testmiljo.faults.add(LoseAnswer(accepted=True), on=Traffic.LETTER)

    lines = _example(files["configuration"], files["recipient"], files["letter"])

    assert len(lines) == 2
    assert len(testmiljo.letters) == 1
    assert testmiljo.aksesspunkt.waiting_receipts == ()


def test_the_example_is_short() -> None:
    assert len(_EXAMPLE.read_text("utf-8").splitlines()) <= 40


def _example(*arguments: object) -> list[str]:
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(_EXAMPLE), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.splitlines()
