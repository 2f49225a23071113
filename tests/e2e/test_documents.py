"""The code that the pages show is run as it stands there."""

from __future__ import annotations

import re
import sqlite3
import tomllib
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

import sdp
from sdp import (
    Client,
    ClientConfig,
    DigitalForsendelse,
    DigitalPost,
    Environment,
    Kvittering,
    Print,
    Prioritet,
)
from sdp.testmiljo import Kind, LoseAnswer, Testmiljo, Traffic
from sdp.testmiljo.ca import TestCA
from tests.documents import pdf
from tests.e2e.client.conftest import Letters
from tests.e2e.commands import Programs
from tests.pages import ROOT, blocks
from tests.unit.pki.test_pkcs11_token import PIN, SoftHsm

_DOCS = ROOT / "docs"


def _blocks(page: str, language: str) -> list[str]:
    return [block.text for block in blocks(language, page)]


_ALONE = {
    "from-ebms-to-dpi.md": "test_the_move_from_ebms_to_dpi_empties_both_queues",
    "index.md": "test_the_outbox_on_the_first_pages_delivers_the_letter",
    "README.md": "test_the_heart_of_the_example_is_shown_as_it_is",
    "keys.md": "test_the_program_in_keys_signs_with_the_key_in_the_token",
    "lookup.md": "test_the_letter_in_lookup_is_sent",
    "routing.md": "test_the_programs_in_routing_decide_and_address",
    "receipts.md": "test_the_program_in_receipts_does_not_confirm_what_it_could_not_store",
    "start.md": "test_the_letter_in_start_is_a_letter",
    "testmiljo.md": "test_the_tests_in_testmiljo_pass",
    "wires.md": "test_the_async_example_in_wires_runs",
}
"""Pages whose programs need more than the others, and the test that runs them."""


def test_every_page_that_is_excused_has_a_test_of_its_own() -> None:
    tests = [Path(__file__), ROOT / "tests" / "unit" / "test_documents.py"]
    text = "".join(file.read_text(encoding="utf-8") for file in tests)

    assert [name for name in _ALONE.values() if f"def {name}(" not in text] == []


def test_the_functions_in_the_readme_send_a_letter_and_know_that_it_is_delivered(
    testmiljo: Testmiljo,
) -> None:
    _, code, _ = _blocks("README.md", "python")
    names: dict[str, Any] = {}

    exec(code, names)
    with Client(testmiljo.client_config()) as client:
        resultat = names["send"](client, Letters(testmiljo).digital())
        [kvittering] = client.receipts()

    assert kvittering.konversasjons_id == resultat.konversasjons_id
    assert names["is_delivered"](kvittering)


