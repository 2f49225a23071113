"""Encryption at rest: what the file shows, what a wrong key does, and what was moved or changed."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sdp.domain import Brev, Dokument, Dokumentpakke
from sdp.errors import ConfigurationError, OutboxKeyError
from sdp.outbox import Outbox, OutboxSettings, Tilstand
from sdp.outbox.database import Database
from sdp.outbox.encryption import Key, KeySource, place_of
from sdp.outbox.tables import brev, dokument
from tests.documents import pdf
from tests.unit.outbox.rig import Rig
from tests.unit.outbox.world import Clock, World, letter, person

ONE, OTHER = "11" * 32, "22" * 32
TITLE = "Vedtak om noe helt privat"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "outbox.key"
    path.parent.mkdir()
    path.write_text(f"# the key\n\n{ONE}\n")
    return path


@pytest.fixture
def sealed(tmp_path: Path, world: World, clock: Clock, key_file: Path) -> Rig:
    return Rig(tmp_path / "store" / "post.db", world, clock, key=f"file:{key_file}")


def _letter(number: int = 0, **changes: Any) -> Brev:
    content = pdf() + b"%" + f"innholdet i brev {number}".encode()
    return letter(
        dokumentpakke=Dokumentpakke(
            hoveddokument=Dokument.from_bytes(content, filnavn="vedtak.pdf", tittel=TITLE)
        ),
        **changes,
    )


def _settings(source: str) -> OutboxSettings:
    return OutboxSettings(key=source)


def test_letters_go_out_as_they_were_put(sealed: Rig) -> None:
    for number in range(3):
        sealed.outbox.put(f"sak-{number}", person(number), _letter(number, printable=True))
    sealed.work()

    assert set(sealed.states().values()) == {Tilstand.SENDT}
    assert len(sealed.world.taken) == 3


def test_nothing_private_stands_in_any_file(sealed: Rig) -> None:
    letters = [(f"sak-{each}", person(each), _letter(each, printable=True)) for each in range(20)]
    sealed.outbox.put_many(letters)
    content = pdf() + b"%innholdet i brev 3"
    private = [
        *(person(number).encode() for number in range(20)),
        *(TITLE.encode(), b"innholdet i brev", b"Kari Nordmann", b"Storgata"),
        *(hashlib.sha256(content).hexdigest().encode(), hashlib.sha256(content).digest()),
    ]
    private += [base64.b64encode(each).rstrip(b"=")[:-1] for each in private]

    def claim_nothing_shown() -> None:
        files = [each for each in Path(sealed.path).parent.iterdir() if each.is_file()]
        raw = b"".join(each.read_bytes() for each in files)
        assert b"sak-3" in raw, "the test looks at the wrong files"
        assert [each for each in private if each in raw] == []

    claim_nothing_shown()
    sealed.work()
    claim_nothing_shown()
    sealed.die()
    claim_nothing_shown()


@pytest.mark.parametrize("source", [None, "other"])
def test_a_missing_or_wrong_key_is_an_error_before_anything_is_touched(
    sealed: Rig, tmp_path: Path, source: str | None
) -> None:
    sealed.outbox.put("sak-1", person(1), _letter())
    sealed.die()
    if source is not None:
        source = f"file:{tmp_path / 'other.key'}"
        (tmp_path / "other.key").write_text(OTHER)
    before = Path(sealed.path).read_bytes()

    with pytest.raises(OutboxKeyError, match=Key(bytes.fromhex(ONE)).id) as caught:
        Outbox.open(sealed.path, settings=OutboxSettings(key=source))

    assert "--key" in caught.value.remedy
    assert ONE not in str(caught.value)
    assert OTHER not in str(caught.value)
    assert Path(sealed.path).read_bytes() == before


def test_a_key_for_letters_that_are_not_encrypted_is_an_error(rig: Rig, key_file: Path) -> None:
    rig.outbox.put("sak-1", person(1), _letter())

    with pytest.raises(OutboxKeyError, match="not encrypted") as caught:
        Outbox.open(rig.path, settings=_settings(f"file:{key_file}"))
    assert "rotate-key" in caught.value.remedy


def test_an_empty_outbox_takes_the_key_it_is_opened_with(rig: Rig, key_file: Path) -> None:
    with Outbox.open(rig.path, settings=_settings(f"file:{key_file}")) as outbox:
        outbox.put("sak-1", person(1), _letter())

    with pytest.raises(OutboxKeyError):
        Outbox.open(rig.path)
    with pytest.raises(OutboxKeyError):  # it was open before: it stores nothing without the key
        rig.outbox.put("sak-2", person(1), _letter())
    assert [post.nokkel for post in rig.outbox.letters()] == ["sak-1"]


def _row(database: Database, nokkel: str) -> dict[str, object]:
    with database.read() as connection:
        return dict(
            connection.execute(sa.select(brev).where(brev.c.nokkel == nokkel)).one()._mapping
        )


def _write(database: Database, nokkel: str, **values: object) -> None:
    with database.write() as connection:
        connection.execute(sa.update(brev).where(brev.c.nokkel == nokkel).values(**values))


@pytest.mark.parametrize("column", ["person", "innhold"])
@pytest.mark.parametrize("change", ["another row", "another column", "a bit", "plain", "rubbish"])
def test_what_was_moved_or_changed_is_refused_and_its_neighbours_go(
    sealed: Rig, column: str, change: str
) -> None:
    for number in range(3):
        sealed.outbox.put(f"sak-{number}", person(number), _letter(number))
    here, there = _row(sealed.database, "sak-1"), _row(sealed.database, "sak-2")
    raw = bytearray(base64.b64decode(str(here[column])))
    raw[20] ^= 1
    values: dict[str, dict[str, object]] = {
        "another row": {column: there[column]},
        "another column": {column: here["innhold" if column == "person" else "person"]},
        "a bit": {column: base64.b64encode(raw).decode()},
        "plain": {column: person(5) if column == "person" else "{}", "nokkel_id": None},
        "rubbish": {column: "æøå"},
    }
    _write(sealed.database, "sak-1", **values[change])
    sealed.work()

    assert sealed.states() == {
        "sak-0": Tilstand.SENDT, "sak-1": Tilstand.AVVIST, "sak-2": Tilstand.SENDT,
    }  # fmt: skip
    grunn = sealed.outbox.post("sak-1").grunn or ""
    assert "encrypted" in grunn or "decrypt" in grunn
    assert not any(person(number) in grunn for number in range(6))


def test_documents_that_were_swapped_are_refused(sealed: Rig) -> None:
    for number in range(2):
        sealed.outbox.put(f"sak-{number}", person(number), _letter(number))
    with sealed.database.write() as connection:
        one, two = connection.execute(sa.select(dokument)).all()
        for mine, yours in ((one, two), (two, one)):
            swapped = sa.update(dokument).where(dokument.c.digest == mine.digest)
            connection.execute(swapped.values(innhold=yours.innhold))
    sealed.work()

    assert set(sealed.states().values()) == {Tilstand.AVVIST}
    assert sealed.world.taken == []


def test_a_person_is_found_with_and_without_encryption(rig: Rig, sealed: Rig) -> None:
    for each in (rig, sealed):
        for number in range(4):
            each.outbox.put(f"sak-{number}", person(number % 2), _letter(number))
        found = each.outbox.letters(personidentifikator=person(1))
        assert [post.nokkel for post in found] == ["sak-1", "sak-3"]
        assert list(each.outbox.letters(personidentifikator=person(7))) == []


def test_a_purge_leaves_nothing_to_find_a_person_by(sealed: Rig) -> None:
    sealed.outbox.put("sak-1", person(1), _letter())
    sealed.outbox.cancel("sak-1")
    sealed.clock.forward(OutboxSettings().kept_for * 2)
    sealed.outbox.purge()

    assert list(sealed.outbox.letters(personidentifikator=person(1))) == []
    assert _row(sealed.database, "sak-1")["soek"] is None


def test_documents_outside_stay_as_they_are(
    tmp_path: Path, key_file: Path, world: World, clock: Clock
) -> None:
    file = tmp_path / "vedtak.pdf"
    file.write_bytes(pdf())
    source = f"file:{key_file}"
    settings = OutboxSettings(key=source, documents_outside=True)
    path = tmp_path / "store" / "post.db"
    with Outbox.open(path, settings=settings, clock=clock) as outbox:
        document = Dokument.from_path(file, tittel="Vedtak")
        outbox.put("sak-1", person(1), letter(dokumentpakke=Dokumentpakke(hoveddokument=document)))
    rig = Rig(path, world, clock, key=source)
    rig.work()

    assert file.read_bytes() == pdf()
    assert rig.state("sak-1") is Tilstand.SENDT
    rig.die()


# --- the key itself


def test_a_key_comes_from_a_file_a_variable_or_a_command(key_file: Path) -> None:
    as_base64 = base64.b64encode(bytes.fromhex(ONE)).decode()
    program = f"{sys.executable} -c 'print(\"{as_base64}\")'"
    sources = [
        KeySource(f"file:{key_file}"),
        KeySource("env:KEY", {"KEY": as_base64}),
        KeySource(f"command:{program}"),
    ]
    assert {source.read()[0].id for source in sources} == {Key(bytes.fromhex(ONE)).id}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (ONE, "not one that is known"),
        ("file:", "not one that is known"),
        ("file:/nowhere/key", "cannot be read"),
        ("env:NOT_SET_ANYWHERE", "NOT_SET_ANYWHERE"),
        ("command:false", "ended with 1"),
        ("command:/nowhere/program", "cannot be run"),
        ("command:'", "cannot be run"),
        ("command:true", "no key"),
        ("command:echo 1234", "32 bytes"),
    ],
)
def test_a_source_without_a_key_is_told_without_what_it_holds(source: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        KeySource(source).read()
    assert ONE not in str(caught.value)


def test_a_key_shows_nothing_of_itself() -> None:
    assert ONE not in repr(Key(bytes.fromhex(ONE)))
    assert "\\x11" not in repr(Key(bytes.fromhex(ONE)))


def test_the_derived_keys_differ_and_no_value_is_encrypted_twice_alike() -> None:
    key = Key(bytes.fromhex(ONE))
    digest = "00" * 32
    sealed = {key.seal(b"value", place_of("brev", "person", "a", "b")) for _ in range(100)}

    assert len(sealed) == 100
    assert key.person_token(digest) != key.document_token(digest)
    assert key.person_token("1") != Key(bytes.fromhex(OTHER)).person_token("1")


@pytest.mark.parametrize("nokkel", ["sak-1", 'æøå "\\/', "\U0001f4ee", "\ud800", ""])
def test_a_place_is_a_list_in_json_whatever_the_key_of_the_letter(nokkel: str) -> None:
    written = json.dumps(["brev", "person", nokkel, "abc"]).encode()
    assert place_of("brev", "person", nokkel, "abc") == written


def test_the_cipher_is_aes_256_gcm_as_another_program_makes_it() -> None:
    """Derive and decrypt with nothing of ours, from what the documentation says."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    sealed = Key(bytes.fromhex(ONE)).seal(b"value", place_of("brev", "person", "sak-1", "abc"))
    extracted = hashlib.sha256
    prk = __import__("hmac").digest(bytes(32), bytes.fromhex(ONE), extracted)
    derived = __import__("hmac").digest(prk, b"sdp outbox 1 encryption\x01", extracted)
    nonce, text, tag = sealed[:12], sealed[12:-16], sealed[-16:]
    opener = Cipher(algorithms.AES(derived), modes.GCM(nonce, tag)).decryptor()
    opener.authenticate_additional_data(json.dumps(["brev", "person", "sak-1", "abc"]).encode())

    assert opener.update(text) + opener.finalize() == b"value"
