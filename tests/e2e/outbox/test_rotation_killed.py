"""Rotations of the key that are killed again and again, while a worker sends."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from sdp.outbox import Outbox, OutboxSettings, Tilstand
from sdp.outbox.database import Database
from sdp.outbox.encryption import Key
from sdp.outbox.tables import brev, dokument, lager
from sdp.testmiljo import Testmiljo
from tests.e2e.commands import Started, command
from tests.e2e.outbox.processes import people, until
from tests.unit.outbox.world import letter

OLD, NEW = "55" * 32, "66" * 32
SENT, KEPT = 30, 1500
KILLS = 3


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("kind", "wire"), [("sqlite", "dpi"), ("postgresql", "ebms")])
def test_a_rotation_that_is_killed_is_completed_and_every_letter_arrives_once(
    testmiljo: Testmiljo,
    new_address: Callable[[str], str],
    tmp_path: Path,
    kind: str,
    wire: str,
) -> None:
    address, keys = new_address(kind), tmp_path / "keys"
    keys.write_text(OLD)
    source = f"file:{keys}"
    with Outbox.open(address, settings=OutboxSettings(key=source)) as outbox:
        some = people(testmiljo, SENT)
        outbox.put_many(
            ((f"kept-{n}", some[0], letter()) for n in range(KEPT // 2)), kampanje="kept"
        )
        outbox.put_many((f"sak-{n}", each, letter()) for n, each in enumerate(some))
        outbox.put_many(
            ((f"more-{n}", some[0], letter()) for n in range(KEPT // 2)), kampanje="kept"
        )
        outbox.cancel(kampanje="kept")
    keys.write_text(f"{NEW}\n{OLD}")
    config = testmiljo.write_config(tmp_path / "config").parent
    file = config / ("sdp.toml" if wire == "ebms" else "sdp-dpi.toml")
    chance, log = random.Random(20), tmp_path / "log"

    def rotate() -> Started:
        return command("outbox", "rotate-key", address, "--key", source, log=log)

    with command(
        *("outbox", "work", address, "--config", file, "--key", source),
        *("--until-empty", "--wait", 60),
        log=log,
    ) as worker:
        for _ in range(KILLS):
            with rotate() as rotation:
                until(lambda: not rotation.is_running or _in_use(address) == _id(NEW))
                time.sleep(chance.random() / 5)
        with rotate() as rotation:
            assert rotation.wait(within=200) == 0, log.read_text()
        assert worker.wait(within=200) == 0, log.read_text()

    keys.write_text(NEW)
    with Outbox.open(address, settings=OutboxSettings(key=source)) as outbox:
        sent = {each.konversasjons_id for each in outbox.letters(tilstand=Tilstand.LEVERT)}
        assert len(sent) == SENT
        assert len(list(outbox.letters(personidentifikator=some[0]))) == KEPT + 1
        with outbox.database.read() as connection:
            for table in (brev, dokument):
                used = connection.scalars(sa.select(table.c.nokkel_id).distinct()).all()
                assert used == [_id(NEW)], table.name
    assert Counter(letter.konversasjons_id for letter in testmiljo.letters) == Counter(sent)


def _id(secret: str) -> str:
    return Key(bytes.fromhex(secret)).id


def _in_use(address: str) -> str | None:
    database = Database.open(address)
    try:
        with database.read() as connection:
            return connection.scalar(sa.select(lager.c.nokkel))
    finally:
        database.close()
