"""What is particular about an outbox in PostgreSQL."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from sdp.domain import DigitalPost
from sdp.errors import InvalidInputError, OutboxError, OutboxKeyError, OutboxSchemaError
from sdp.outbox import Outbox, OutboxSettings, Tilstand
from sdp.outbox.database import Database
from sdp.outbox.tables import brev, kampanje
from sdp.testmiljo import Testmiljo
from tests.postgres import Server
from tests.unit.outbox.world import letter, person


def test_a_database_without_an_outbox_or_with_an_older_one_is_refused(postgres: Server) -> None:
    address = postgres.new_database()
    with pytest.raises(OutboxSchemaError, match="no outbox yet"):
        Outbox.open(address)

    database = Database.open(address)
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num varchar(32))")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('0000')")
    database.close()
    with pytest.raises(OutboxSchemaError, match="sdp outbox migrate"):
        Outbox.open(address)


def test_a_letter_is_part_of_the_caller_s_transaction(postgres_address: str) -> None:
    with Outbox.open(postgres_address) as outbox:
        with psycopg.connect(postgres_address) as connection:
            connection.execute("CREATE TABLE sak (id text)")
            connection.execute("INSERT INTO sak VALUES ('1')")
            outbox.put("given up", person(0), letter(), connection=connection)
            connection.rollback()
        with pytest.raises(OutboxError, match="no letter"):
            outbox.post("given up")

        with psycopg.connect(postgres_address) as connection:
            outbox.put("kept", person(0), letter(), connection=connection)
            assert outbox.status().total == 0  # nobody sees it yet
        assert outbox.post("kept").tilstand is Tilstand.KLAR

        engine = sa.create_engine(postgres_address.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection_of_sqlalchemy:
            outbox.put("too", person(0), letter(), connection=connection_of_sqlalchemy)
        engine.dispose()
        assert outbox.status().total == 2

        with pytest.raises(InvalidInputError, match="connection"):
            outbox.put("never", person(0), letter(), connection=object())


def test_what_is_put_is_stored_as_in_a_file_whatever_characters_it_holds(
    postgres_address: str, tmp_path: Path
) -> None:
    keys = ['a"b', "a\\b", "{a,b}", "NULL", "null", " ", "'", "%s%(a)s", ":a", "blåbær \U0001f4ec"]
    letters = [
        (key, person(0), letter(digital_post=DigitalPost(ikke_sensitiv_tittel=f"Om {key} her")))
        for key in keys
    ]
    stored = []
    for address in (postgres_address, str(tmp_path / "post.db")):
        with Outbox.open(address) as outbox:
            outbox.put_many(letters)
            again = outbox.put_many([*letters, ("one more", person(0), letter())])
            assert (again.nye, again.kjente) == (1, len(keys))
        with closing(Database.open(address)) as database, database.read() as connection:
            columns = (brev.c.nokkel, brev.c.person, brev.c.innhold, brev.c.dokumenter)
            stored.append(
                {row.nokkel: tuple(row) for row in connection.execute(sa.select(*columns))}
            )

    assert stored[0] == stored[1]


def test_a_reader_sees_one_moment_however_many_statements_it_takes(postgres_address: str) -> None:
    with closing(Database.open(postgres_address)) as database:
        campaigns = sa.select(sa.func.count()).select_from(kampanje)
        with database.read() as reading:
            before = reading.scalar(campaigns)
            with database.write() as connection:
                connection.execute(sa.delete(kampanje))
            assert reading.scalar(campaigns) == before == 1
        with database.read() as reading:
            assert reading.scalar(campaigns) == 0


def test_a_campaign_is_sent_by_the_engine(testmiljo: Testmiljo, postgres_address: str) -> None:
    config = testmiljo.client_config(wire="dpi")
    people = [testmiljo.innbygger().personidentifikator for _ in range(20)]
    with Outbox.open(postgres_address, config) as outbox:
        outbox.put_many(
            ((f"sak-{number}", someone, letter()) for number, someone in enumerate(people)),
            kampanje="k",
        )
        status = outbox.run(until_empty=True, wait=30)
        assert status.antall[Tilstand.LEVERT] == len(testmiljo.letters) == 20
        assert outbox.purge().brev == 0


def test_a_missing_or_wrong_key_is_an_error_before_anything_is_touched(
    postgres_address: str, tmp_path: Path
) -> None:
    for name, secret in (("right", "11" * 32), ("wrong", "22" * 32)):
        (tmp_path / name).write_text(secret)
    right, wrong = (OutboxSettings(key=f"file:{tmp_path / name}") for name in ("right", "wrong"))
    with Outbox.open(postgres_address, settings=right) as outbox:
        outbox.put("sak-1", person(0), letter())
    for settings in (None, wrong):
        with pytest.raises(OutboxKeyError):
            Outbox.open(postgres_address, settings=settings)
    with Outbox.open(postgres_address, settings=right) as outbox:
        found = outbox.letters(personidentifikator=person(0))
        assert [post.nokkel for post in found] == ["sak-1"]
        with outbox.database.read() as connection:
            stored = connection.execute(sa.select(brev.c.person, brev.c.innhold)).one()
    assert person(0) not in repr(stored)
