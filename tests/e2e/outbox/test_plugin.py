"""The fixture for the tests of programs that use an outbox, and the page about it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import sdp
from sdp.outbox.states import figure
from sdp.testmiljo import Testmiljo
from tests.pages import blocks
from tests.unit.outbox.world import letter


@pytest.mark.parametrize("wire", ["ebms", "dpi"])
def test_the_fixture_sends_to_the_test_environment(
    request: pytest.FixtureRequest, testmiljo: Testmiljo, wire: str
) -> None:
    request.node.add_marker(pytest.mark.sdp_wire(wire))
    outbox: sdp.Outbox = request.getfixturevalue("outbox")
    outbox.put("a", testmiljo.innbygger().personidentifikator, letter())
    status = outbox.run(until_empty=True, wait=30)

    assert status.antall[sdp.Tilstand.LEVERT] == 1
    assert len(testmiljo.letters) == 1
    post = outbox.post("a")
    assert isinstance(post.oppslag, datetime)
    assert "§§ 8, 15 a" in (post.regel or "")


def test_the_figure_on_the_page_is_drawn_from_the_table_of_the_code() -> None:
    [drawn] = [block.text for block in blocks("mermaid", "outbox.md")]

    assert drawn.strip() == figure().strip()


async def _run(outbox: sdp.AsyncOutbox, person: str) -> list[Any]:
    async with outbox:
        await outbox.put("a", person, letter())
        await outbox.run(until_empty=True, wait=30)
        return [post async for post in outbox.letters(tilstand=sdp.Tilstand.LEVERT)]


def test_the_asynchronous_outbox_does_the_same(testmiljo: Testmiljo, tmp_path: Path) -> None:
    import asyncio

    async def main() -> list[Any]:
        opened = await sdp.AsyncOutbox.open(tmp_path / "post.db", testmiljo.client_config())
        return await _run(opened, testmiljo.innbygger().personidentifikator)

    assert [post.nokkel for post in asyncio.run(main())] == ["a"]
