from __future__ import annotations

from contextlib import suppress
from email.parser import BytesParser
from email.policy import HTTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdp.ebms.answers import soap_part
from sdp.ebms.sending import related
from sdp.errors import UnreadableAnswerError
from sdp.transport.request import HttpRequest
from tests.unit.ebms.counterpart import Package, body_of

TYPE = 'multipart/related; boundary="B"; type="application/soap+xml"; start="<root>"'


def part(content: str, *headers: str) -> str:
    return "\r\n".join(["--B", *headers, "", content, ""])


ROOT = part("<a/>", "Content-Type: application/soap+xml", "Content-ID: <root>")
OTHER = part("other", "Content-Type: text/plain", "Content-ID: <other>")


@given(envelope=st.binary(max_size=200), attachment=st.binary(max_size=5000))
def test_what_is_written_is_what_the_standard_library_reads(
    envelope: bytes, attachment: bytes
) -> None:
    body = related(envelope, "id@x", Package(attachment), "a-boundary")
    content = body_of(HttpRequest("POST", "", {}, body))

    assert content.startswith(b"--a-boundary\r\n")
    assert content.endswith(b"\r\n--a-boundary--\r\n")
    head, _, rest = content.partition(b"\r\n\r\n")
    assert rest.startswith(envelope + b"\r\n--a-boundary\r\n")
    _, _, rest = rest[len(envelope) :].partition(b"\r\n\r\n")
    assert rest.removesuffix(b"\r\n--a-boundary--\r\n") == attachment
    assert b"Content-Type: application/soap+xml" in head


def test_the_first_part_is_named_as_the_start() -> None:
    body = related(b"<a/>", "id@x", Package(b"cms"), "a-boundary")
    head = f"Content-Type: {body.content_type}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + b"".join(body.chunks()))

    root, attachment = message.iter_parts()
    assert message["Content-Type"].params["type"] == "application/soap+xml"
    assert message["Content-Type"].params["start"] == root["Content-ID"]
    assert attachment["Content-ID"] == "<id@x>"
    assert attachment.get_content_type() == "application/cms"


@pytest.mark.parametrize(
    "content_type", ["application/soap+xml", "APPLICATION/SOAP+XML; charset=UTF-8", "text/xml"]
)
def test_a_plain_answer_is_its_own_envelope(content_type: str) -> None:
    assert soap_part(content_type, b"<a/>") == b"<a/>"


@pytest.mark.parametrize("content_type", ["", "text/html", "application/json"])
def test_another_type_holds_no_envelope(content_type: str) -> None:
    assert soap_part(content_type, b"<a/>") is None


@pytest.mark.parametrize(
    "content",
    [
        f"{ROOT}--B--",
        f"{ROOT}--B--\r\n",
        f"a preamble\r\n{ROOT}--B--\r\nan epilogue",
        f"{OTHER}{ROOT}--B--",
        f"{ROOT}{OTHER}--B--",
    ],
)
def test_the_root_of_a_multipart_is_the_envelope(content: str) -> None:
    assert soap_part(TYPE, content.encode()) == b"<a/>"


