"""The one port of the environment: with TLS and without, and connections that break."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from sdp import Client
from sdp.domain import DigitalForsendelse
from sdp.errors import ConfigurationError, UnknownOutcomeError
from sdp.testmiljo import CutRequest, Testmiljo, Traffic, TruncateAnswer

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
