from __future__ import annotations

import pytest

from sdp.testmiljo.validators.mime import SoapRequest, take_apart
from sdp.testmiljo.validators.rejection import EbmsRejection, HttpRejection

CONTENT_TYPE = 'multipart/related; boundary=b; type="application/soap+xml"; start="<root>"'
ROOT = b"Content-Type: application/soap+xml\r\nContent-ID: <root>\r\n\r\n<xml/>"
PACKAGE = b"\r\n--a\r\n\x00\xff--b"


def body(*parts: bytes, end: bytes = b"--b--\r\n") -> bytes:
    return b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + end


def attachment(headers: bytes = b"Content-ID: <one@x>\r\nContent-Type: application/cms") -> bytes:
    return headers + b"\r\n\r\n" + PACKAGE


def test_an_attachment_comes_out_byte_for_byte() -> None:
    request = take_apart(CONTENT_TYPE, body(ROOT, attachment()))
    assert request.envelope == b"<xml/>"
    assert request.attachments["one@x"].content == PACKAGE
    assert request.attachments["one@x"].content_type == "application/cms"


def test_a_bare_envelope_is_taken_as_it_is() -> None:
    request = take_apart("application/soap+xml; charset=utf-8", b"<xml/>")
    assert request == SoapRequest(b"<xml/>", {})


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("text/plain", b"hello"),
        ("", b"hello"),
        ("multipart/related", body(ROOT)),
        (CONTENT_TYPE, b""),
        (CONTENT_TYPE, b"no boundary here"),
        (CONTENT_TYPE, body(ROOT, end=b"")),
        (CONTENT_TYPE, body(b"no blank line")),
        (CONTENT_TYPE, body(*[ROOT] * 20)),
        (CONTENT_TYPE, b"--b--\r\n"),
        (CONTENT_TYPE, b"--bx\r\n"),
    ],
)
def test_a_request_that_cannot_be_taken_apart_is_answered_400(
    content_type: str, content: bytes
) -> None:
    with pytest.raises(HttpRejection, match="HTTP 400"):
        take_apart(content_type, content)


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("multipart/related; boundary=b", body(ROOT)),
        (CONTENT_TYPE.replace("<root>", "<other>"), body(ROOT)),
        (CONTENT_TYPE, body(ROOT.replace(b"application/soap+xml", b"text/xml"))),
        (CONTENT_TYPE, body(ROOT, attachment(b"Content-Type: application/cms"))),
        (CONTENT_TYPE, body(ROOT, attachment(), attachment())),
        (CONTENT_TYPE, body(ROOT, attachment(b"Content-Transfer-Encoding: base64"))),
    ],
)
def test_a_request_put_together_against_the_profile_is_answered_0103(
    content_type: str, content: bytes
) -> None:
    with pytest.raises(EbmsRejection, match="EBMS:0103"):
        take_apart(content_type, content)
