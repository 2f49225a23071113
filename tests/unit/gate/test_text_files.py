"""Text files are read as editors and spreadsheets write them, or refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdp.gate import decoded

TEXT = "Blåbærsyltetøy, side 1\r\n"


@pytest.mark.parametrize(
    "written",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("cp1252"),
    ],
    ids=["UTF-8", "with a mark", "UTF-16", "UTF-16 the other way", "Windows-1252"],
)
def test_text_is_the_same_in_every_encoding_of_windows(written: bytes) -> None:
    assert decoded(written) == TEXT


@pytest.mark.parametrize(
    "written",
    [
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-32"),
        b"\xff\xfe\x00\xd8",
        b"\xff\xfea",
        b"a\0b",
        b"\x81\x8d",
    ],
    ids=["UTF-16 without a mark", "UTF-32", "half a pair", "half a character", "NUL", "none"],
)
def test_what_is_none_of_them_is_refused_with_the_rule(written: bytes) -> None:
    with pytest.raises(ValueError, match="must be text in UTF-8, UTF-16 with a byte order mark"):
        decoded(written)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_text_in_utf_8_comes_back(text: str) -> None:
    assert decoded(text.encode()) == text.removeprefix("\ufeff")
