from __future__ import annotations

import stat
from pathlib import Path
from uuid import uuid4

import pytest

import sdp
from sdp.domain import Dokument, Dokumentpakke
from sdp.errors import ConfigurationError, InvalidInputError, OutboxError, OutboxSchemaError
from sdp.outbox import Outbox, OutboxSettings, Tilstand
from sdp.outbox.database import Database
from tests.documents import pdf
from tests.unit.outbox.rig import Rig
from tests.unit.outbox.world import Clock, World, letter, person


def test_the_same_key_again_is_no_second_letter(rig: Rig) -> None:
    first = rig.outbox.put("sak-1", person(0), letter())
    again = rig.outbox.put("sak-1", person(1), letter())

    assert again == first
    assert rig.status().total == 1


def test_putting_all_of_them_again_after_a_crash_adds_only_what_is_missing(rig: Rig) -> None:
    letters = [(f"sak-{number}", person(number), letter()) for number in range(5)]
    rig.outbox.put_many(letters[:3])

    assert rig.outbox.put_many(letters) == sdp.outbox.Lagt(nye=2, kjente=3)


def test_a_key_that_comes_twice_in_one_batch_is_one_letter(rig: Rig) -> None:
    lagt = rig.outbox.put_many([("a", person(0), letter()), ("a", person(0), letter())])

    assert (lagt.nye, lagt.kjente) == (1, 1)


def test_the_ids_of_the_letter_are_those_it_was_put_with(rig: Rig) -> None:
    brev = letter()
    post = rig.outbox.put("a", person(0), brev)

    assert (post.meldings_id, post.konversasjons_id) == (
        str(brev.meldings_id),
        str(brev.konversasjons_id),
    )


def test_one_letter_put_for_many_people_gets_ids_for_each_of_them(rig: Rig) -> None:
    brev = letter()
    rig.outbox.put_many((f"sak-{number}", person(number), brev) for number in range(10))
    rig.outbox.put("one more", person(20), brev)
    rig.work()

    posts = list(rig.outbox.letters())
    assert len({post.meldings_id for post in posts}) == 11
    assert len({post.konversasjons_id for post in posts}) == 11
    assert len(set(rig.world.taken)) == len(rig.world.taken) == 11


def test_a_document_that_many_letters_share_is_stored_once(rig: Rig, tmp_path: Path) -> None:
    size = 200_000
    package = Dokumentpakke(
        hoveddokument=Dokument.from_bytes(pdf() + b" " * size, filnavn="likt.pdf", tittel="Likt")
    )
    for number in range(20):
        rig.outbox.put(f"sak-{number}", person(number), letter(dokumentpakke=package))
    rig.die()

    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 5 * size


def test_database_and_folder_are_their_owner_s_alone(tmp_path: Path, world: World) -> None:
    path = tmp_path / "new" / "post.db"
    with Outbox.open(path, sender=world) as outbox:
        outbox.put("a", person(0), letter())
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}

    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert modes
    assert set(modes.values()) == {0o600}


def test_a_file_that_others_may_read_is_closed_to_them(tmp_path: Path, world: World) -> None:
    path = tmp_path / "post.db"
    path.touch(mode=0o644)
    Outbox.open(path, sender=world).close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("nokkel", "fnr", "field"),
    [("", person(0), "nokkel"), ("a" * 256, person(0), "nokkel"), ("a\n", person(0), "nokkel"),
     ("a", "01010112345", "personidentifikator"), ("a", "", "personidentifikator")],
)  # fmt: skip
def test_what_breaks_a_rule_is_refused_with_the_field_named(
    rig: Rig, nokkel: str, fnr: str, field: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        rig.outbox.put(nokkel, fnr, letter())

    assert [problem.field for problem in caught.value.problems] == [field]
    assert rig.status().total == 0


def test_a_postal_address_that_is_a_function_is_refused_since_it_cannot_be_stored(
    rig: Rig,
) -> None:
    with pytest.raises(InvalidInputError, match="a function cannot be stored"):
        rig.outbox.put("a", person(0), letter(fysisk_post=lambda _: None))


def test_an_error_in_the_middle_names_the_letter_and_keeps_the_batches_before_it(rig: Rig) -> None:
    letters = [(f"sak-{number}", person(0), letter()) for number in range(1001)]
    letters.append(("sak-bad", "not a number", letter()))

    with pytest.raises(InvalidInputError, match="Letter 1002"):
        rig.outbox.put_many(letters)

    assert rig.status().total == 1000


def test_a_document_kept_outside_that_has_changed_is_refused(
    tmp_path: Path, world: World, clock: Clock
) -> None:
    file = tmp_path / "vedtak.pdf"
    file.write_bytes(pdf())
    package = Dokumentpakke(hoveddokument=Dokument.from_path(file, tittel="Vedtak"))
    settings = OutboxSettings(documents_outside=True)
    rig = Rig(tmp_path / "post.db", world, clock)
    with Outbox.open(rig.path, settings=settings, clock=clock) as outbox:
        outbox.put("same", person(0), letter(dokumentpakke=package))
        rig.work()
        outbox.put("changed", person(1), letter(dokumentpakke=package))
    file.write_bytes(pdf() + b"%")
    rig.work()

    assert rig.state("same") is Tilstand.SENDT
    changed = rig.outbox.post("changed")
    assert changed.tilstand is Tilstand.AVVIST
    assert changed.grunn is not None
    assert "has changed since the letter was put" in changed.grunn
    assert str(tmp_path) not in changed.grunn
    rig.die()


def test_a_document_kept_inside_is_sent_as_it_was_put(tmp_path: Path, rig: Rig) -> None:
    file = tmp_path / "vedtak.pdf"
    file.write_bytes(pdf())
    package = Dokumentpakke(hoveddokument=Dokument.from_path(file, tittel="Vedtak"))
    rig.outbox.put("a", person(0), letter(dokumentpakke=package))
    file.unlink()
    rig.work()

    assert rig.state("a") is Tilstand.SENDT


def test_a_missing_letter_and_a_missing_campaign_are_told_as_such(rig: Rig) -> None:
    with pytest.raises(OutboxError, match="no letter with that key"):
        rig.outbox.show("unknown")
    with pytest.raises(OutboxError, match="no campaign of that name"):
        rig.outbox.status("unknown")


def test_a_file_of_a_newer_library_is_left_alone(tmp_path: Path, world: World) -> None:
    path = tmp_path / "post.db"
    Outbox.open(path, sender=world).close()
    database = Database.open(path)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()

    with pytest.raises(OutboxSchemaError, match="9999"):
        Outbox.open(path, sender=world)


def test_an_address_that_is_no_outbox_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="file or in PostgreSQL"):
        Outbox.open("mysql://host/database")
    with pytest.raises(ConfigurationError, match="cannot be made"):
        Outbox.open(tmp_path)


def test_sending_without_a_configuration_says_what_is_missing(tmp_path: Path) -> None:
    with Outbox.open(tmp_path / "post.db") as outbox:
        outbox.put("a", person(0), letter())
        with pytest.raises(ConfigurationError, match="without a configuration"):
            outbox.run(until_empty=True)


def test_nothing_private_is_in_what_is_shown(rig: Rig) -> None:
    rig.outbox.put("a", person(0), letter(), kampanje="k")
    rig.work()

    shown = f"{rig.outbox.show('a')!r} {rig.status()} {rig.outbox.post('a')!r} {uuid4()}"
    assert person(0) not in shown
    assert "Vedtak" not in shown
