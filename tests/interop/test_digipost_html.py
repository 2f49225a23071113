"""Digipost's validator takes the letters that the HTML policy lets through, and no others.

Digdir's policy forbids more, which docs/interop.md lists.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from sdp.dokumentpakke.html.policy import HtmlPolicy
from tests.interop.html_letters import html_letters
from tests.interop.java_witness import JavaWitness

pytestmark = pytest.mark.timeout(600)  # the first run fetches the Java libraries

_COUNT = 3000
_DOCUMENT = Path(__file__).parents[2] / "docs" / "interop.md"


@dataclass(frozen=True)
class Judged:
    """A letter, what our policy finds wrong with it, and what Digipost answers."""

    letter: str
    problems: Sequence[str]
    taken: bool
    why: str


@pytest.fixture(scope="module")
def judged(digipost: JavaWitness) -> list[Judged]:
    found = []
    for letter in html_letters(_COUNT):
        encoded = base64.b64encode(letter.encode()).decode()
        answer = digipost.ask("html", document=encoded)
        found.append(Judged(letter, _problems(letter), bool(answer["taken"]), answer["why"]))
    return found


def test_no_letter_that_we_let_through_is_refused_by_digipost(judged: list[Judged]) -> None:
    refused = {each.letter: each.why for each in judged if not each.problems and not each.taken}
    assert refused == {}


def test_what_is_told_as_digiposts_is_refused_by_digipost(judged: list[Judged]) -> None:
    taken = {
        each.letter: told
        for each in judged
        if each.taken and (told := [one for one in each.problems if "Digipost" in one])
    }
    assert taken == {}


def test_the_document_lists_all_that_only_digdirs_policy_forbids(judged: list[Judged]) -> None:
    rows = _plain(_DOCUMENT.read_text(encoding="utf-8"))
    found = {_rule(problem) for each in judged if each.taken for problem in each.problems}
    assert len(found) > 3
    assert {rule for rule in found if rule not in rows} == set()


def test_the_letters_are_of_both_kinds(judged: list[Judged]) -> None:
    verdicts = Counter((not each.problems, each.taken) for each in judged)
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


def _problems(letter: str) -> list[str]:
    policy = HtmlPolicy()
    policy.take(letter.encode())
    policy.finish()
    return policy.problems
