"""To whom letters went is remembered, here or by the caller's own store."""

from __future__ import annotations

import pytest

from sdp.errors import CertificateError
from sdp.wire import SentTo
from sdp.wire.signers import Signers
from tests.conftest import EBOKS, POSTEN, PRINTER

_A, _B, _C = (f"6d0ec155-b4f7-43c3-908e-211d68c9cf0{letter}" for letter in "abc")


def test_a_conversation_remembers_every_organisation_its_letters_went_to() -> None:
    sent_to = SentTo()
    sent_to.note(_A, EBOKS)
    sent_to.note(_A.upper(), PRINTER)

    assert sent_to.find(_A) == {EBOKS, PRINTER}


def test_an_unknown_conversation_tells_nothing() -> None:
    assert SentTo().find(_A) == frozenset()


def test_the_oldest_is_forgotten_when_there_is_no_more_room() -> None:
    sent_to = SentTo(most=2)
    for conversation in (_A, _B, _A, _C):
        sent_to.note(conversation, POSTEN)

    assert sent_to.find(_B) == frozenset()
    assert sent_to.find(_A) == sent_to.find(_C) == {POSTEN}


def test_what_the_caller_tells_counts_beside_what_is_remembered() -> None:
    sent_to = SentTo({_A: PRINTER, _B: POSTEN}.get)
    sent_to.note(_A, EBOKS)

    assert sent_to.find(_A) == {EBOKS, PRINTER}
    assert sent_to.find(_B) == {POSTEN}
    assert sent_to.find(_C) == frozenset()


def test_what_the_caller_tells_is_asked_for_in_one_form() -> None:
    assert SentTo({_A: PRINTER}.get).find(_A.upper()) == {PRINTER}


@pytest.mark.parametrize("way", ["urn:uuid:{}", "{{{}}}", "{}\n"])
def test_a_conversation_by_another_form_of_its_id_is_nobodys(way: str) -> None:
    with pytest.raises(ValueError, match="UUID"):
        SentTo({_A: PRINTER}.get).find(way.format(_A))


def test_the_callers_store_is_not_asked_where_what_is_remembered_settles_it() -> None:
    asked: list[str] = []
    sent_to = SentTo(asked.append)
    sent_to.note(_A, EBOKS)

    _signers(sent_to).check(EBOKS, EBOKS, _A)

    assert asked == []


def test_the_callers_store_is_asked_before_a_signature_is_refused() -> None:
    sent_to = SentTo({_A: PRINTER}.get)
    sent_to.note(_A, EBOKS)

    _signers(sent_to).check(PRINTER, PRINTER, _A)
    with pytest.raises(CertificateError, match=f"sent to organisation {EBOKS} and {PRINTER}"):
        _signers(sent_to).check(POSTEN, POSTEN, _A)


def _signers(sent_to: SentTo) -> Signers:
    return Signers([POSTEN], {}, sent_to.find, section="dpi", remembered=sent_to.remembered)
