"""What others write is shown without anything private, and can steer nothing."""

from __future__ import annotations

import random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdp.gate import escaped, known_phrase, presentable

FULLWIDTH = "".join(chr(0xFF10 + int(digit)) for digit in "01815800083")

PRIVATE = [
    ("01815800083", "01815800083"),
    ("fnr-01815800083", "01815800083"),
    ("01815800083-feil", "01815800083"),
    ("x01815800083y", "01815800083"),
    ("person 018158-00083", "00083"),
    ("person 018158.00083", "00083"),
    ("person 018158/00083", "00083"),
    ("person 018158\u00a000083", "00083"),
    ("person 018158\u201300083", "00083"),
    *((f"person 018158{between}00083", "00083") for between in (*"_:;,|*+~'\\\u2212", " - ", "  ")),
    ("(018158)00083", "00083"),
    ("01/815800083", "815800083"),
    ("01 81 58 00083", "00083"),
    (FULLWIDTH, FULLWIDTH),
    ("٠١٨١٥٨٠٠٠٨٣", "٠١٨١٥٨٠٠٠٨٣"),
    ("Mobil 91234567", "91234567"),
    ("Mobil 912 34 567", "912 34 567"),
    ("Mobil 91 23 45 67", "91 23 45 67"),
    ("+47 912 34 567", "912 34 567"),
    ("004791234567", "91234567"),
    ("konto 1234.56.78903", "78903"),
    ("kari@example.no", "kari"),
    ("kari%40example.no", "kari"),
    ("kari\uff20example.no", "kari"),
    ("kari%2540example.no", "kari"),
    ("kari&#64;example.no", "kari"),
    ("postkasse kari.nordmann#1234", "kari.nordmann"),
    ("postkasse kari.nordmann%231234", "kari.nordmann"),
    ("Basic a2FyaTpodW50ZXIy", "a2FyaTpodW50ZXIy"),
    ("authorization: bearer hemmelig", "hemmelig"),
    ("Bearer: hemmelig", "hemmelig"),
    ("passord: hemmelig", "hemmelig"),
    ('"client_secret": "hemmelig"', "hemmelig"),
    ("access_token=hemmelig&scope=a", "hemmelig"),
    ("token eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "eyJ"),
    ("token 0123456789abcdef0123456789abcdef", "0123456789abcdef"),
    ("nøkkel " + "abc" * 20, "abcabc"),
    ("601a9fcd-8bae-4076-a2d7-01815800083a1", "01815800083"),
    ("601a9fcd-8bae-4076-a2d7-37f9dd17e050-01815800083", "01815800083"),
]


@pytest.mark.parametrize(("words", "secret"), PRIVATE)
def test_what_is_private_is_masked_however_it_is_written(words: str, secret: str) -> None:
    assert secret not in presentable(words)
    assert "***" in presentable(f"Feil: {words}. Slutt")
    assert secret not in presentable(f"Feil:\t({words})\r\n")


@pytest.mark.slow
def test_no_whole_uuid_is_broken() -> None:
    of_chance = random.Random(2026)
    for _ in range(20_000):
        uuid = str(UUID(int=of_chance.getrandbits(128), version=4))
        words = f"Key (direction, message_uuid)=(OUT, {uuid}) already exists."
        assert presentable(words) == words
        assert presentable(uuid.upper()) == uuid.upper()


@pytest.mark.parametrize(
    "words",
    [
        "standardBusinessDocumentHeader is missing",
        "EBMS:0003 ValueInconsistent",
        "HTTP 503, try again in 120 seconds",
        "MP-112: invalid scope",
        "æøå ÆØÅ",
        "Consumer 889640782 has not delegated the scope to 991825827",
        "No such participant: 0192:991825827",
    ],
)
def test_what_is_neither_private_nor_opaque_is_left_as_it_is(words: str) -> None:
    assert presentable(words) == words


@pytest.mark.parametrize("words", [None, 1, b"abc", ["a"], {"a": 1}])
def test_what_is_no_text_says_nothing(words: object) -> None:
    assert presentable(words) == ""
    assert known_phrase(words) == ""


def test_half_a_secret_at_the_end_of_a_long_text_is_not_shown() -> None:
    shown = presentable("ord " * 999 + "x" * 3 + "0181580" * 3)
    assert len(shown) <= 500


@given(st.text())
def test_one_line_comes_of_anything_and_it_is_printable(words: str) -> None:
    shown = presentable(words)
    assert shown.isprintable()
    assert len(shown) <= 500
    assert presentable(shown).isprintable()


@given(st.text())
def test_nothing_escaped_can_steer_a_terminal(text: str) -> None:
    assert escaped(text).isprintable()
    assert escaped(text, keep_lines=True).replace("\n", "").isprintable()
    assert len(escaped(text)) == len(text)


@pytest.mark.parametrize("steering", ["\x1b", "\x7f", "\x9b", "\u202e", "\u2028", "\x85", "\r"])
def test_controls_and_directions_are_shown_as_unknown_characters(steering: str) -> None:
    assert escaped(f"a{steering}b", keep_lines=True) == "a\ufffdb"


@pytest.mark.parametrize(
    "phrase", ["ValueInconsistent", "invalid_grant", "Bad Gateway", "Sender", "duplicate messageid"]
)
def test_phrases_that_a_specification_writes_out_are_known(phrase: str) -> None:
    assert known_phrase(f" {phrase}\n") == phrase


@pytest.mark.parametrize("words", ["Ukjent person", "Bad Gateway til Kari", "", "Kari Nordmann"])
def test_no_other_words_are(words: str) -> None:
    assert known_phrase(words) == ""
