from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdp.ebms.answers import SilentAnswer, classify
from sdp.errors import EbmsError, HttpStatusError, UnreadableAnswerError, WireError
from sdp.transport.request import HttpResponse
from tests.unit.ebms.counterpart import SOAP

ENVELOPE = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:e="http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"><s:Header>
 <e:Messaging>{}</e:Messaging></s:Header><s:Body/></s:Envelope>"""


def answer(messaging: str, status: int = 200) -> HttpResponse:
    return HttpResponse(status, SOAP, ENVELOPE.format(messaging).encode())


def error(severity: str, code: str = "EBMS:0004") -> str:
    return f'<e:SignalMessage><e:Error errorCode="{code}" severity="{severity}"/></e:SignalMessage>'


def test_no_content_is_silence() -> None:
    assert classify(HttpResponse(202, {}, b" \r\n")) == SilentAnswer()


@pytest.mark.parametrize("severity", ["failure", "error", "", "WARNING!"])
def test_every_error_but_a_warning_goes_before_a_message(severity: str) -> None:
    with pytest.raises(EbmsError, match="EBMS:0004"):
        classify(answer(f"{error(severity)}<e:UserMessage/>"))


def test_the_first_failure_is_told_though_warnings_come_before_it() -> None:
    with pytest.raises(EbmsError) as caught:
        classify(answer(error("warning", "EBMS:0006") + error("failure", "EBMS:0101")))

    assert caught.value.code == "EBMS:0101"


def test_a_failing_status_is_told_though_the_content_is_half() -> None:
    with pytest.raises(HttpStatusError, match="503"):
        classify(HttpResponse(503, SOAP, b"<half"))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30),
        (
            {
                "retry-after": "Mon, 23 Nov 2026 12:00:40 GMT",
                "date": "Mon, 23 Nov 2026 12:00:00 GMT",
            },
            40,
        ),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:40 GMT"}, None),
        ({"retry-after": "snart"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("content", [b"", b"<html>", b"<half"])
def test_how_long_to_wait_is_passed_on(
    headers: dict[str, str], seconds: float | None, content: bytes
) -> None:
    with pytest.raises(HttpStatusError) as caught:
        classify(HttpResponse(503, headers, content))
    assert caught.value.retry_after == seconds


def test_a_failing_status_is_told_though_the_content_looks_like_success() -> None:
    with pytest.raises(HttpStatusError, match="500"):
        classify(answer("<e:UserMessage/>", status=500))


def test_an_empty_header_is_not_an_answer() -> None:
    with pytest.raises(UnreadableAnswerError, match="neither a receipt nor a message"):
        classify(answer(""))


def test_long_words_of_the_broker_are_cut() -> None:
    long = (
        f'<e:SignalMessage><e:Error errorCode="{"9" * 9000}" severity="failure"/></e:SignalMessage>'
    )

    with pytest.raises(EbmsError) as caught:
        classify(answer(long))

    assert len(str(caught.value)) < 2000


@given(status=st.integers(100, 599), content=st.binary(max_size=300), soap=st.booleans())
def test_garbage_is_always_an_error_of_the_wire(status: int, content: bytes, soap: bool) -> None:
    with suppress(WireError):
        assert classify(HttpResponse(status, SOAP if soap else {}, content)) == SilentAnswer()
