"""Digipost's validator takes the letters that the HTML policy lets through, and no others.

Digdir's policy forbids more, which docs/interop.md lists.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from pathlib import Path

import pytest

from sdp.dokumentpakke.html.policy import HtmlPolicy
from tests.interop.html_letters import html_letters
from tests.interop.java_witness import JavaWitness

pytestmark = pytest.mark.timeout(600)  # the first run fetches the Java libraries

_COUNT = 3000
_DOCUMENT = Path(__file__).parents[2] / "docs" / "interop.md"


def test_no_letter_that_we_let_through_is_refused_by_digipost(digipost: JavaWitness) -> None:
    refused = {}
    for letter in html_letters(_COUNT):
        if not _problems(letter):
            answer = _digipost(digipost, letter)
            if not answer["taken"]:
                refused[letter] = answer["why"]
    assert refused == {}


def test_what_is_told_as_digiposts_is_refused_by_digipost(digipost: JavaWitness) -> None:
    taken = {}
    for letter in html_letters(_COUNT):
        told = [problem for problem in _problems(letter) if "Digipost" in problem]
        if told and _digipost(digipost, letter)["taken"]:
            taken[letter] = told
    assert taken == {}


def test_the_document_lists_all_that_only_digdirs_policy_forbids(digipost: JavaWitness) -> None:
    rows = _plain(_DOCUMENT.read_text(encoding="utf-8"))
    found = {
        _rule(problem)
        for letter in html_letters(_COUNT)
        if _digipost(digipost, letter)["taken"]
        for problem in _problems(letter)
    }
    assert len(found) > 3
    assert {rule for rule in found if rule not in rows} == set()


def test_the_letters_are_of_both_kinds(digipost: JavaWitness) -> None:
    verdicts = Counter(
        (not _problems(letter), bool(_digipost(digipost, letter)["taken"]))
        for letter in html_letters(_COUNT)
    )
    assert verdicts[True, True] > 300
    assert verdicts[False, False] > 300
    assert verdicts[False, True] > 20  # what Digdir's policy alone forbids


def _rule(problem: str) -> str:
    """Cut line, list and advice off a problem."""
    rule = problem.partition(": ")[2].partition(" (")[0].partition(";")[0]
    element = re.match(r"<(xml|o):?\w*> is not allowed", rule)
    return _plain(f"<{element[1]}" if element else rule)


def _plain(text: str) -> str:
    return text.replace("`", "")


def _digipost(witness: JavaWitness, letter: str) -> dict[str, object]:
    return witness.ask("html", document=base64.b64encode(letter.encode()).decode())


def _problems(letter: str) -> list[str]:
    policy = HtmlPolicy()
    policy.take(letter.encode())
    policy.finish()
    return policy.problems
