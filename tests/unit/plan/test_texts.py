from __future__ import annotations

import re
from decimal import Decimal

import pytest

from sdp.plan import Language, Texts
from sdp.plan.texts import _all

SUBJECTS = sorted({key.partition(".")[0] for key in _all()})


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_text_is_in_all_three_languages_with_the_same_places(subject: str) -> None:
    for key, texts in _all().items():
        if key.startswith(f"{subject}."):
            assert texts.keys() == set(Language), key
            assert all(text.strip() for text in texts.values()), key
            places = {frozenset(re.findall(r"\{(\w+)\}", text)) for text in texts.values()}
            assert len(places) == 1, key


def test_every_finding_has_a_rule_and_a_remedy() -> None:
    texts = Texts(Language.NB)

    for code in texts.keys_under("findings"):
        assert texts.keys_under(f"findings.{code}") == ["rule", "remedy"]


@pytest.mark.parametrize(
    ("language", "written"), [(Language.NB, "\u22121 995,10"), (Language.EN, "\u22121 995.10")]
)
def test_numbers_are_written_as_the_language_does(language: Language, written: str) -> None:
    assert Texts(language).value(Decimal("-1995.10")) == written


def test_what_is_unknown_is_said_to_be() -> None:
    assert Texts(Language.NB).number(None) == "ukjent"
