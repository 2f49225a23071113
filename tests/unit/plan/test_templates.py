from __future__ import annotations

from pathlib import Path

import pytest

from sdp.domain import (
    Avsender,
    Brev,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    Varseltekster,
    lint,
)
from sdp.plan import Language, Texts, read_plan
from sdp.plan.templates import CHECKS, EVIDENCE, folder_files
from sdp.verify.suite import SUITE
from tests.documents import pdf
from tests.pages import ROOT

OPEN = {"key_missing", "no_services"}
"""What is wrong in a new folder: nothing but what nobody has filled in yet."""


@pytest.mark.parametrize("language", Language)
def test_a_new_folder_lacks_only_what_is_to_be_filled_in(
    language: Language, tmp_path: Path
) -> None:
    for name, text in folder_files(Texts(language), 2027).items():
        (tmp_path / name).write_text(text, encoding="utf-8", newline="")

    reading = read_plan(tmp_path)

    assert {each.code for each in reading.findings} == OPEN
    assert reading.spraak is language


@pytest.mark.parametrize("language", Language)
def test_a_new_folder_that_is_filled_in_is_a_plan(language: Language, tmp_path: Path) -> None:
    for name, text in folder_files(Texts(language), 2027).items():
        (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    settings = (tmp_path / "plan.toml").read_text(encoding="utf-8")
    settings = settings.replace('kanal = ""', 'kanal = "ks"').replace('navn = ""', 'navn = "Her"')
    for key in ("papir", "porto", "ekstra_ark", "minutter", "timekost", "engang", "fast_per_aar"):
        settings = settings.replace(f'{key} = ""', f"{key} = 1")
    (tmp_path / "plan.toml").write_text(settings, encoding="utf-8")
    services = (tmp_path / "tjenester.csv").read_text(encoding="utf-8")
    row = "a;Brev;;informasjon;10;1;1000;ja;nei;0;50;0;;;;;;\n"
    (tmp_path / "tjenester.csv").write_text(services + row, encoding="utf-8")

    plan = read_plan(tmp_path).valid()

    assert len(plan.risikoer) == len(EVIDENCE) >= 20
    assert {each.sannsynlighet for each in plan.risikoer} == {None}
    assert {each.konsekvens for each in plan.risikoer} == {None}
    assert len(plan.personvern) == 9
    assert all(each.kapittel and each.krav for each in plan.vilkaar)


@pytest.mark.parametrize("id_", EVIDENCE)
def test_the_evidence_of_each_risk_exists(id_: str) -> None:
    _, places = EVIDENCE[id_]

    assert all((ROOT / place).exists() for place in places.split("; "))


def test_the_checks_that_answer_a_requirement_exist() -> None:
    known = {check.number for check in SUITE}

    assert {number for some in CHECKS.values() for number in some} <= known


@pytest.mark.parametrize("language", Language)
def test_notices_and_titles_pass_the_lint(language: Language) -> None:
    texts = Texts(language)
    brev = Brev(
        avsender=Avsender(organisasjonsnummer="991825827"),
        dokumentpakke=Dokumentpakke(
            hoveddokument=Dokument.from_bytes(pdf(), filnavn="brev.pdf", tittel="Brev")
        ),
        digital_post=DigitalPost(ikke_sensitiv_tittel="Brev"),
        varseltekster=Varseltekster(
            epost=texts("information.notice.epost"), sms=texts("information.notice.sms")
        ),
    )

    assert lint(brev) == ()


def test_every_file_of_a_folder_names_its_source_and_date_or_says_what_to_fill_in() -> None:
    files = folder_files(Texts(Language.NB), 2027)

    for name in ("risiko.csv", "vilkaar.csv", "personvern.csv", "testplan.csv", "produksjon.csv"):
        first = files[name].splitlines()[0]
        assert "Kilde" in first
        assert "2026-11-28" in first
