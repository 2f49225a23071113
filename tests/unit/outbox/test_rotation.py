"""Rotation of the key: nothing is left under the old one, and no crash or worker is in its way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from sdp.domain import Dokument, Dokumentpakke
from sdp.errors import OutboxError, OutboxKeyError
from sdp.outbox import Outbox, OutboxSettings, Tilstand, rotate_key, rotation
from sdp.outbox.encryption import Key
from sdp.outbox.tables import arbeider, brev, dokument, lager
from tests.documents import pdf
from tests.unit.outbox.rig import Rig
from tests.unit.outbox.world import Clock, Gone, World, letter, person

ONE, TWO, THREE = "11" * 32, "22" * 32, "33" * 32
COUNT = 12


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "_LETTERS", 3)
    monkeypatch.setattr(rotation, "_DOCUMENTS", 2)


@pytest.fixture
def keys(tmp_path: Path) -> Callable[..., str]:
    def write(*secrets: str) -> str:
        (tmp_path / "keys").write_text("\n".join(secrets))
        return f"file:{tmp_path / 'keys'}"

    return write


@pytest.fixture
def store(tmp_path: Path, world: World, clock: Clock, keys: Callable[..., str]) -> Rig:
    rig = Rig(tmp_path / "post.db", world, clock, key=keys(ONE), block=5)
    _fill(rig)
    return rig


def _fill(rig: Rig) -> None:
    for number in range(COUNT):
        content = pdf() + f"% brev {number % 5}".encode()  # some share a document
        pakke = Dokumentpakke(
            hoveddokument=Dokument.from_bytes(content, filnavn="a.pdf", tittel="T")
        )
        rig.outbox.put(f"sak-{number}", person(number), letter(dokumentpakke=pakke))


def _key_ids(rig: Rig) -> set[str | None]:
    with rig.database.read() as connection:
        return {
            each
            for table in (brev, dokument)
            for each in connection.scalars(sa.select(table.c.nokkel_id).distinct())
        }


def _id(secret: str) -> str:
    return Key(bytes.fromhex(secret)).id


def test_everything_is_encrypted_anew_and_the_old_key_is_not_needed(
    store: Rig, keys: Callable[..., str]
) -> None:
    rotated = rotate_key(store.path, keys(TWO, ONE))

    assert (rotated.brev, rotated.dokumenter) == (COUNT, 5)
    assert _key_ids(store) == {_id(TWO)}
    keys(TWO)
    store.work()
    assert set(store.states().values()) == {Tilstand.SENDT}
    assert rotate_key(store.path, keys(TWO)).brev == 0
    found = store.outbox.letters(personidentifikator=person(3))
    assert [post.nokkel for post in found] == ["sak-3"]


def test_an_outbox_that_is_not_encrypted_is_encrypted(rig: Rig, keys: Callable[..., str]) -> None:
    _fill(rig)
    rig.outbox.close()

    rotate_key(rig.path, keys(ONE))

    assert _key_ids(rig) == {_id(ONE)}
    raw = b"".join(each.read_bytes() for each in Path(rig.path).parent.glob("post.db*"))
    assert not any(person(number).encode() in raw for number in range(COUNT))
    with Outbox.open(rig.path, settings=OutboxSettings(key=keys(ONE))) as outbox:
        assert len(list(outbox.letters(personidentifikator=person(3)))) == 1


@pytest.mark.parametrize("after", range(1, 8))
def test_a_rotation_that_dies_anywhere_is_taken_up_again(
    store: Rig, keys: Callable[..., str], after: int
) -> None:
    source = keys(TWO, ONE)
    told = iter([None] * after)

    def die(_: int) -> None:
        if next(told, Gone) is Gone:
            raise Gone

    try:
        rotate_key(store.path, source, progress=die)
    except Gone:
        # Halfway, letters under either key are sent, found and put.
        assert [p.nokkel for p in store.outbox.letters(personidentifikator=person(2))] == ["sak-2"]
        store.outbox.put(f"new-{after}", person(40), letter())
        store.work()
    rotate_key(store.path, source)

    assert _key_ids(store) == {_id(TWO)}
    store.work()
    assert set(store.states().values()) == {Tilstand.SENDT}
    assert len(store.world.taken) == len(set(store.world.taken)) == len(store.states())


def test_workers_go_on_between_the_batches(store: Rig, keys: Callable[..., str]) -> None:
    source = keys(TWO, ONE)
    put = iter(range(100))

    def work(_: int) -> None:
        for block in store.dispatcher.step():
            store.worker.send_block(block)
        store.outbox.put(f"new-{next(put)}", person(50), letter())

    rotate_key(store.path, source, progress=work)
    store.work()

    assert _key_ids(store) == {_id(TWO)}
    assert set(store.states().values()) == {Tilstand.SENDT}
    assert len(store.world.taken) == len(store.states())


def test_a_worker_that_cannot_get_at_the_new_key_stops_before_it_marks_anything(
    store: Rig, keys: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "both").write_text(f"{TWO}\n{ONE}")
    blocks = store.dispatcher.step()
    rotate_key(store.path, f"file:{tmp_path / 'both'}")

    with pytest.raises(OutboxKeyError, match=_id(TWO)):
        store.worker.send_block(blocks[0])
    with pytest.raises(OutboxKeyError, match=_id(TWO)):
        store.outbox.put("late", person(1), letter())
    assert set(store.states().values()) == {Tilstand.KLAR}


def test_a_second_rotation_waits_for_the_first(store: Rig, keys: Callable[..., str]) -> None:
    def die(_: int) -> None:
        raise Gone

    with pytest.raises(Gone):
        rotate_key(store.path, keys(TWO, ONE), progress=die)

    with pytest.raises(OutboxError, match=_id(TWO)):
        rotate_key(store.path, keys(THREE, TWO, ONE))
    with pytest.raises(OutboxKeyError, match=_id(ONE)):  # what is left needs the old key too
        rotate_key(store.path, keys(TWO))
    rotate_key(store.path, keys(TWO, ONE))
    rotate_key(store.path, keys(THREE, TWO))
    assert _key_ids(store) == {_id(THREE)}


def test_without_the_old_key_nothing_is_touched(store: Rig, keys: Callable[..., str]) -> None:
    with pytest.raises(OutboxKeyError, match=_id(ONE)):
        rotate_key(store.path, keys(TWO))

    with store.database.read() as connection:
        assert connection.execute(sa.select(lager.c.nokkel, lager.c.forrige)).one() == (
            _id(ONE),
            None,
        )


def test_what_does_not_decrypt_is_named_and_left_and_the_old_key_stays_in_use(
    store: Rig, keys: Callable[..., str]
) -> None:
    with store.database.write() as connection:
        broken = sa.update(brev).where(brev.c.nokkel == "sak-4").values(person="AAAA")
        connection.execute(broken)

    with pytest.raises(OutboxError, match="letter sak-4"):
        rotate_key(store.path, keys(TWO, ONE))

    assert _key_ids(store) == {_id(ONE), _id(TWO)}
    with store.database.read() as connection:
        assert connection.scalar(sa.select(lager.c.forrige)) == _id(ONE)


def test_a_worker_that_knows_no_encryption_keeps_an_outbox_from_being_encrypted(
    rig: Rig, keys: Callable[..., str]
) -> None:
    with rig.database.write() as connection:
        connection.execute(sa.update(arbeider).values(skjema=None))

    with pytest.raises(OutboxError, match="older version"):
        rotate_key(rig.path, keys(ONE))
    rig.presence.close()
    rotate_key(rig.path, keys(ONE))
