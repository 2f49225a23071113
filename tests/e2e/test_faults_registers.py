"""Maskinporten and the contact register go wrong on demand, by the same list as the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest

from sdp import Client, TokenError, UnknownOutcomeError, WireError
from sdp.config import KrrConfig
from sdp.errors import Retry
from sdp.krr import Person
from sdp.testmiljo import (
    Fault,
    LoseAnswer,
    RefuseLookup,
    RefuseToken,
    RefuseWithStatus,
    Testmiljo,
    Traffic,
    TruncateAnswer,
)
from tests.e2e.client.conftest import Letters
from tests.e2e.web.page import Browserless


@pytest.fixture(scope="module")
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


@pytest.fixture(autouse=True)
def _sound(miljo: Testmiljo) -> Iterator[None]:
    yield
    assert miljo.faults.waiting == (), "what was asked for has not happened"


@pytest.fixture
def letters(miljo: Testmiljo) -> Letters:
    return Letters(miljo)


def asking(miljo: Testmiljo, wire: Literal["rest", "soap"] = "rest") -> Client:
    return Client(miljo.client_config(wire="dpi").model_copy(update={"krr": KrrConfig(wire=wire)}))


@pytest.mark.parametrize("error", ["invalid_scope", "invalid_grant", "invalid_client"])
def test_a_token_that_is_refused_stops_the_letter_and_says_why(
    miljo: Testmiljo, letters: Letters, error: str
) -> None:
    before = len(miljo.letters)
    with asking(miljo) as client:
        miljo.faults.add(RefuseToken(error, "not today"))
        with pytest.raises(TokenError) as refusal:
            client.send(letters.digital())
        assert (refusal.value.code, refusal.value.description) == (error, "not today")
        assert miljo.maskinporten.refusals[-1].code == error
        assert len(miljo.letters) == before

        client.send(letters.digital())
    assert len(miljo.letters) == before + 1


@pytest.mark.parametrize("wire", ["rest", "soap"])
@pytest.mark.parametrize(("status", "retry"), [(400, Retry.NEVER), (500, Retry.LATER)])
def test_a_lookup_that_is_refused_tells_whether_to_try_again(
    miljo: Testmiljo, wire: Literal["rest", "soap"], status: int, retry: Retry
) -> None:
    number = miljo.innbygger().personidentifikator
    with asking(miljo, wire) as client:
        miljo.faults.add(RefuseLookup(status))
        with pytest.raises(WireError) as refusal:
            client.lookup([number])
        assert refusal.value.retry is retry
        assert str(status) in str(refusal.value)

        assert isinstance(client.lookup([number])[0], Person)


@pytest.mark.parametrize(
    ("wire", "fault"),
    [
        ("rest", RefuseWithStatus(502)),
        ("soap", RefuseWithStatus(502)),
        ("soap", LoseAnswer()),
        ("soap", TruncateAnswer(20)),
    ],
)
def test_what_may_happen_to_any_request_happens_to_a_lookup(
    miljo: Testmiljo, wire: Literal["rest", "soap"], fault: Fault
) -> None:
    with asking(miljo, wire) as client:
        miljo.faults.add(fault, on=Traffic.LOOKUP)
        with pytest.raises(WireError):
            client.lookup([miljo.innbygger().personidentifikator])


@pytest.mark.parametrize("fault", [RefuseLookup(503), LoseAnswer()])
def test_a_lookup_over_rest_that_may_succeed_later_is_asked_again(
    miljo: Testmiljo, fault: Fault
) -> None:
    with asking(miljo) as client:
        miljo.faults.add(fault, on=Traffic.LOOKUP)
        assert isinstance(client.lookup([miljo.innbygger().personidentifikator])[0], Person)


@pytest.mark.parametrize("fault", [LoseAnswer(), TruncateAnswer(20), RefuseWithStatus(503)])
def test_what_may_happen_to_any_request_happens_to_a_token(
    miljo: Testmiljo, letters: Letters, fault: Fault
) -> None:
    before = len(miljo.letters)
    with asking(miljo) as client:
        miljo.faults.add(fault, on=Traffic.TOKEN)
        with pytest.raises(WireError):
            client.send(letters.digital())
    assert len(miljo.letters) == before


def test_a_fault_for_any_request_is_not_used_up_by_what_is_asked_before_a_letter(
    miljo: Testmiljo, letters: Letters
) -> None:
    before = len(miljo.letters)
    with asking(miljo) as client:
        miljo.faults.add(LoseAnswer(accepted=True))
        with pytest.raises(UnknownOutcomeError):
            client.send(letters.digital())
    assert len(miljo.letters) == before + 1


def test_they_are_asked_for_over_http_like_the_others(miljo: Testmiljo) -> None:
    with Browserless(miljo) as web:
        for fault in (
            {"fault": "RefuseToken", "error": "invalid_scope"},
            {"fault": "RefuseLookup", "status": 404, "on": "LOOKUP"},
        ):
            assert web.http.post("/api-test/faults", json=fault).status_code == 201
    assert [each for each, _ in miljo.faults.waiting] == [
        RefuseToken("invalid_scope"),
        RefuseLookup(404),
    ]
    miljo.faults.clear()
