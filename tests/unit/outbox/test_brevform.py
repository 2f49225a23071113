from __future__ import annotations

import pytest
from hypothesis import given
from pydantic import BaseModel

from sdp.domain import Brev, BytesKilde, DigitalPost
from sdp.errors import OutboxError
from sdp.outbox.brevform import Encoder, decode, of_form, split
from sdp.outbox.documents import Incoming, source_of
from tests import strategies
from tests.unit.outbox.world import letter


@pytest.mark.slow
@given(strategies.brev())
def test_a_letter_is_read_as_it_was_written(brev: Brev) -> None:
    incoming = Incoming(outside=False)
    written = Encoder(incoming.kept).encode(brev)
    inside = {digest: BytesKilde(content) for digest, content in incoming.contents.items()}

    _, documents = split(written)
    read = of_form(
        decode(written, lambda innhold: source_of(innhold, inside)),
        [source_of(innhold, inside) for innhold in documents],
        konversasjons_id=brev.konversasjons_id,
        meldings_id=brev.meldings_id,
    )

    assert _values(read) == _values(brev)
    for before, after in zip(
        brev.dokumentpakke.dokumenter, read.dokumentpakke.dokumenter, strict=True
    ):
        assert before.kilde.open().read() == after.kilde.open().read()
    assert {each.digest for each in documents} == set(inside)


def test_a_document_is_found_by_its_place_and_not_by_words_that_look_like_one() -> None:
    incoming = Incoming(outside=False)
    looks = '{"_": "dokument", "digest": "00", "size": 1}'
    brev = letter(digital_post=DigitalPost(ikke_sensitiv_tittel=looks))

    written = Encoder(incoming.kept).encode(brev)

    assert {each.digest for each in split(written)[1]} == set(incoming.contents)
    assert decode(written, lambda _: BytesKilde(b"x")).digital_post.ikke_sensitiv_tittel == looks


@pytest.mark.parametrize(
    "written", ['{"_": "Unknown"}', "{}", "[]", "", '{"_": "Prioritet", "v": "normal"}']
)
def test_what_is_no_letter_is_told_as_such(written: str) -> None:
    with pytest.raises(OutboxError, match="cannot be read by this version"):
        decode(written, lambda _: None)


def _values(value: object) -> object:
    """Return all that a value holds but the sources of its documents."""
    if isinstance(value, tuple):
        return tuple(_values(each) for each in value)
    if not isinstance(value, BaseModel):
        return value
    return type(value), {
        name: _values(each) for name, each in dict(value).items() if name != "kilde"
    }
