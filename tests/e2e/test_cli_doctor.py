from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sdp.cli import main
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.ca import TestCA

Doctor = Callable[[Path], tuple[int, dict[str, dict[str, Any]]]]


@pytest.fixture(scope="module")
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


@pytest.fixture
def config(miljo: Testmiljo, tmp_path: Path) -> Path:
    return miljo.write_config(tmp_path)


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Doctor:
    def run(config: Path) -> tuple[int, dict[str, dict[str, Any]]]:
        code = main(["doctor", "--config", str(config), "--json"])
        told = json.loads(capsys.readouterr().out)
        assert told["succeeded"] == (code == 0)
        return code, {check["name"]: check for check in told["checks"]}

    return run


def test_a_set_up_that_can_send_is_healthy(config: Path, doctor: Doctor) -> None:
    code, checks = doctor(config)

    assert code == 0
    assert {name: check["verdict"] for name, check in checks.items()} == {
        "own certificate": "ok",
        "trust store": "ok",
        "own chain": "ok",
        "revocation": "skipped",
        "contact register": "ok",
        "names": "ok",
        "address of the wire": "ok",
        "address of Maskinporten": "ok",
        "address of the contact register": "ok",
        "clock": "ok",
    }


def test_without_a_contact_register_it_is_said_that_nobody_knows_who_has_opted_out(
    config: Path, doctor: Doctor
) -> None:
    toml = config.read_text(encoding="utf-8")
    config.write_text(toml.partition("[maskinporten]")[0], encoding="utf-8")

    code, checks = doctor(config)

    assert code == 0
    assert checks["contact register"]["verdict"] == "warning"
    assert "opted out" in checks["contact register"]["came_back"]
    assert "krr.wire" in checks["contact register"]["remedy"]


def test_a_misspelt_setting_is_named(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(config.read_text(encoding="utf-8").replace("broker_url", "broker_uri"))

    assert main(["doctor", "--config", str(config)]) == 1

    assert "broker_uri" in capsys.readouterr().err


def test_a_wrong_password_does_not_hide_what_else_is_wrong(config: Path, doctor: Doctor) -> None:
    (config.parent / "avsender.password").write_text("wrong", encoding="utf-8")
    for file in (config.parent / "trust").iterdir():
        file.unlink()

    code, checks = doctor(config)

    assert code == 1
    assert "password" in checks["own certificate"]["came_back"]
    assert checks["trust store"]["verdict"] == "failed"
    assert checks["address of the wire"]["verdict"] == "ok"


def test_a_certificate_about_to_expire_is_a_warning(
    config: Path, doctor: Doctor, miljo: Testmiljo, moment: datetime
) -> None:
    soon = miljo.ca.issue(
        "991825827", "Etaten", moment=moment, not_after=moment + timedelta(days=30)
    )
    (config.parent / "avsender.p12").write_bytes(soon.pkcs12("secret"))
    (config.parent / "avsender.password").write_text("secret\n", encoding="utf-8")

    code, checks = doctor(config)

    assert code == 0
    assert checks["own certificate"]["verdict"] == "warning"
    assert checks["own certificate"]["remedy"]


def test_an_identity_of_another_environment_is_told(
    config: Path, doctor: Doctor, moment: datetime
) -> None:
    TestCA.create(moment, name="Another").write_trust(config.parent / "trust")

    code, checks = doctor(config)

    assert code == 1
    assert checks["own chain"]["verdict"] == "failed"


def test_a_broker_that_is_down_is_told_with_a_remedy(
    config: Path, doctor: Doctor, miljo: Testmiljo
) -> None:
    config.write_text(
        config.read_text(encoding="utf-8").replace(miljo.url, "https://localhost:1/api/"),
        encoding="utf-8",
    )

    code, checks = doctor(config)

    assert code == 1
    assert checks["address of the wire"]["verdict"] == "failed"
    assert "firewall" in checks["address of the wire"]["remedy"]
    assert checks["clock"]["verdict"] == "skipped"


def test_a_tls_certificate_from_an_unknown_ca_is_told(config: Path, doctor: Doctor) -> None:
    lines = config.read_text(encoding="utf-8").splitlines()
    config.write_text(
        "\n".join(line for line in lines if not line.startswith("tls_ca")), encoding="utf-8"
    )

    code, checks = doctor(config)

    assert code == 1
    assert "certificate verify failed" in checks["address of the wire"]["came_back"]


@pytest.mark.parametrize(("off", "verdict"), [(8, "warning"), (300, "failed")])
def test_a_clock_that_is_wrong_is_told(
    config: Path, doctor: Doctor, off: int, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=off)

    monkeypatch.setattr("sdp.verify.context.datetime", Clock)

    _, checks = doctor(config)

    assert checks["clock"]["verdict"] == verdict
    assert "NTP" in checks["clock"]["remedy"]
