from __future__ import annotations

import traceback

import pytest

from sdp.errors import UnreadableAnswerError, UnreadablePackageError
from sdp.xmlsec import parse

BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>
<a x="&c;">&c;</a>"""


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"   ",
        b"<a>",
        b"<a/><b/>",
        b"<a>&undeclared;</a>",
        b"<a \x00/>",
        b"<a>\xff</a>",
        "<a>ø</a>".encode("latin-1"),
        b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xf8</a>',
        "<a/>".encode("utf-16"),
        BOMB,
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>',
        b"<a><?target data?></a>",
        b'<?xml version="1.0"?><a><?target data?></a>',
        b'<?xml version="1.0"?><?target data?><a/>',
        b"<?target data?><a/>",
        b"<a/><?target data?>",
        b"<a>" * 65 + b"</a>" * 65,
        b"<a>" * 5000 + b"</a>" * 5000,
    ],
    ids=lambda document: repr(document[:30]),
)
def test_what_is_not_plain_xml_in_utf8_is_refused(document: bytes) -> None:
    with pytest.raises(UnreadableAnswerError):
        parse(document)


def test_a_document_type_hidden_in_another_encoding_is_refused() -> None:
    with pytest.raises(UnreadableAnswerError):
        parse(BOMB.decode().replace("?>", ' encoding="utf-16"?>', 1).encode("utf-16"))


def test_a_document_above_the_limit_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(UnreadableAnswerError, match="larger than 10 bytes"):
        parse(b"<<<<<<<<<<<", max_bytes=10)


def test_elements_may_be_64_deep() -> None:
    assert parse(b"<a>" * 64 + b"</a>" * 64).tag == "a"


def spread(what: str, count: int) -> str:
    return " ".join(f"{what}{number}='urn:u'" for number in range(count))


def nested(count: int) -> bytes:
    """Elements within each other, each with two namespaces of its own."""
    opened = (f"<a{n} xmlns:p{n}='urn:u' xmlns:q{n}='urn:u'>" for n in range(count))
    closed = (f"</a{n}>" for n in reversed(range(count)))
    return "".join((*opened, *closed)).encode()


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (f"<a {spread('xmlns:n', 65)}><b/></a>".encode(), "64 namespaces"),
        (nested(33), "64 namespaces"),
        (f"<a><b/><c {spread('d', 65)}/></a>".encode(), "64 attributes"),
        (b"<a>" + b"<b/>" * 20_001 + b"</a>", "20000 elements"),
        (b"<a>" * 64 + b"<b/>" + b"</a>" * 64, "64 elements deep"),
        (b"<a>" * 64 + b"<b></b>" + b"</a>" * 64, "64 elements deep"),
    ],
    ids=[
        *("namespaces of one", "namespaces of many", "attributes", "elements"),
        *("an empty element too deep", "an element too deep"),
    ],
)
def test_what_would_make_canonicalization_costly_is_refused(document: bytes, words: str) -> None:
    with pytest.raises(UnreadableAnswerError, match=f"more than {words}"):
        parse(document)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (f"<a {spread('d', 100_000)}/>".encode(), "more than 64 attributes"),
        (f"<a {spread('xmlns:n', 100_000)}/>".encode(), "more than 64 attributes"),
        (f"<a>'>\"<b\n{spread('d', 129)} /></a>".encode(), "more than 64 attributes"),
        (f"<a b = '{'x' * 16_385}'/>".encode(), "longer than 16384 bytes"),
        (f'<a b="1" c="{">" * 16_385}"/>'.encode(), "longer than 16384 bytes"),
        (f"<a b='1' c='{chr(34) * 16_385}'/>".encode(), "longer than 16384 bytes"),
        (f'<a xmlns="{"x" * 4_000_000}"/>'.encode(), "longer than 16384 bytes"),
    ],
    ids=["attributes", "namespaces", "after text", "a value", "another", "quotes", "a namespace"],
)
def test_crowded_and_long_tags_are_refused_before_they_are_parsed(
    document: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("sdp.xmlsec.parser.hardened_parser")
    with pytest.raises(UnreadableAnswerError, match=words):
        parse(document)


@pytest.mark.parametrize(
    "document",
    [
        f"<a {spread('xmlns:n', 64)}><b/></a>".encode(),
        nested(32),
        b"<a>" + b"<b xmlns:c='urn:u'/>" * 1000 + b"</a>",
        f"<a><b/><c {spread('d', 64)}/></a>".encode(),
        b"<a>" + b"<b>x</b>" * 19_999 + b"</a>",
        f"<a b='{'x' * 16_384}' c='{chr(34) * 16_384}'/>".encode(),
        f"<a>{chr(34) * 50_000}<b c='1'>{spread('d', 500)}</b></a>".encode(),
        f"<a><![CDATA[ {spread('d', 500)} {'x' * 50_000}]]></a>".encode(),
    ],
    ids=[
        *("namespaces of one", "namespaces of many", "not at once", "attributes", "elements"),
        *("long attributes", "quotes in text", "quotes in CDATA"),
    ],
)
def test_what_the_bounds_allow_is_read(document: bytes) -> None:
    assert parse(document).tag in {"a", "a0"}


def test_a_place_with_larger_documents_says_how_many_elements_they_may_have() -> None:
    document = b"<a>" + b"<b/>" * 30_000 + b"</a>"

    assert len(parse(document, max_elements=30_001)) == 30_000
    with pytest.raises(UnreadableAnswerError, match="more than 29000 elements"):
        parse(document, max_elements=29_000)


def test_no_error_carries_what_stands_in_the_document() -> None:
    name = f"fnr{1815800083}"
    with pytest.raises(UnreadableAnswerError) as refusal:
        parse(f"<a><{name}></b></a>".encode())

    assert refusal.value.__cause__ is None
    assert name not in "".join(traceback.format_exception(refusal.value))


def test_comments_are_dropped_and_the_text_around_them_is_one() -> None:
    root = parse(b"<!-- before --><a>ad<!-- in the middle -->min</a><!-- after -->")

    assert root.text == "admin"
    assert len(root) == 0


def test_a_byte_order_mark_is_passed_over() -> None:
    assert parse(b"\xef\xbb\xbf<a>\xc3\xb8</a>").text == "ø"


def test_the_caller_chooses_the_error() -> None:
    with pytest.raises(UnreadablePackageError):
        parse(b"<a>", refuse=UnreadablePackageError)
