"""Planned against what an outbox has sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdp.cli.plan_sent import service_of
from tests.e2e.plan.test_commands import as_json, ran
from tests.unit.outbox.rig import Rig
from tests.unit.outbox.world import Clock, World, letter, person
from tests.unit.plan.conftest import EXAMPLE


def test_letters_of_a_campaign_named_after_a_service_are_followed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    clock = Clock()
    rig = Rig(tmp_path / "post.db", World(clock), clock)
    for campaign, count in (("avgift-2027-1", 3), ("feiing", 1), ("noe annet", 2)):
        rig.outbox.put_many(
            ((f"{campaign}-{at}", person(at), letter()) for at in range(count)), kampanje=campaign
        )
    rig.work()
    rig.poll()
    rig.die()

    told = as_json(
        capsys, "follow", EXAMPLE, "--outbox", tmp_path / "post.db", "--today", "2040-01-01"
    )

    actual = {each["service"]: each["actual"] for each in told["services"]}
    assert actual == dict.fromkeys(actual, 0) | {"avgift": 3, "feiing": 1}
    assert told["notes"] == ["Letters of no campaign that is named after a service: 2."]


@pytest.mark.parametrize(
    ("campaign", "service"),
    [
        ("avgift", "avgift"),
        ("avgift-2027-1", "avgift"),
        ("avgift/2027", "avgift"),
        ("avgiften", None),
        ("sfo-ny-2027", "sfo-ny"),
        ("", None),
    ],
)
def test_a_campaign_is_named_after_the_service_with_the_longest_id(
    campaign: str, service: str | None
) -> None:
    assert service_of(campaign, ["avgift", "sfo", "sfo-ny"]) == service


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--receipts", EXAMPLE),
        ("--outbox", "post.db", "--letters", EXAMPLE / "sendt.csv"),
        ("--outbox", "no-such.db"),
    ],
)
def test_letters_that_are_nowhere_or_in_two_places_are_refused(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[object, ...],
) -> None:
    monkeypatch.chdir(tmp_path)

    ran(capsys, "follow", EXAMPLE, *options, code=1)

    assert list(tmp_path.iterdir()) == []