def test_the_first_part_is_the_root_where_no_start_is_named() -> None:
    content_type = "multipart/related; boundary=B"

    assert soap_part(content_type, f"{ROOT}{OTHER}--B--".encode()) == b"<a/>"


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("multipart/related", f"{ROOT}--B--"),
        ("multipart/related; boundary=", f"{ROOT}--B--"),
        ("multipart/related; boundary=ø", f"{ROOT}--B--"),
        (TYPE, ""),
        (TYPE, ROOT),
        (TYPE, "--B--"),
        (TYPE, f"{ROOT}--B"),
        (TYPE, f"{OTHER}--B--"),
        (TYPE, "--B\r\nContent-ID: <root>\r\n--B--"),
        (TYPE, f"{ROOT.replace('soap+xml', 'json')}--B--"),
        (
            TYPE,
            f"{part('', 'Content-Type: text/xml', 'Content-ID: <root>', 'X: ' + 'x' * 20000)}--B--",
        ),
        (TYPE, f"{OTHER * 11}{ROOT}--B--"),
        (
            TYPE,
            ROOT.replace("Content-ID", "Content-Transfer-Encoding: base64\r\nContent-ID") + "--B--",
        ),
    ],
)
def test_a_multipart_without_a_readable_root_is_refused(content_type: str, content: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        soap_part(content_type, content.encode())


DEEP = "(" * 3000


@pytest.mark.parametrize(
    "content_type",
    [
        f"multipart/related; {DEEP}",
        f"multipart/related; boundary=B {DEEP}",
        f"application/soap+xml{DEEP}",
        "application/soap+xml (a comment)",
        "application/soap+xml; charset",
        'application/soap+xml; charset="utf-8',
        "application/soap+xml; charset=utf-8; charset=utf-16",
        "application/soap+xml; charset=utf-8 x",
        "application/soap+xml, text/html",
        "multipart/related; boundary*=utf-8''B",
        "application",
        "application/soap+xml; a=" + "x" * 2048,
        "application/soap+xml" + "; a=b" * 2000,
        "application/soap+xml;" + '"' * 5000,
        "=?utf-8?q?application/soap+xml?=",
        "application/søap+xml",
    ],
)
def test_a_content_type_of_another_form_is_refused(content_type: str) -> None:
    with pytest.raises(UnreadableAnswerError, match="no readable Content-Type"):
        soap_part(content_type, f"{ROOT}--B--".encode())


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/related;boundary=B",
        "multipart/related ; boundary=B ; type=text/xml;",
        'MULTIPART/Related; Boundary="\\B"; start="<root>"; start-info="a; b \\" c"',
        "multipart/related; start=<root>; boundary=B; type=application/xop+xml",
    ],
)
def test_content_types_as_servers_write_them_are_read(content_type: str) -> None:
    assert soap_part(content_type, f"{OTHER if 'oot' in content_type else ''}{ROOT}--B--".encode())


@pytest.mark.parametrize(
    "root",
    [
        part("<a/>", f"Content-Type: application/soap+xml{DEEP}", "Content-ID: <root>"),
        part("<a/>", "Content-Type: text/xml", f"Content-ID: {DEEP}"),
        part("<a/>", "Content-Type: text/xml", "Content-ID: <root>", "Content-ID: <root>"),
        part("<a/>", "Content-Type: text/xml", "Content-ID: <root>", "no header"),
        ROOT.replace("--B", "--BC"),
        part("<a/>", "Content-ID: <root>"),
    ],
)
def test_a_root_with_headers_of_another_form_is_refused(root: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        soap_part(TYPE, f"{root}--B--".encode())


def test_a_folded_header_is_one_header() -> None:
    folded = part("<a/>", "Content-Type: application/soap+xml;\r\n charset=utf-8")
    assert soap_part("multipart/related; boundary=B", f"{folded}--B--".encode()) == b"<a/>"


@given(content_type=st.text(max_size=60), content=st.binary(max_size=200))
def test_no_answer_makes_it_fail_in_any_other_way(content_type: str, content: bytes) -> None:
    for kind in (content_type, f"multipart/related; boundary={content_type}", TYPE):
        with suppress(UnreadableAnswerError):
            soap_part(kind, content)


@pytest.mark.parametrize(
    "content",
    [
        f"{ROOT}{OTHER * 10}--B--",
        f"{OTHER * 100_000}{ROOT}--B--",
        f"{'--B' * 1_000_000}--",
        part("<a/>", *(f"X-{n}: a" for n in range(10_000)), "Content-Type: text/xml"),
        part("<a/>", f"Content-Type: text/xml; a={'a' * 100_000}"),
    ],
    ids=["11 parts", "100 000 parts", "delimiters alone", "10 000 headers", "a long header"],
)
def test_more_than_ten_parts_or_16_kib_of_headers_are_refused(content: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        soap_part(TYPE, content.encode())
