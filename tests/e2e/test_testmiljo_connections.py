"""The one port of the environment: with TLS and without, and connections that break."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from sdp import Client
from sdp.domain import DigitalForsendelse
from sdp.errors import ConfigurationError, UnknownOutcomeError
from sdp.testmiljo import CutRequest, Testmiljo, Traffic, TruncateAnswer
from sdp.testmiljo.environment import AVSENDER
from sdp.testmiljo.server import Listener, ServerThread

Letter = Callable[..., DigitalForsendelse]


@pytest.fixture
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


def _everything_that_comes(miljo: Testmiljo, request: bytes) -> bytes:
    context = ssl.create_default_context(cafile=str(miljo.environment().tls_ca))
    came = b""
    with (
        socket.create_connection(("localhost", miljo.port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(request)
        try:
            while more := connection.recv(65536):
                came += more
        except ssl.SSLEOFError:
            pass
    return came


_ASK = b"GET /dpi/messages/in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("at", [0, 1, 20, 200])
def test_an_answer_is_cut_after_so_many_bytes_head_and_body(miljo: Testmiljo, at: int) -> None:
    miljo.faults.add(TruncateAnswer(at))

    came = _everything_that_comes(miljo, _ASK)

    assert len(came) == at
    assert came == b"HTTP/1.1 401 Unauthorized\r\n"[:at] or at > 27


@pytest.mark.parametrize("wire", ["ebms", "dpi"])
def test_an_answer_that_is_cut_leaves_the_sender_in_doubt_on_either_wire(
    miljo: Testmiljo, digital_forsendelse: Letter, wire: str
) -> None:
    miljo.faults.add(TruncateAnswer(10), on=Traffic.LETTER)
    with Client(miljo.client_config(wire=wire)) as client:  # type: ignore[arg-type]
        with pytest.raises(UnknownOutcomeError) as lost:
            client.send(digital_forsendelse(mottaker=miljo.innbygger()))
        assert client.resend(lost.value.pending).already_received
    assert len(miljo.letters) == 1


@pytest.mark.parametrize("wire", ["ebms", "dpi"])
def test_a_request_that_is_cut_is_not_accepted_and_the_same_one_is(
    miljo: Testmiljo, digital_forsendelse: Letter, wire: str
) -> None:
    miljo.faults.add(CutRequest(2000), on=Traffic.LETTER)
    with Client(miljo.client_config(wire=wire)) as client:  # type: ignore[arg-type]
        with pytest.raises(UnknownOutcomeError) as lost:
            client.send(digital_forsendelse(mottaker=miljo.innbygger()))
        assert miljo.letters == ()
        assert not client.resend(lost.value.pending).already_received
    assert len(miljo.letters) == 1
    [cut] = [each for each in miljo.journal.exchanges if each.is_cut]
    assert cut.status is None
    assert cut.remarks == ("went wrong on demand: CutRequest(2000)",)


def test_faults_before_a_cut_happen_before_it(miljo: Testmiljo) -> None:
    miljo.faults.add(TruncateAnswer(5))
    miljo.faults.add(CutRequest(0))

    assert len(_everything_that_comes(miljo, _ASK)) == 5
    assert _everything_that_comes(miljo, _ASK) == b""
    assert miljo.faults.waiting == ()


def test_revocation_is_served_over_plain_http_on_the_same_port(miljo: Testmiljo) -> None:
    root = f"http://127.0.0.1:{miljo.port}"

    answer = httpx.get(f"{root}/pki/crl/issuing.crl", trust_env=False)
    elsewhere = httpx.get(f"{root}/web/", trust_env=False)
    posted = httpx.post(f"{root}/api/", content=b"x", trust_env=False)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pkix-crl"
    assert elsewhere.status_code == 307
    assert elsewhere.headers["location"] == f"https://localhost:{miljo.port}/web/"
    assert posted.status_code == 400
    assert miljo.journal.exchanges == ()


def test_who_says_nothing_keeps_nobody_waiting(miljo: Testmiljo) -> None:
    with socket.create_connection(("localhost", miljo.port)):
        assert _everything_that_comes(
            miljo, _ASK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        )


def test_a_kept_environment_comes_back_at_its_own_port_alone(tmp_path: Path) -> None:
    state = tmp_path / "testmiljo.db"
    with Testmiljo.start(state=state) as miljo:
        port = miljo.port
    with Testmiljo.start(state=state) as again:
        assert again.port == port
    with pytest.raises(ConfigurationError, match=f"at port {port}"):
        Testmiljo.start(state=state, port=port - 1)


@pytest.mark.parametrize(
    ("address", "subject"),
    [
        ("/dpi/messages/out", "a letter"),
        (f"/api/9908:{AVSENDER}/9908:{AVSENDER}", "a letter"),
        ("/maskinporten/token", "a token of Maskinporten"),
        ("/krr/rest/v2/personer", "a question to the contact register"),
        ("/krr/ws-v5", "a question to the contact register"),
        ("/api-test/people", "a page or a question beside the traffic"),
    ],
)
def test_a_client_that_is_killed_within_a_request_leaves_one_line_and_no_traceback(
    miljo: Testmiljo, caplog: pytest.LogCaptureFixture, address: str, subject: str
) -> None:
    _leave_within(
        miljo, f"POST {address} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n\r\nabc"
    )

    _until(lambda: bool(caplog.records))
    miljo.close()
    [line] = [record.getMessage() for record in caplog.records]
    assert line == f"a client went away before its request was whole: {subject}"
    assert not any(record.exc_info for record in caplog.records)


def test_a_request_that_its_client_left_stands_in_the_journal_as_cut(miljo: Testmiljo) -> None:
    _leave_within(
        miljo, "POST /dpi/messages/out HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na"
    )

    _until(lambda: bool(miljo.journal.exchanges))
    [exchange] = miljo.journal.exchanges
    assert exchange.is_cut
    assert exchange.remarks == ("the client went away before its request was whole",)


def test_answers_leave_at_once_and_wait_for_no_acknowledgement() -> None:
    listener = Listener()
    asked: list[int] = []

    async def app(scope: Scope, _: Receive, send: Send) -> None:
        accepted = scope["state"]["connection"].get_extra_info("socket")
        asked.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    server = ServerThread(app, listener, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    try:
        httpx.get(f"http://127.0.0.1:{listener.port}/", trust_env=False)
    finally:
        server.stop()
    assert asked == [1]


def _leave_within(miljo: Testmiljo, request: str) -> None:
    """Send part of a request and be gone, as whoever is killed."""
    context = ssl.create_default_context(cafile=str(miljo.environment().tls_ca))
    with (
        socket.create_connection(("localhost", miljo.port)) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as connection,
    ):
        # What is unread when a connection closes takes what was sent last with it.
        connection.sendall(b"GET /web/icon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(request.encode())


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen within ten seconds"
        time.sleep(0.01)
