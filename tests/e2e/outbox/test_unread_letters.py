"""Unread letters go to print once, over the wires, on either database, and over kill -9."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

import pytest
import sqlalchemy as sa

from sdp.cli.app import run as run_command
from sdp.domain import Feil
from sdp.outbox import Outbox, Tilstand, unread
from sdp.outbox.tables import brev, hendelse
from sdp.outbox.unread import print_unread
from sdp.testmiljo import Testmiljo
from tests.e2e.commands import Started
from tests.unit.outbox.rig import Rig
from tests.unit.outbox.world import Clock, World, letter, person, receipt

REASON = "Vedtaket har en klagefrist som må bli kjent i tide"
LETTERS = 40
ROUNDS = 3

LOOKS = 3


def _look(address: str, told: Connection) -> None:
    """Look for letters as a worker does, few at a time, and tell of each look."""
    unread._BATCH = 2  # type: ignore[misc]  # so that a look has many transactions
    with Outbox.open(address) as outbox:
        for _ in range(LOOKS):
            with outbox.database.write() as connection:
                print_unread(connection, datetime.now(UTC), outbox.database.vault)
            told.send("looked")


def _kill_at_work(address: str, chance: random.Random) -> None:
    """Let two processes look a few times, and kill both at a moment of the last look."""
    pipes = [Pipe(duplex=False), Pipe(duplex=False)]
    looking = [Started(_look, address, telling) for _, telling in pipes]
    try:
        for heard, _ in pipes:
            for _ in range(LOOKS - 1):
                assert heard.poll(120), "it did not happen in time"
                assert heard.recv() == "looked"
        time.sleep(chance.random() * 0.02)
    finally:
        for process in looking:
            process.kill()
        for pipe in pipes:
            for end in pipe:
                end.close()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_each_is_printed_once_by_workers_that_are_killed_again_and_again(
    new_address: Callable[[str], str], kind: str
) -> None:
    address = new_address(kind)
    clock = Clock(datetime.now(UTC) - timedelta(days=1))
    world = World(clock)
    rig = Rig(address, world, clock)
    rig.outbox.print_unread("klage", 14, reason=REASON)
    one = letter(printable=True)
    rig.outbox.put_many(
        ((f"sak-{number}", person(number), one) for number in range(LETTERS)), kampanje="klage"
    )
    rig.work()
    world.waiting = [receipt(Feil, post.konversasjons_id) for post in rig.outbox.letters()]
    rig.poll()

    chance = random.Random(20)
    for _ in range(ROUNDS):
        _kill_at_work(address, chance)
    clock.moment = datetime.now(UTC)
    with rig.database.write() as connection:
        decided = print_unread(connection, clock.moment, rig.database.vault)

    with rig.database.read() as connection:
        copied = Counter(
            connection.scalars(sa.select(brev.c.erstatter_id).where(brev.c.erstatter_id > 0))
        )
        told = Counter(
            connection.scalars(
                sa.select(hendelse.c.brev_id).where(
                    hendelse.c.aarsak == "ulest", hendelse.c.fra == "feilet"
                )
            )
        )
    assert 0 < decided < LETTERS, "those that were killed did nothing, or all of it"
    assert len(copied) == LETTERS
    assert set(copied.values()) == {1}
    assert told == copied, "a decision without its letter, or the other way round"
    before = len(world.taken)
    rig.work()
    assert len(world.taken) - before == LETTERS
    rig.die()


@pytest.mark.parametrize("wire", ["dpi", "ebms"])
def test_a_notice_that_fails_lets_the_letter_arrive_on_paper(
    testmiljo: Testmiljo, tmp_path: Path, wire: Literal["dpi", "ebms"]
) -> None:
    config = testmiljo.client_config(wire=wire)
    person = testmiljo.innbygger().personidentifikator
    before = len(testmiljo.letters)
    with Outbox.open(tmp_path / "post.db", config) as outbox:
        outbox.print_unread("klage", 14, reason=REASON)
        outbox.put("sak-1", person, letter(printable=True), kampanje="klage")
        outbox.run(until_empty=True, wait=30)
        [digital] = testmiljo.letters[before:]
        assert digital.digital.aapningskvittering
        if wire == "ebms":
            testmiljo.postkasse.fail_notification(digital, "EPOST")
        else:
            testmiljo.aksesspunkt.postkasse.fail_notification(digital, "EPOST")
        outbox.run(until_empty=True, wait=2)
        for _ in range(2):
            outbox.run(until_empty=True, wait=1)
            with outbox.database.write() as connection:
                print_unread(connection, datetime.now(UTC), outbox.database.vault)
        outbox.run(until_empty=True, wait=30)

        printed = outbox.post("sak-1:utskrift")
        assert printed.tilstand is Tilstand.LEVERT
        assert (printed.rute, printed.i_stedet_for) == ("print", "sak-1")
        assert "on paper" in str(printed.regel)
    [_, fysisk] = testmiljo.letters[before:]
    assert fysisk.is_print


def test_the_rule_is_given_with_the_letters_or_by_a_command(
    tmp_path: Path, testmiljo: Testmiljo, capsys: pytest.CaptureFixture[str]
) -> None:
    database = tmp_path / "post.db"

    def told(*arguments: object) -> tuple[int, Any]:
        code = run_command(["outbox", *map(str, arguments), "--json"])
        lines = capsys.readouterr().out.splitlines()
        return code, json.loads(lines[0]) if lines else None

    config = testmiljo.write_config(tmp_path)
    number = testmiljo.innbygger().personidentifikator
    (tmp_path / "a.html").write_text("<p>Hei</p>")
    (tmp_path / "letters.csv").write_text(f"fnr;key;file\n{number};sak-1;a.html\n")
    put = (
        *("put", database, tmp_path / "letters.csv", "--config", config, "--document", "file"),
        *("--folder", tmp_path, "--title", "Brev", "--unread-to-print", 14),
    )
    assert told(*put)[0] == 2
    assert told(*put, "--unread-reason", REASON)[0] == 2
    assert told(*put, "--unread-reason", REASON, "--campaign", "klage")[0] == 0
    [campaign] = told("campaigns", database)[1]["campaigns"]
    assert (campaign["ulest_dager"], campaign["ulest_grunn"]) == (14, REASON)

    assert told("unread", database, "klage", "--off")[1]["ulest_dager"] is None
    assert told("unread", database, "klage")[0] == 2
    assert told("unread", database, "klage", "--days", 3)[0] == 1
    assert told("unread", database, "klage", "--days", 3, "--reason", REASON)[0] == 0
    code, refused = told("seen-to", database, "sak-1")
    assert (code, refused["error"]["kind"]) == (1, "OutboxError")
