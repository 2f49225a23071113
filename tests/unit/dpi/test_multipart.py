from __future__ import annotations

from sdp.dpi.sending import form
from sdp.transport.request import gathered
from tests.unit.ebms.counterpart import Package


def test_the_package_is_passed_on_piece_by_piece() -> None:
    package = Package(b"\x30\x80" * 256 * 1024)
    body = form(b"a.b.c", package, "grense")

    before, *pieces, after = body.chunks()

    assert pieces == list(package.chunks())
    assert before.endswith(b"\r\n\r\n")
    assert after == b"\r\n--grense--\r\n"


def test_a_small_package_goes_in_one_piece_with_what_is_around_it() -> None:
    package = Package()

    [whole] = gathered(form(b"a.b.c", package, "grense"), 64 * 1024)

    assert whole.endswith(b"\r\n\r\n" + package.content + b"\r\n--grense--\r\n")


def test_the_length_is_known_beforehand_and_exact() -> None:
    body = form(b"a.b.c", Package(), "grense")

    assert body.length == sum(map(len, body.chunks()))


def test_a_form_shows_none_of_its_content() -> None:
    assert "a.b.c" not in repr(form(b"a.b.c", Package(), "grense"))
