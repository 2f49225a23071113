from __future__ import annotations

import json

import pytest
from hypothesis import given
from pydantic import BaseModel

from sdp.domain import Brev, BytesKilde
from sdp.errors import OutboxError
from sdp.outbox.brevform import Encoder, contents_in, decode, with_ids
from sdp.outbox.documents import Incoming, source_of
from tests import strategies


@given(strategies.brev())
def test_a_letter_is_read_as_it_was_written(brev: Brev) -> None:
    incoming = Incoming(outside=False)
    written = json.loads(Encoder(incoming.kept).encode(brev))
    inside = {digest: BytesKilde(content) for digest, content in incoming.contents.items()}

    read = with_ids(
        decode(written, lambda innhold: source_of(innhold, inside)),
        konversasjons_id=brev.konversasjons_id,
        meldings_id=brev.meldings_id,
    )

    assert _values(read) == _values(brev)
    for before, after in zip(
        brev.dokumentpakke.dokumenter, read.dokumentpakke.dokumenter, strict=True
    ):
        assert before.kilde.open().read() == after.kilde.open().read()
    assert {each.digest for each in contents_in(written)} == set(inside)


@pytest.mark.parametrize("written", [{"_": "Unknown"}, {}, [], {"_": "Prioritet", "v": "normal"}])
def test_what_is_no_letter_is_told_as_such(written: object) -> None:
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
