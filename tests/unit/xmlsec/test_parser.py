from __future__ import annotations

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


def test_comments_are_dropped_and_the_text_around_them_is_one() -> None:
    root = parse(b"<!-- before --><a>ad<!-- in the middle -->min</a><!-- after -->")

    assert root.text == "admin"
    assert len(root) == 0


def test_a_byte_order_mark_is_passed_over() -> None:
    assert parse(b"\xef\xbb\xbf<a>\xc3\xb8</a>").text == "ø"


def test_the_caller_chooses_the_error() -> None:
    with pytest.raises(UnreadablePackageError):
        parse(b"<a>", refuse=UnreadablePackageError)
