"""Backups that are taken while a worker runs, restored when letters have gone out since."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy.engine import make_url

from sdp.domain import Brev
from sdp.outbox import Outbox, Tilstand
from sdp.testmiljo import Testmiljo
from tests.e2e.outbox.processes import Workers, people, until
from tests.postgres import Server
from tests.unit.outbox.world import letter

LETTERS, LATER, NEW = 20, 10, 5
STORES: list[tuple[str, Literal["ebms", "dpi"]]] = [("sqlite", "ebms"), ("postgresql", "dpi")]


@pytest.fixture
def testmiljo() -> Iterator[Testmiljo]:
    """A test environment that gives a receipt again soon after its reader has died."""
    with Testmiljo.start(hidden_for=timedelta(seconds=2)) as miljo:
        yield miljo


def back_up(address: str, file: Path, postgres: Callable[[], Server]) -> None:
    """Take a backup as the page on running the outbox says, whatever the workers do."""
    if "://" not in address:
        with sqlite3.connect(address) as connection:
            connection.execute("VACUUM INTO ?", (str(file),))
        connection.close()
        return
    pg_dump = postgres().program("pg_dump")
    subprocess.run([pg_dump, "--format=custom", f"--file={file}", _libpq(address)], check=True)


def restore(file: Path, postgres: Callable[[], Server]) -> str:
    """Restore a backup into a database of its own, by a program that is killed on its way once."""
    if file.suffix == ".db":
        return str(file)
    address, pg_restore = postgres().new_database(), postgres().program("pg_restore")
    command = [pg_restore, "--single-transaction", "--no-owner", f"--dbname={_libpq(address)}"]
    process = subprocess.Popen([*command, str(file)], stderr=subprocess.DEVNULL)
    time.sleep(random.Random(20).random() / 10)
    process.kill()
    if process.wait() != 0:  # it was killed before it had ended, and has left nothing behind
        subprocess.run([*command, str(file)], check=True)
    return address


def _libpq(address: str) -> str:
    url = make_url(address)
    return f"host={url.query['host']} user={url.username} dbname={url.database}"


def letters_to(miljo: Testmiljo, count: int, begin: int = 0) -> list[tuple[str, str, Brev]]:
    return [
        (f"sak-{begin + number}", person, letter())
        for number, person in enumerate(people(miljo, count))
    ]


def arrived(miljo: Testmiljo) -> Counter[str]:
    return Counter(str(each.konversasjons_id) for each in miljo.letters)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("kind", "wire"), STORES)
def test_a_restored_older_copy_doubles_and_loses_nothing(
    testmiljo: Testmiljo,
    new_address: Callable[[str], str],
    workers: Callable[[str, str], Workers],
    request: pytest.FixtureRequest,
    tmp_path: Path,
    kind: str,
    wire: Literal["ebms", "dpi"],
) -> None:
    address = new_address(kind)

    def server() -> Server:
        found: Server = request.getfixturevalue("postgres")
        return found

    with Outbox.open(address) as outbox:
        outbox.put_many(letters_to(testmiljo, LETTERS))
        outbox.put_many(letters_to(testmiljo, LATER, LETTERS), kampanje="senere")
        outbox.pause("senere")
    work = workers(address, wire)
    process = work.start(wait=60)
    until(lambda: len(testmiljo.letters) >= LETTERS // 4, within=120)
    backup = tmp_path / ("backup.db" if kind == "sqlite" else "backup.dump")
    back_up(address, backup, server)
    new = letters_to(testmiljo, NEW, LETTERS + LATER)
    with Outbox.open(address) as outbox:
        outbox.put_many(new)
        outbox.resume("senere")
    process.wait(within=240)
    assert work.finish() == 0, work.log.read_text()
    assert len(arrived(testmiljo)) == LETTERS + LATER + NEW

    restored = restore(backup, server)
    with Outbox.open(restored) as outbox:
        assert outbox.status("senere").antall[Tilstand.KLAR] == LATER, "they have arrived since"
        outbox.resume("senere")
        # What was put after the backup is put again by its caller, as the same letters.
        outbox.put_many(new)
    again = workers(restored, wire)
    process = again.start(wait=10)
    time.sleep(random.Random(20).random())
    again.kill(process)
    again.finish(wait=10)

    assert [each for each, count in arrived(testmiljo).items() if count > 1] == []
    assert len(arrived(testmiljo)) == LETTERS + LATER + NEW
    with Outbox.open(restored) as outbox:
        posts = list(outbox.letters())
        assert {post.konversasjons_id for post in posts} == set(arrived(testmiljo))
        # A receipt that was confirmed after the backup does not come again.
        assert {post.tilstand for post in posts} <= {Tilstand.SENDT, Tilstand.LEVERT}
