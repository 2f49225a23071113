from __future__ import annotations

import pytest
from hypothesis import given

from sdp import domain
from sdp.errors import InvalidInputError
from tests.strategies import filnavn


def named(name: str) -> domain.Dokument:
    return domain.Dokument.from_bytes(b"x", filnavn=name, mime_type="application/pdf")


@given(filnavn())
def test_a_safe_name_is_kept_as_it_is(name: str) -> None:
    assert named(name).filnavn == name


@pytest.mark.parametrize("length", [4, 100])
def test_names_of_four_and_a_hundred_characters_are_accepted(length: int) -> None:
    assert len(named("ø" * length).filnavn) == length


@pytest.mark.parametrize("length", [1, 3, 101])
def test_names_shorter_than_four_or_longer_than_a_hundred_are_refused(length: int) -> None:
    with pytest.raises(InvalidInputError, match=f"must be 4 to 100 characters; it is {length}"):
        named("ø" * length)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("/etc/passwd.pdf", "plain file name"),
        ("mappe/brev.pdf", "plain file name"),
        ("mappe\\brev.pdf", "plain file name"),
        ("C:brev.pdf", "plain file name"),
        ("../brev.pdf", "plain file name"),
        ("..brev.pdf", "two dots"),
        ("brev..pdf", "two dots"),
        ("brev\n.pdf", "control characters"),
        ("brev\x7f.pdf", "control characters"),
        ("brev\x85.pdf", "control characters"),
        ("brev\x00.pdf", "U\\+0000"),
        ("brev\u202efdp.exe", "direction of writing"),
        (" brev.pdf", "space or a dot"),
        ("brev.pdf ", "space or a dot"),
        ("brev.pdf\u00a0", "space or a dot"),
        (".brev.pdf", "space or a dot"),
        ("brev.pdf.", "space or a dot"),
        ("CON.pdf", "Windows device"),
        ("con .pdf", "Windows device"),
        ("lpt1.tar.pdf", "Windows device"),
        ("COM¹.pdf", "Windows device"),
        ("conin$", "Windows device"),
        ("manifest.xml", "the package itself"),
        ("Manifest.XML", "the package itself"),
        ("mimetype", "the package itself"),
        ("META-INF", "the package itself"),
        ("META-INF/signatures.xml", "plain file name"),
    ],
)
def test_a_dangerous_name_is_refused_with_its_rule(name: str, rule: str) -> None:
    with pytest.raises(InvalidInputError, match=f"filnavn: .*{rule}"):
        named(name)


@pytest.mark.parametrize(
    "name",
    ["console.pdf", "com10.pdf", "signatures.xml", "brev (1).pdf", "a&b=c%20#1.pdf", "é.pdf"],
)
def test_a_name_that_only_resembles_a_dangerous_one_is_accepted(name: str) -> None:
    assert named(name).filnavn == name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("brev.pdf", "BREV.PDF"),
        ("å.pdf", "a\u030a.pdf"),
        ("Å.pdf", "a\u030a.PDF"),
        ("ß.pdf", "SS.pdf"),
    ],
)
def test_names_a_receiver_could_confuse_share_a_key(one: str, other: str) -> None:
    assert domain.collision_key(one) == domain.collision_key(other)
