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

ATTEMPTS = 4


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


def asking(
    miljo: Testmiljo, wire: Literal["rest", "soap"] = "rest", waits: list[float] | None = None
) -> Client:
    """Make a client that takes no time to wait, and writes down how long it should have."""
    waits = [] if waits is None else waits
    config = miljo.client_config(wire="dpi").model_copy(update={"krr": KrrConfig(wire=wire)})
    return Client(config, sleep=waits.append)


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
    ("fault", "times"),
    [(RefuseWithStatus(502), 1), (LoseAnswer(), ATTEMPTS), (TruncateAnswer(20), ATTEMPTS)],
)
@pytest.mark.parametrize("wire", ["rest", "soap"])
def test_what_may_happen_to_any_request_happens_to_a_lookup(
    miljo: Testmiljo, wire: Literal["rest", "soap"], fault: Fault, times: int
) -> None:
    with asking(miljo, wire) as client:
        miljo.faults.add(fault, on=Traffic.LOOKUP, times=times)
        with pytest.raises(WireError):
            client.lookup([miljo.innbygger().personidentifikator])


@pytest.mark.parametrize("wire", ["rest", "soap"])
@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (RefuseLookup(503), 1.0),
        (RefuseLookup(503, retry_after=7), 7.0),
        (RefuseLookup(429, retry_after=59), 59.0),
        (LoseAnswer(), 1.0),
    ],
)
def test_a_lookup_that_may_succeed_later_is_asked_again_when_the_register_says(
    miljo: Testmiljo, wire: Literal["rest", "soap"], fault: Fault, wait: float
) -> None:
    waits: list[float] = []
    with asking(miljo, wire, waits) as client:
        miljo.faults.add(fault, on=Traffic.LOOKUP)
        assert isinstance(client.lookup([miljo.innbygger().personidentifikator])[0], Person)
    assert waits == [wait]


@pytest.mark.parametrize("wire", ["rest", "soap"])
def test_a_register_that_is_busy_for_long_says_until_when(
    miljo: Testmiljo, wire: Literal["rest", "soap"]
) -> None:
    waits: list[float] = []
    with asking(miljo, wire, waits) as client:
        miljo.faults.add(RefuseLookup(429, retry_after=3600), on=Traffic.LOOKUP)
        with pytest.raises(WireError) as refusal:
            client.lookup([miljo.innbygger().personidentifikator])
    assert (refusal.value.retry, refusal.value.retry_after) == (Retry.LATER, 3600.0)
    assert waits == []


@pytest.mark.parametrize("fault", [LoseAnswer(), TruncateAnswer(20), RefuseWithStatus(503)])
def test_what_may_happen_to_any_request_happens_to_a_token(
    miljo: Testmiljo, letters: Letters, fault: Fault
) -> None:
    before = len(miljo.letters)
    with asking(miljo) as client:
        miljo.faults.add(fault, on=Traffic.TOKEN, times=ATTEMPTS)
        with pytest.raises(WireError):
            client.send(letters.digital())
        assert len(miljo.letters) == before

        miljo.faults.add(fault, on=Traffic.TOKEN)
        client.send(letters.digital())
    assert len(miljo.letters) == before + 1


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
