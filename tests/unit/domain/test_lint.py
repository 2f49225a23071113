"""Titles and notices are held against what must not stand in them, and their words are not told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdp.domain import (
    Brev,
    DigitalPost,
    EpostVarsel,
    Formaal,
    LintRule,
    Mottaker,
    SmsVarsel,
    Varseltekster,
    lint,
    sms_segments,
)
from tests.strategies import personidentifikatorer
from tests.unit.domain.test_brev import NEUTRAL, brev


def titled(title: str) -> Brev:
    return brev(digital_post=DigitalPost(ikke_sensitiv_tittel=title))


def rules(letter: Any) -> list[LintRule]:
    return [finding.rule for finding in lint(letter)]


@pytest.mark.parametrize(
    "text",
    [
        "Les brevet på https://www.digipost.no/app",
        "Les brevet på HTTP://x",
        "Se www.digipost",
        "Logg inn på digipost.no.",
        "Logg inn på norge.no/digital-postkasse",
        "Følg bit.ly/3xYz",
        "Åpne sdp-app://brev",
    ],
)
def test_a_link_is_found_however_it_is_written(text: str) -> None:
    assert rules(titled(text)) == [LintRule.LINK]


@pytest.mark.parametrize(
    "text",
    [
        "Gjelder 01815800083",
        "Gjelder 018158 00083",
        "Gjelder 018158-00083.",
        "fnr01815800083",
        "Kl. 12: 01 81 58 00083",
        "Konto 1234.56.78903",
        "Gjelder ٠١٨١٥٨٠٠٠٨٣",
    ],
)
def test_eleven_digits_are_found_however_they_are_grouped(text: str) -> None:
    assert rules(titled(text)) == [LintRule.ELEVEN_DIGITS]


@pytest.mark.parametrize("text", ["Skriv til post@etaten.no", "Ola%40example.org", "a.b+c@x.se"])
def test_an_email_address_is_found_and_told_once(text: str) -> None:
    assert rules(titled(text)) == [LintRule.EMAIL_ADDRESS]


@pytest.mark.parametrize(
    "text",
    [
        "Brev fra Skatteetaten",
        "Du har fått et viktig brev. Logg inn i postkassen din, f.eks. Digipost.",
        "Svar innen 01.02.2026 kl. 12.30",
        "Ring oss på 22 33 44 55 eller +47 22 33 44 55",
        "Vedtak nr. 2026/123456",
        "Frist:fredag.Hilsen oss",
        *NEUTRAL.values(),
    ],
)
def test_ordinary_words_are_left_alone(text: str) -> None:
    texts = Varseltekster(epost=text, sms=text)

    assert rules(brev(digital_post=DigitalPost(ikke_sensitiv_tittel=text))) == []
    assert rules(brev(varseltekster=texts)) == []


@given(personidentifikatorer())
def test_no_finding_repeats_the_text(number: str) -> None:
    (finding,) = lint(titled(f"Gjelder {number}"))

    assert number not in str(finding)
    assert finding.field == "digital_post.ikke_sensitiv_tittel"


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("æøåÆØÅ" * 26, 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # an escape is never parted from its sign
        ("ž" * 70, 1),
        ("ž" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 67, 3),  # 33 whole ones to each segment of 67 units
        ("a" * 70 + "á", 2),
    ],
)
def test_segments_are_counted_as_telephones_do(text: str, segments: int) -> None:
    assert sms_segments(text) == segments


@given(st.text(max_size=600))
def test_a_longer_text_never_takes_fewer_segments(text: str) -> None:
    assert sms_segments(text + "a") >= sms_segments(text) >= 1


def test_an_sms_of_several_segments_is_named_with_its_language() -> None:
    texts = Varseltekster(epost="ž" * 100, sms={"nb": "a" * 160, "se": "ž" * 71})

    (finding,) = lint(brev(varseltekster=texts))

    assert (finding.rule, finding.field) == (LintRule.SMS_SEGMENTS, "varseltekster.sms.se")
    assert str(finding) == (
        "varseltekster.sms.se: should fit one text message, and takes 2; shorten it, or write it "
        "with letters of the GSM alphabet, 160 of which fit (sms-segments)"
    )


def test_a_letter_addressed_already_is_held_against_the_same_rules(mottaker: Mottaker) -> None:
    letter = brev().digital(mottaker, epost="a@b.no", mobil=None)
    post = DigitalPost(
        ikke_sensitiv_tittel="Brev",
        epost_varsel=EpostVarsel(epostadresse="a@b.no", varslingstekst="Se digipost.no"),
        sms_varsel=SmsVarsel(mobiltelefonnummer="99999999", varslingstekst="ž" * 71),
    )

    found = lint(letter.model_copy(update={"digital_post": post}))

    assert [(finding.rule, finding.field) for finding in found] == [
        (LintRule.LINK, "digital_post.epost_varsel.varslingstekst"),
        (LintRule.SMS_SEGMENTS, "digital_post.sms_varsel.varslingstekst"),
    ]


def test_a_vedtak_addressed_without_a_notice_is_told_of(mottaker: Mottaker) -> None:
    letter = brev().digital(mottaker, epost=None, mobil=None)

    (finding,) = lint(letter)
    assert finding.rule is LintRule.NO_NOTICE
    assert "§ 8" in finding.words
    assert rules(letter.model_copy(update={"formaal": Formaal.INFORMASJON})) == []
