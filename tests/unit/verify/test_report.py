from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import pytest
from lxml import html

from sdp.config import Environment
from sdp.verify import SUITE, Check, Result, Verdict
from sdp.verify.check import Whom, failed, ok
from sdp.verify.report import Report, as_html
from sdp.verify.words import TEXTS, check, verdict, whom

STARTED = datetime(2026, 11, 29, tzinfo=UTC)


def report(*, wire: Literal["dpi", "ebms"] = "dpi", fails: bool = False) -> Report:
    environment = Environment.test().model_copy(update={"wire": wire})
    outcome = failed("no answer", "try later") if fails else ok("all is well")
    return Report(environment, STARTED, (Result(SUITE[0], outcome, 0.1),))


def test_a_failed_report_says_so_in_its_heading() -> None:
    assert report(fails=True).title.startswith("Failed: environment")
    [heading] = html.fromstring(as_html(report(fails=True))).iter("h1")
    assert heading.text_content().startswith("Failed: environment")


def test_a_report_is_called_verified_only_if_it_is_whole_and_nothing_failed() -> None:
    assert report().title.startswith("Verified: ")
    stopped = replace(report(), is_whole=False)
    assert stopped.title.startswith("Stopped before its end: ")
    assert replace(report(fails=True), is_whole=False).title.startswith("Failed: ")


@pytest.mark.parametrize(
    ("wire", "register", "told"),
    [
        ("dpi", "rest", {"access_point_url", "maskinporten_url", "krr_rest_url"}),
        ("dpi", "soap", {"access_point_url", "maskinporten_url", "krr_soap_url"}),
        ("ebms", "rest", {"broker_url", "maskinporten_url", "krr_rest_url"}),
        ("ebms", "soap", {"broker_url", "krr_soap_url"}),
    ],
)
def test_only_the_addresses_that_a_wire_uses_are_told(
    wire: Literal["dpi", "ebms"], register: Literal["rest", "soap"], told: set[str]
) -> None:
    every = dict.fromkeys(
        ("broker_url", "access_point_url", "maskinporten_url", "krr_rest_url", "krr_soap_url"),
        "https://example.no/",
    )
    made = report(wire=wire)
    environment = made.environment.model_copy(update=every)
    assert replace(made, environment=environment, register=register).addresses.keys() == told


def test_a_page_in_norwegian_says_which_words_are_english() -> None:
    page = html.fromstring(as_html(report(fails=True), "nb"))
    assert page.get("lang") == "nb"
    [heading] = page.iter("h1")
    assert heading.text_content().startswith("Feilet: miljø")
    assert "feilet" in page.text_content()
    english = [part.text_content() for part in page.iter() if part.get("lang") == "en"]
    assert set(english) == {"no answer", "try later"}


def test_both_languages_have_the_same_texts_and_every_check_verdict_and_party() -> None:
    assert TEXTS["en"].keys() == TEXTS["nb"].keys()
    translated: list[Check] = [each for each in SUITE if check(each, "nb") == check(each, "en")]
    assert translated == []
    assert len({verdict(each, "nb") for each in Verdict}) == len(Verdict)
    assert len({whom(each, "nb") for each in Whom}) == len(Whom)