@pytest.mark.parametrize("page", ["README.md", "index.md"])
def test_the_outbox_on_the_first_pages_delivers_the_letter(
    page: str,
    testmiljo: Testmiljo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    written = testmiljo.write_config(tmp_path).rename(tmp_path / "agency.toml")
    digital = Letters(testmiljo).digital()
    names: dict[str, Any] = {
        "sdp": sdp,
        "config": ClientConfig.from_toml(written),
        "personidentifikator": testmiljo.innbygger().personidentifikator,
        "brev": sdp.Brev(
            avsender=digital.avsender,
            digital_post=digital.digital_post,
            dokumentpakke=digital.dokumentpakke,
        ),
    }

    exec(_blocks(page, "python")[-1], names)

    with sdp.Outbox.open("post.db") as outbox:
        assert outbox.post("sak-4711").tilstand is sdp.Tilstand.LEVERT
    assert "levert" in capsys.readouterr().out.lower()


def test_the_letter_in_start_is_a_letter(
    testmiljo: Testmiljo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("vedtak.pdf", "klage.pdf"):
        Path(name).write_bytes(pdf(name))
    mottaker = testmiljo.innbygger()
    names: dict[str, Any] = {
        "personidentifikator": mottaker.personidentifikator,
        "postkasseadresse": mottaker.postkasseadresse,
        "sertifikat": mottaker.postkasse.sertifikat,
    }
    [code] = _blocks("start.md", "python")

    exec(code, names)

    assert isinstance(names["forsendelse"], DigitalForsendelse)


def test_the_configuration_in_start_is_one(tmp_path: Path) -> None:
    [text] = _blocks("start.md", "toml")
    file = tmp_path / "agency.toml"
    file.write_text(text, encoding="utf-8")

    config = ClientConfig.from_toml(file, environ={})

    assert config.environment.trust == tmp_path / "trust" / "test"
    assert tomllib.loads(text).keys() == {"environment", "identity"}


def test_the_settings_in_start_are_those_there_are() -> None:
    text = (_DOCS / "start.md").read_text(encoding="utf-8")
    settings = {
        *ClientConfig.model_fields,
        *(f"environment.{name}" for name in Environment.model_fields),
    }
    shown = set(re.findall(r"`([a-z_.]+)`", text.partition("| setting |")[2].partition("\n\n")[0]))
    in_the_file = {"environment", "identity", "environment.name", "environment.trust"}

    assert shown == settings - in_the_file


def test_the_tests_in_testmiljo_pass(tmp_path: Path, programs: Programs) -> None:
    tests = _blocks("testmiljo.md", "python")
    (tmp_path / "test_letters.py").write_text("\n".join([_HELPER, *tests]), encoding="utf-8")

    quiet = ("-p", "no:cacheprovider", "-p", "no:schemathesis")  # the latter takes long to load
    ran = programs.run("pytest", "-q", "-W", "error", *quiet, cwd=tmp_path)

    assert f"{len(tests)} passed" in ran.stdout, ran.stdout


_HELPER = """
import pytest
from sdp import Avsender, Brev, DigitalPost, Dokument, Dokumentpakke, Forsendelse


def content():
    return {
        "avsender": Avsender(organisasjonsnummer="991825827"),
        "digital_post": DigitalPost(ikke_sensitiv_tittel="Brev"),
        "dokumentpakke": Dokumentpakke(
            hoveddokument=Dokument.from_bytes(b"%PDF-1.7", filnavn="vedtak.pdf", tittel="Vedtak")
        ),
    }


def decision_for(mottaker):
    return Forsendelse.digital(mottaker=mottaker, **content())


def brev_for(number):
    return Brev(**content())
"""


def test_the_letter_in_lookup_is_sent(
    testmiljo: Testmiljo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("vedtak.pdf").write_bytes(pdf())
    testmiljo.write_config(tmp_path).rename(tmp_path / "agency.toml")
    names = {"personidentifikator": testmiljo.innbygger().personidentifikator}
    [code] = _blocks("lookup.md", "python")

    exec(code, names)

    assert len(testmiljo.letters) == 1


def test_the_programs_in_routing_decide_and_address(
    testmiljo: Testmiljo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    testmiljo.write_config(tmp_path).rename(tmp_path / "agency.toml")
    number = testmiljo.innbygger(kind=Kind.RESERVED).personidentifikator
    deciding, addressing = _blocks("routing.md", "python")
    exec(deciding, {"personidentifikator": number})
    assert "RESERVERT" in capsys.readouterr().out

    letter = Letters(testmiljo).fysisk()
    names: dict[str, Any] = {
        "population_register": lambda _: letter.fysisk_post.mottaker,
        "avsender": letter.avsender,
        "dokumentpakke": letter.dokumentpakke,
        "digital_post": DigitalPost(ikke_sensitiv_tittel="Brev"),
        "retur": letter.fysisk_post.retur,
    }
    exec(addressing, names)
    with Client(testmiljo.client_config()) as client:
        sent = client.brev(number, names["brev"])
    assert isinstance(sent.rute, Print)


def test_the_async_example_in_wires_runs(
    testmiljo: Testmiljo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    testmiljo.write_config(tmp_path).rename(tmp_path / "agency.toml")
    letters = Letters(testmiljo)
    refused = letters.digital()
    with Client(testmiljo.client_config()) as client:
        client.send(refused)  # so that its ids are used
    names = {"letters": [letters.digital(), refused, letters.digital()]}
    [code] = _blocks("wires.md", "python")
    testmiljo.faults.add(LoseAnswer(accepted=True), on=Traffic.LETTER)

    exec(code, names)

    said = capsys.readouterr().out
    assert len(testmiljo.letters) == 3
    assert "sending again True" in said
    assert testmiljo.waiting_receipts == ()


@pytest.mark.parametrize("page", sorted({block.page for block in blocks("python")} - _ALONE.keys()))
def test_the_programs_on_a_page_run(
    page: str, testmiljo: Testmiljo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("vedtak.pdf").write_bytes(pdf())
    testmiljo.write_config(tmp_path).rename(tmp_path / "agency.toml")
    mottaker = testmiljo.innbygger()
    stored: list[object] = []
    names: dict[str, Any] = {
        "personidentifikator": mottaker.personidentifikator,
        "postkasseadresse": mottaker.postkasseadresse,
        "sertifikat": mottaker.postkasse.sertifikat,
        "store": stored.append,
    }

    for program in _blocks(page, "python"):
        exec(program, names)


def test_the_move_from_ebms_to_dpi_empties_both_queues(
    testmiljo: Testmiljo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    ebms = testmiljo.write_config(tmp_path).rename("agency-ebms.toml")
    text = ebms.read_text(encoding="utf-8")
    Path("agency.toml").write_text(text.replace('wire = "ebms"', 'wire = "dpi"'), encoding="utf-8")
    letters = Letters(testmiljo)
    with Client(ClientConfig.from_toml(ebms)) as client:
        client.send(letters.digital())
        client.send(letters.digital(prioritet=Prioritet.PRIORITERT))
    stored: list[Kvittering] = []
    names: dict[str, Any] = {"letter": letters.digital(), "store": stored.append}

    for program in _blocks("from-ebms-to-dpi.md", "python"):
        exec(program, names)

    assert capsys.readouterr().out.startswith("prioritet must be normal")
    assert len(stored) == 3
    assert [letter.meldings_id for letter in testmiljo.aksesspunkt.postkasse.letters] == [
        str(names["letter"].meldings_id)
    ]
    assert testmiljo.waiting_receipts == ()


def _sent_letters(folder: Path, testmiljo: Testmiljo, number: int) -> list[DigitalForsendelse]:
    config = ClientConfig.from_toml(testmiljo.write_config(folder).rename(folder / "agency.toml"))
    sent = [Letters(testmiljo).digital() for _ in range(number)]
    with Client(config) as client:
        for letter in sent:
            client.send(letter)
    return sent


def test_the_program_in_receipts_stores_each_one_and_finds_the_letter_without_levering(
    testmiljo: Testmiljo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    [delivered] = _sent_letters(tmp_path, testmiljo, 1)
    program, overdue, *_ = _blocks("receipts.md", "python")
    names: dict[str, Any] = {}

    exec(program, names)
    names["store"](names["kvittering"])  # which comes twice
    with names["database"] as database:
        long_ago = "2026-01-01T00:00:00+00:00"
        for konversasjons_id in (str(delivered.konversasjons_id), "lost"):
            database.execute("INSERT INTO letter VALUES (?, ?)", (konversasjons_id, long_ago))
    exec(overdue, names)

    stored = database.execute("SELECT konversasjons_id, kind FROM receipt").fetchall()
    database.close()
    assert stored == [(str(delivered.konversasjons_id), "Leveringskvittering")]
    assert capsys.readouterr().out == "No levering for lost\n"
    assert testmiljo.waiting_receipts == ()


def test_the_program_in_receipts_does_not_confirm_what_it_could_not_store(
    testmiljo: Testmiljo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _sent_letters(tmp_path, testmiljo, 2)
    program, *_ = _blocks("receipts.md", "python")
    tables = re.findall(r"CREATE TABLE .*?;", program, re.DOTALL)
    with closing(sqlite3.connect("brev.db")) as database:
        database.executescript(
            "".join(tables)
            + "CREATE TRIGGER full BEFORE INSERT ON receipt WHEN (SELECT count(*) FROM receipt) = 1"
            " BEGIN SELECT RAISE(ABORT, 'the disk is full'); END;"
        )
    names: dict[str, Any] = {}

    with pytest.raises(sqlite3.IntegrityError, match="the disk is full"):
        exec(program, names)
    names["database"].close()

    assert len(testmiljo.waiting_receipts) == 1


def test_the_archive_in_receipts_is_asked_about_the_letter(
    testmiljo: Testmiljo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    testmiljo.write_config(tmp_path).rename(tmp_path / "agency.toml")
    *_, tied = _blocks("receipts.md", "python")

    class Archive:
        asked: ClassVar[list[str]] = []

        @classmethod
        def mottaker_of(cls, konversasjons_id: str) -> str | None:
            cls.asked.append(konversasjons_id)
            return None

    monkeypatch.setenv("SDP_ENVIRONMENT__WIRE", "dpi")
    with Client(testmiljo.client_config(wire="dpi")) as client:
        sent = client.send(Letters(testmiljo).digital())
    tied_ones: list[object] = []
    exec(tied, {"store": tied_ones.append, "archive": Archive})
    assert len(tied_ones) == 1
    assert Archive.asked == [sent.konversasjons_id]


def test_the_table_in_receipts_is_one_of_the_configuration(tmp_path: Path) -> None:
    [text] = _blocks("receipts.md", "toml")
    file = tmp_path / "agency.toml"
    file.write_text(f'environment = "test"\n{text}', encoding="utf-8")

    config = ClientConfig.from_toml(file, environ={})

    assert config.dpi.receipt_suppliers == {"984661185": ("974761076",)}
    file.write_text(config.to_toml(), encoding="utf-8")
    assert ClientConfig.from_toml(file, environ={}).dpi == config.dpi


def test_the_endless_loop_in_receipts_stores_what_comes(
    testmiljo: Testmiljo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    program, _, endless, _ = _blocks("receipts.md", "python")
    testmiljo.write_config(tmp_path).rename(tmp_path / "agency.toml")
    names: dict[str, Any] = {}
    exec(program, names)  # there is nothing to fetch
    _sent_letters(tmp_path, testmiljo, 1)

    def store(kvittering: object) -> None:
        raise KeyboardInterrupt

    exec(endless, names)
    names["store"] = store
    with pytest.raises(KeyboardInterrupt):
        names["run"]()
    names["database"].close()


def test_the_program_in_keys_signs_with_the_key_in_the_token(
    ca: TestCA,
    moment: datetime,
    testmiljo: Testmiljo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = SoftHsm.once(ca, moment)
    monkeypatch.chdir(tmp_path)
    testmiljo.write_config(tmp_path).rename("agency.toml")
    ca.write_trust(tmp_path / "trust")
    Path("pin").write_text(PIN, encoding="utf-8")
    [code] = _blocks("keys.md", "python")
    names: dict[str, Any] = {}

    exec(
        code.replace("/usr/lib/hsm/libhsm-pkcs11.so", token.module).replace(
            "/run/secrets/hsm-pin", "pin"
        ),
        names,
    )

    assert names["signer"].chain[0] == token.issued.certificate
    # A token is logged in to for the whole process, and would stay so for the tests that follow.
    names["signer"].close()
    names["identity"].close()


def test_the_configuration_in_keys_is_one(tmp_path: Path) -> None:
    [text] = [found for found in _blocks("keys.md", "toml") if "[identity]\npkcs11" in found]
    file = tmp_path / "agency.toml"
    file.write_text(f'environment = "test"\n{text}', encoding="utf-8")

    identity = ClientConfig.from_toml(file, environ={}).identity

    assert identity is not None
    assert identity.pkcs11_token == "etaten"
