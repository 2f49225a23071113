"""A client that cannot be used says so with an error of the library, before it asks anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal

import pytest

from sdp.async_client import AsyncClient
from sdp.client import Client
from sdp.errors import InvalidInputError, UnknownOutcomeError
from sdp.testmiljo import LoseAnswer, Testmiljo, Traffic
from tests.e2e.client.conftest import Letters

Use = Callable[[AsyncClient, Letters], Any]

USES: list[Use] = [
    lambda client, letters: client.send(letters.digital()),
    lambda client, letters: client.lookup([letters.miljo.innbygger().personidentifikator]),
    lambda client, _: anext(client.receipts()),
]


@pytest.mark.parametrize("use", USES, ids=["send", "lookup", "receipts"])
def test_an_async_client_belongs_to_one_event_loop(
    miljo: Testmiljo, letters: Letters, use: Use
) -> None:
    client = AsyncClient(miljo.client_config(wire="dpi"))

    async def first() -> None:
        await client.lookup([miljo.innbygger().personidentifikator])

    async def again() -> None:
        await use(client, letters)

    with asyncio.Runner() as one, asyncio.Runner() as other:
        one.run(first())
        issued = miljo.maskinporten.issued
        with pytest.raises(InvalidInputError, match="event loop: must be the one") as misused:
            other.run(again())
        one.run(client.close())

    assert "asyncio.run" in misused.value.remedy
    assert miljo.maskinporten.issued == issued
    assert miljo.letters == ()


@pytest.mark.parametrize("use", USES, ids=["send", "lookup", "receipts"])
def test_an_async_client_that_is_closed_says_so(
    miljo: Testmiljo, letters: Letters, use: Use
) -> None:
    async def main() -> None:
        client = AsyncClient(miljo.client_config(wire="dpi"))
        await client.close()
        await client.close()
        with pytest.raises(InvalidInputError, match="must not be closed"):
            await use(client, letters)

    asyncio.run(main())

    assert miljo.maskinporten.issued == 0


@pytest.mark.parametrize("wire", ["ebms", "dpi"])
def test_a_client_that_is_closed_says_so(
    miljo: Testmiljo, letters: Letters, wire: Literal["ebms", "dpi"]
) -> None:
    client = Client(miljo.client_config(wire=wire))
    client.close()

    with pytest.raises(InvalidInputError, match="must not be closed"):
        client.send(letters.digital())
    with pytest.raises(InvalidInputError, match="must not be closed"):
        next(client.receipts())
    assert miljo.maskinporten.issued == 0


@pytest.mark.parametrize("wire", ["ebms", "dpi"])
def test_a_message_that_was_given_up_is_not_sent_again(
    miljo: Testmiljo, letters: Letters, wire: Literal["ebms", "dpi"]
) -> None:
    with Client(miljo.client_config(wire=wire)) as client:
        miljo.faults.add(LoseAnswer(accepted=True), on=Traffic.LETTER)
        with pytest.raises(UnknownOutcomeError) as unknown:
            client.send(letters.digital())
        pending = unknown.value.pending
        pending.close()
        issued = miljo.maskinporten.issued
        with pytest.raises(InvalidInputError, match="pending: must not be closed"):
            client.resend(pending)

    assert miljo.maskinporten.issued == issued
    assert len(miljo.letters) == 1
