"""Purging in PostgreSQL: what is private is gone from every table and job afterwards."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from sdp.outbox import Outbox
from tests.postgres import Server
from tests.unit.outbox.rig import Rig
from tests.unit.outbox.test_retention import SECRET, secret_letter
from tests.unit.outbox.world import Clock, World, letter, person

LETTERS = 30


def private_words() -> list[bytes]:
    return [SECRET, b"Tittel", *(person(number).encode() for number in range(LETTERS))]


def every_row(address: str) -> bytes:
    """Return every row of every table as text, ours and the engine's."""
    tables = (
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    content = []
    with psycopg.connect(address) as connection:
        for (name,) in connection.execute(tables).fetchall():
            rows = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(name))
            content += [str(row[0]) for row in connection.execute(rows)]
    shown = "\n".join(content)
    # Binary columns are shown in hexadecimal.
    return shown.encode() + b"".join(bytes.fromhex(each) for each in _hexadecimal(shown))


def _hexadecimal(shown: str) -> list[str]:
    return re.findall(r"\\x((?:[0-9a-f]{2})+)", shown)


def test_after_a_purge_no_person_and_no_document_is_in_any_table_job_or_log(
    postgres_address: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    clock = Clock()
    rig = Rig(postgres_address, World(clock), clock)
    rig.outbox.put_many(
        (f"sak-{number}", person(number), letter(dokumentpakke=secret_letter()))
        for number in range(LETTERS)
    )
    before = every_row(postgres_address)
    assert all(word in before for word in private_words()), "the test looks in the wrong place"
    rig.see_everything_through()
    assert rig.outbox.purge().brev == LETTERS
    rig.die()

    after = every_row(postgres_address)
    assert b"sak-3" in after
    assert [word for word in private_words() if word in after] == []
    assert [word for word in private_words() if word.decode() in caplog.text] == []
    with Outbox.open(postgres_address) as outbox:
        assert len(list(outbox.receipts())) == LETTERS


def test_what_is_left_in_the_free_space_of_files_goes_as_the_page_says(
    postgres: Server, postgres_address: str
) -> None:
    clock = Clock()
    rig = Rig(postgres_address, World(clock), clock)
    rig.outbox.put_many(
        (f"sak-{number}", person(number), letter(dokumentpakke=secret_letter()))
        for number in range(LETTERS)
    )
    for number in range(LETTERS):
        rig.outbox.cancel(f"sak-{number}")
    assert rig.outbox.purge(timedelta(seconds=-1)).brev == LETTERS
    rig.die()

    page = Path(__file__).parents[3] / "docs" / "outbox.md"
    [statement] = re.findall(r"`(VACUUM FULL [a-z_, ]+)`", page.read_text(encoding="utf-8"))
    with psycopg.connect(postgres_address, autocommit=True) as connection:
        connection.execute(statement)
        connection.execute("CHECKPOINT")
        oid = "SELECT oid FROM pg_database WHERE datname = current_database()"
        [[number]] = connection.execute(oid).fetchall()
    content = postgres.raw(number)
    assert b"sak-3" in content
    assert [word for word in private_words() if word in content] == []
