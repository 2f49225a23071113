"""A refusal is told in the register's own words, and nobody is named in it."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdp.errors import Fault, Retry
from sdp.krr.rest.reading import refusal
from sdp.transport.request import HttpResponse
from tests.strategies import personidentifikatorer


def answer(status: int, content: object) -> HttpResponse:
    written = content if isinstance(content, str) else json.dumps(content)
    return HttpResponse(status, {}, written.encode())


@pytest.mark.parametrize(
    ("content", "title", "detail"),
    [
        (
            {"type": "about:blank", "title": "Forbidden", "detail": "No such scope", "status": 403},
            "Forbidden",
            "No such scope",
        ),
        (
            {"error": "insufficient_scope", "error_description": "Ask for another"},
            "insufficient_scope",
            "Ask for another",
        ),
        ({"error": "Forbidden", "message": "No\n access "}, "Forbidden", "No access"),
        ("No access\nhere", "No access here", ""),
        ("<html><body>Forbidden</body></html>", "", ""),
        ('{"title": "Forb', '{"title": "Forb', ""),
        ({"title": 403, "detail": ["x"]}, "", ""),
        (["x"], "", ""),
        ("", "", ""),
    ],
)
def test_problems_oauth_errors_and_plain_text_are_all_told(
    content: object, title: str, detail: str
) -> None:
    error = refusal(answer(403, content))

    assert (error.status, error.title, error.detail) == (403, title, detail)


def test_a_403_names_what_access_is_needed() -> None:
    error = refusal(answer(403, ""))

    assert "krr:global/digitalpost.read" in error.remedy
    assert (error.fault, error.retry) == (Fault.CLIENT, Retry.NEVER)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_register_that_is_busy_or_broken_may_be_asked_later(status: int) -> None:
    error = refusal(answer(status, ""))

    assert (error.fault, error.retry) == (Fault.SERVER, Retry.LATER)


@settings(deadline=None)
@given(personidentifikatorer(), st.sampled_from(["{}", "fnr:{}.", "({})", "Ukjent {} her"]))
def test_no_number_of_a_person_is_repeated(number: str, around: str) -> None:
    for written in (number, f"{number[:6]} {number[6:]}"):
        for content in (around.format(written), {"detail": around.format(written)}):
            assert number[6:] not in str(refusal(answer(400, content)))


@pytest.mark.parametrize(
    "private",
    [
        "kari.nordmann@example.no",
        "+4799999999",
        "99999999",
        "4799999999",
        "eyJhbGciOiJSUzI1NiJ9.eyJzY29wZSI6ImtyciJ9.c2lnbmF0dXJl",
    ],
)
def test_no_address_and_no_token_is_repeated(private: str) -> None:
    error = refusal(answer(400, {"detail": f"Feil: {private} er ugyldig"}))

    assert error.detail == "Feil: *** er ugyldig"


def test_organisations_may_be_named() -> None:
    assert "991825827" in refusal(answer(403, "991825827 has no access")).remote_text


@pytest.mark.parametrize("words", ["x", "x ", "1", "a@", "eyJ-", "01018012345 "])
def test_long_words_are_cut_in_no_time(words: str) -> None:
    began = time.process_time()

    told = str(refusal(answer(400, words * 500_000)))

    assert len(told) < 1000
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize("private", [f"kari.{'n' * 5000}@example.no", f"eyJ{'h' * 5000}.a.b"])
def test_cutting_long_words_leaves_no_half_of_anything_private(private: str) -> None:
    assert refusal(answer(400, f"Feil: {private}")).title == "Feil: ***"
