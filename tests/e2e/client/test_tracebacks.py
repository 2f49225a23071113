"""The traceback of a lost answer shows what was done, and not how it was driven."""

from __future__ import annotations

import asyncio
import traceback
from pathlib import Path
from typing import Literal

import pytest

import sdp
from sdp.async_client import AsyncClient
from sdp.client import Client
from sdp.errors import UnknownOutcomeError
from sdp.testmiljo import LoseAnswer, Testmiljo, Traffic
from tests.e2e.client.conftest import Letters

MOST_FRAMES = 12
OURS = str(Path(sdp.__file__).parent)


def frames_of_ours(error: BaseException | None) -> list[str]:
    found: list[str] = []
    while error is not None:
        found += [
            f"{frame.filename}:{frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename.startswith(OURS)
        ]
        error = error.__cause__
    return found


@pytest.mark.parametrize("wire", ["ebms", "dpi"])
@pytest.mark.parametrize("face", ["blocking", "async"])
def test_a_lost_answer_shows_at_most_twelve_frames_of_ours_and_keeps_its_cause(
    miljo: Testmiljo, letters: Letters, wire: Literal["ebms", "dpi"], face: str
) -> None:
    miljo.faults.add(LoseAnswer(accepted=True), on=Traffic.LETTER)
    config = miljo.client_config(wire=wire)

    async def send_later() -> None:
        async with AsyncClient(config) as client:
            await client.send(letters.digital())

    def send() -> None:
        with Client(config) as client:
            client.send(letters.digital())

    with pytest.raises(UnknownOutcomeError) as caught:
        asyncio.run(send_later()) if face == "async" else send()
    caught.value.pending.close()

    frames = frames_of_ours(caught.value)
    assert len(frames) <= MOST_FRAMES, "\n".join(frames)
    assert caught.value.__cause__ is not None
    assert any("sending.py" in frame for frame in frames)
