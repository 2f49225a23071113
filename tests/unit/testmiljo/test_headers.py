"""Header fields read by patterns say what the `email` package makes of them."""

from __future__ import annotations

from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import HTTP

import pytest

from sdp.testmiljo.validators.headers import ContentType, PartHeaders

BLOCKS = {
    "an attachment": b"Content-Type: application/cms\r\nContent-ID: <a@b>\r\n"
    b"Content-Transfer-Encoding: binary\r\n",
    "an envelope": b'content-type: Application/SOAP+xml; charset="UTF-8"\r\nContent-ID: <root>\r\n',
    "a file of a form": b'Content-Disposition: form-data; name="dokumentpakke"; '
    b'filename="a.cms"\r\nContent-Type: application/cms\r\n',
    "a file named by its type": b'Content-Type: application/cms; name="a.cms"\r\n',
    "nothing": b"",
    "no value": b"Content-Type:\r\n",
    "two types": b"Content-Type: application/cms\r\nContent-Type: text/xml\r\n",
    "a type without a slash": b"Content-Type: cms\r\n",
    "a type with two slashes": b"Content-Type: a/b/c\r\n",
    "a folded line": b"Content-Type: application/cms;\r\n name=a\r\n",
    "a comment": b"Content-Type: application/cms (a comment)\r\n",
    "an escape": b'Content-Disposition: form-data; name="a\\"b"\r\n',
    "an encoded word": b'Content-Disposition: form-data; name="=?utf-8?q?a?="\r\n',
    "an extended parameter": b"Content-Disposition: form-data; name*=utf-8''a; filename*0=a\r\n",
    "a parameter twice": b"Content-Disposition: form-data; name=a; name=b\r\n",
    "spaces in a quoted name": b'Content-Disposition: form-data; name="a  b"\r\n',
    "space around": b"Content-ID:   <a@b>  \r\n",
    "an id in two words": b"Content-ID: <a> <b>\r\n",
    "letters outside ASCII": "Content-Disposition: form-data; name=æ\r\n".encode("latin-1"),
    "a line without a colon": b"Content-Type: application/cms\r\nhello\r\n",
    "a bare line feed": b"Content-Type: application/cms\nContent-ID: <a>\r\n",
    "another encoding": b"Content-Transfer-Encoding: Base64\r\n",
}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_the_fields_of_a_part_are_those_that_the_email_package_reads(block: bytes) -> None:
    block += b"\r\n"
    message = BytesHeaderParser(policy=HTTP).parsebytes(block)
    name = message.get_param("name", header="Content-Disposition")
    assert PartHeaders.read(block) == PartHeaders(
        content_type=message.get_content_type(),
        content_id=str(message.get("Content-ID", "")).strip().strip("<>"),
        encoding=str(message.get("Content-Transfer-Encoding", "binary")).lower(),
        disposition=message.get_content_disposition() or "",
        name=name if isinstance(name, str) else None,
        has_filename=message.get_filename() is not None,
    )


@pytest.mark.parametrize(
    "text",
    [
        "application/soap+xml",
        "application/soap+xml; charset=utf-8",
        'Multipart/Related; Boundary="a.b"; type="application/soap+xml"; start="<root@x>"',
        "multipart/form-data; boundary=0123",
        'multipart/form-data; boundary=""',
        'multipart/form-data; boundary="a b"',
        "multipart/form-data; boundary=a; boundary=b",
        "multipart/form-data;boundary=a ; x",
        "multipart/form-data (comment); boundary=a",
        "multipart/form-data; boundary*=utf-8''a",
        "multipart",
        "a/b/c; d=e",
        "",
    ],
)
def test_a_content_type_is_the_one_that_the_email_package_reads(text: str) -> None:
    message = EmailMessage(policy=HTTP)
    message["Content-Type"] = text
    told = ContentType.read(text)
    assert told.media_type == message.get_content_type()
    assert dict(told.parameters) == dict(message["Content-Type"].params)
