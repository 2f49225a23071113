"""JSON that two readers would read differently is read by none of ours."""

from __future__ import annotations

import json
import traceback
import tracemalloc
from collections.abc import Callable
from datetime import datetime

import pytest

from sdp.dpi.answers import read_json as read_answer
from sdp.dpi.reading import read_document
from sdp.errors import UnreadableAnswerError
from sdp.jose import MOST_VALUES, read_json, verify
from sdp.krr.rest.reading import read_personer
from sdp.maskinporten.token_endpoint import read_token
from sdp.pki import TrustStore
from sdp.transport.request import HttpResponse
from tests.unit.jose.test_jose import encoded

TOKEN = b'{"access_token": "a", "token_type": "Bearer", "expires_in": 119, "personer": []}'
WRONG = {
    "a name twice": TOKEN.replace(b"{", b'{"access_token": "b", "personer": [], '),
    "a name twice within": TOKEN.replace(b"[]", b'[{"a": 1, "a": 2}]'),
    "UTF-16": TOKEN.decode().encode("utf-16"),
    "UTF-16 without a mark": TOKEN.decode().encode("utf-16-le"),
    "two byte order marks": b"\xef\xbb\xbf" * 2 + TOKEN,
    "latin-1": TOKEN.replace(b'"a"', b'"\xe6"'),
    "NaN": TOKEN.replace(b"[]", b"[NaN]"),
    "too deep": TOKEN.replace(b"[]", b"[" * 100_000 + b"]" * 100_000),
    "a number too long": TOKEN.replace(b"119", b"9" * 100_000),
    "nothing": b" ",
}


@pytest.fixture
def readers(trust: TrustStore, moment: datetime) -> dict[str, Callable[[bytes], object]]:
    def header(content: bytes) -> object:
        return verify(f"{encoded(content)}.e30.e30", trust=trust, moment=moment)

    return {
        "document": read_document,
        "register": read_personer,
        "answer": lambda content: read_answer(HttpResponse(200, {}, content)),
        "token": lambda content: read_token(HttpResponse(200, {}, content), moment),
        "header": header,
    }


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("place", ["document", "register", "answer", "token", "header"])
def test_what_others_would_read_differently_is_refused(
    wrong: str, place: str, readers: dict[str, Callable[[bytes], object]]
) -> None:
    content = WRONG[wrong]
    if place == "header":
        content = content.replace(b"{", b'{"alg": "RS256", ', 1)
    words = "header of the token cannot be read" if place == "header" else None
    with pytest.raises(UnreadableAnswerError, match=words):
        readers[place](content)


@pytest.mark.parametrize("place", ["document", "register", "answer", "token"])
def test_what_all_read_alike_is_read(
    place: str, readers: dict[str, Callable[[bytes], object]]
) -> None:
    readers[place](TOKEN)


@pytest.mark.parametrize("place", ["register", "answer", "token"])
def test_a_byte_order_mark_before_an_answer_is_passed_over(
    place: str, readers: dict[str, Callable[[bytes], object]]
) -> None:
    readers[place](b"\xef\xbb\xbf" + TOKEN)


@pytest.mark.parametrize("place", ["document", "header"])
def test_a_byte_order_mark_in_what_is_signed_is_refused(
    place: str, readers: dict[str, Callable[[bytes], object]]
) -> None:
    with pytest.raises(UnreadableAnswerError):
        readers[place](b"\xef\xbb\xbf" + TOKEN.replace(b"{", b'{"alg": "RS256", ', 1))


def test_no_error_repeats_what_was_read() -> None:
    secret = f"hemmelig{1 + 1}"
    with pytest.raises(ValueError, match="alike") as refusal:
        read_json(json.dumps([secret]).encode()[:-1])
    shown = "".join(traceback.format_exception(refusal.value))
    assert secret not in shown
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize(
    "number", ["1e400", "-1e400", "1e300", "1" + "0" * 4000, "-1", "0", "1e18", "true", '"1e5"']
)
def test_a_number_that_no_clock_counts_to_is_refused(number: str, moment: datetime) -> None:
    with pytest.raises(UnreadableAnswerError):
        read_token(HttpResponse(200, {}, TOKEN.replace(b"119", number.encode())), moment)
    for name in ("iat", "exp"):
        answer = f'{{"personer": [], "{name}": {number}}}'.encode()
        with pytest.raises(UnreadableAnswerError):
            read_personer(answer, moment=moment)


@pytest.mark.parametrize("value", [b"1", b"[]", b"{}", b'{"a":1}', b'""'])
@pytest.mark.parametrize("place", ["document", "register", "answer", "token"])
def test_what_would_fill_memory_is_refused_before_it_is_parsed(
    place: str, value: bytes, readers: dict[str, Callable[[bytes], object]]
) -> None:
    many = TOKEN.replace(b"[]", b"[" + value + (b"," + value) * MOST_VALUES + b"]")
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableAnswerError):
            readers[place](many)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2 * len(many)
