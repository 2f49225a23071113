"""The body of a request, as the test environment takes it in."""

from contextlib import closing

import pytest

from sdp.testmiljo.validators.mime import Spool


@pytest.mark.parametrize("chunk", [1000, 200_000, 300_000])
def test_a_body_is_handed_out_as_it_came_whatever_its_size(chunk: int) -> None:
    chunks = [bytes([number]) * chunk for number in range(3)]
    with closing(Spool()) as spool:
        for each in chunks:
            spool.write(each)
        with spool.content() as content:
            assert content[:] == b"".join(chunks)
            assert content.find(b"\2") == 2 * chunk
