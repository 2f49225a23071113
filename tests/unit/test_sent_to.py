"""To whom letters went is remembered, here or by the caller's own store."""

from __future__ import annotations

from sdp.wire import SentTo
from tests.conftest import EBOKS, POSTEN, PRINTER


def test_a_conversation_remembers_every_organisation_its_letters_went_to() -> None:
    sent_to = SentTo()
    sent_to.note("a", EBOKS)
    sent_to.note("A", PRINTER)

    assert sent_to.find("a") == {EBOKS, PRINTER}


def test_an_unknown_conversation_tells_nothing() -> None:
    assert SentTo().find("a") == frozenset()


def test_the_oldest_is_forgotten_when_there_is_no_more_room() -> None:
    sent_to = SentTo(most=2)
    for conversation in ("a", "b", "a", "c"):
        sent_to.note(conversation, POSTEN)

    assert sent_to.find("b") == frozenset()
    assert sent_to.find("a") == sent_to.find("c") == {POSTEN}


def test_what_the_caller_tells_counts_beside_what_is_remembered() -> None:
    sent_to = SentTo({"a": PRINTER, "b": POSTEN}.get)
    sent_to.note("a", EBOKS)

    assert sent_to.find("a") == {EBOKS, PRINTER}
    assert sent_to.find("b") == {POSTEN}
    assert sent_to.find("c") == frozenset()
