from __future__ import annotations

from sdp.dpi.sent import SentMemory
from tests.conftest import EBOKS, POSTEN, PRINTER


def test_a_conversation_remembers_every_organisation_its_letters_went_to() -> None:
    memory = SentMemory()
    memory.note("a", EBOKS)
    memory.note("A", PRINTER)

    assert memory.find("a") == {EBOKS, PRINTER}


def test_an_unknown_conversation_tells_nothing() -> None:
    assert SentMemory().find("a") == frozenset()


def test_the_oldest_is_forgotten_when_there_is_no_more_room() -> None:
    memory = SentMemory(most=2)
    for conversation in ("a", "b", "a", "c"):
        memory.note(conversation, POSTEN)

    assert memory.find("b") == frozenset()
    assert memory.find("a") == memory.find("c") == {POSTEN}
