"""The code that the pages show is run as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sdp import Client, ClientConfig, DigitalForsendelse, Environment
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.ca import TestCA
from tests.documents import pdf
from tests.e2e.client.conftest import Letters
from tests.pages import ROOT, blocks
from tests.unit.pki.test_pkcs11_token import PIN, SoftHsm

_DOCS = ROOT / "docs"


def _blocks(page: str, language: str) -> list[str]:
    return [block.text for block in blocks(language, page)]


_ALONE = {
    "README.md": "test_the_heart_of_the_example_is_shown_as_it_is",
    "keys.md": "test_the_program_in_keys_signs_with_the_key_in_the_token",
    "lookup.md": "test_the_letter_in_lookup_is_sent",
    "receipts.md": "test_the_loop_in_receipts_stores_before_it_confirms",
    "start.md": "test_the_letter_in_start_is_a_letter",
    "testmiljo.md": "test_the_tests_in_testmiljo_pass",
    "wires.md": "test_the_async_example_in_wires_runs",
}
"""Pages whose programs need more than the others, and the test that runs them."""


def test_every_page_that_is_excused_has_a_test_of_its_own() -> None:
    tests = [Path(__file__), ROOT / "tests" / "unit" / "test_documents.py"]
    text = "".join(file.read_text(encoding="utf-8") for file in tests)

    assert [name for name in _ALONE.values() if f"def {name}(" not in text] == []


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


def test_the_tests_in_testmiljo_pass(tmp_path: Path) -> None:
    tests = _blocks("testmiljo.md", "python")
    (tmp_path / "test_letters.py").write_text("\n".join([_HELPER, *tests]), encoding="utf-8")

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert f"{len(tests)} passed" in ran.stdout, ran.stdout


_HELPER = """
import pytest
from sdp import Avsender, DigitalPost, Dokument, Dokumentpakke, Forsendelse


def decision_for(mottaker):
    return Forsendelse.digital(
        avsender=Avsender(organisasjonsnummer="991825827"),
        mottaker=mottaker,
        digital_post=DigitalPost(ikke_sensitiv_tittel="Brev"),
        dokumentpakke=Dokumentpakke(
            hoveddokument=Dokument.from_bytes(b"data", filnavn="vedtak.pdf", tittel="Vedtak")
        ),
    )
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


def test_the_async_example_in_wires_runs(
    testmiljo: Testmiljo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    testmiljo.write_config(tmp_path).rename(tmp_path / "agency.toml")
    letters = Letters(testmiljo)
    names = {"letters": [letters.digital(), letters.digital()]}
    [code] = _blocks("wires.md", "python")

    exec(code, names)

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


def test_the_loop_in_receipts_stores_before_it_confirms(
    testmiljo: Testmiljo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = ClientConfig.from_toml(testmiljo.write_config(tmp_path).rename("agency.toml"))
    letters = Letters(testmiljo)
    with Client(config) as client:
        client.send(letters.digital())
        client.send(letters.digital())
    stored: list[object] = []

    def store(kvittering: object) -> None:
        if stored:
            raise OSError("the disk is full")
        stored.append(kvittering)

    [code] = _blocks("receipts.md", "python")
    with pytest.raises(OSError, match="the disk is full"):
        exec(code, {"store": store})

    assert len(testmiljo.waiting_receipts) == 1


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


def test_the_configuration_in_keys_is_one(tmp_path: Path) -> None:
    [text] = _blocks("keys.md", "toml")
    file = tmp_path / "agency.toml"
    file.write_text(f'environment = "test"\n{text}', encoding="utf-8")

    identity = ClientConfig.from_toml(file, environ={}).identity

    assert identity is not None
    assert identity.pkcs11_token == "etaten"
