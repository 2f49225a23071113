"""A key registered with Maskinporten is warned of 60 and 14 days before it is a year old."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sdp.config import ClientConfig, Environment, MaskinportenConfig
from sdp.verify import SUITE, Context, Outcome, Verdict
from sdp.verify.checks import register

_YEAR_OLD = datetime(2027, 2, 1, 12, tzinfo=UTC)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    private = rsa.generate_private_key(65537, 2048)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "own.pem").write_bytes(pem)
    return tmp_path / "own.pem"


def outcome(
    key: Path, registered: date | None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> Outcome:
    monkeypatch.setattr(register, "_tokens", lambda *_: "a token")
    maskinporten = MaskinportenConfig(
        client_id="k", key_id="2026", key=key, key_registered=registered
    )
    config = ClientConfig(environment=Environment.test(), maskinporten=maskinporten)
    wire_token = next(check for check in SUITE if check.number == 302)
    with Context(config, clock=lambda: now) as context:
        return wire_token.run(context)


@pytest.mark.parametrize(
    ("left", "verdict", "remedy"),
    [
        (61, Verdict.OK, ""),
        (60, Verdict.WARNING, "next_key"),
        (15, Verdict.WARNING, "next_key"),
        (14, Verdict.WARNING, "now"),
        (1, Verdict.WARNING, "now"),
        (0, Verdict.WARNING, "at once"),
        (-1, Verdict.WARNING, "at once"),
    ],
)
def test_it_is_warned_of_in_time(
    key: Path, left: int, verdict: Verdict, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = _YEAR_OLD - timedelta(days=left)

    found = outcome(key, date(2026, 2, 1), now, monkeypatch)

    assert found.verdict is verdict
    assert remedy in found.remedy
    assert "key 2026 is a year old" in found.came_back
    assert "2027-02-01" in found.came_back


def test_a_key_without_a_date_is_warned_of(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = outcome(key, None, _YEAR_OLD, monkeypatch)

    assert found.verdict is Verdict.WARNING
    assert "key_registered" in found.remedy
