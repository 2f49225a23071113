"""Clients that ask the environment whether its certificates are revoked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Literal

import httpx
import pytest
from cryptography import x509

from sdp import CertificateError, Client, Kvittering, UnknownOutcomeError
from sdp.errors import CertificateProblem
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.faults.kinds import FailRevocation, RevocationFault
from sdp.wire import SetAside
from tests.e2e.client.conftest import Letters
from tests.e2e.outbox.processes import until

Connect = Callable[[Literal["soft", "hard"]], Client]


@pytest.fixture
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


@pytest.fixture
def letters(miljo: Testmiljo) -> Letters:
    return Letters(miljo)


@pytest.fixture(params=("ebms", "dpi"))
def connect(miljo: Testmiljo, request: pytest.FixtureRequest) -> Connect:
    wire = request.param
    return lambda revocation: Client(miljo.client_config(wire=wire, revocation=revocation))


def receipts(client: Client) -> tuple[list[Kvittering], list[SetAside]]:
    aside: list[SetAside] = []
    return list(client.receipts(on_set_aside=aside.append)), aside


def sent(miljo: Testmiljo) -> list[str]:
    """List where anything was sent, leaving out what is asked about first."""
    asked = ("/krr/", "/maskinporten/")
    return [each.path for each in miljo.journal.exchanges if not each.path.startswith(asked)]


def test_letters_and_receipts_pass_where_every_certificate_must_be_known_to_be_good(
    connect: Connect, letters: Letters, miljo: Testmiljo
) -> None:
    with connect("hard") as client:
        client.send(letters.digital())
        client.send(letters.fysisk())
        got, aside = receipts(client)

    assert sorted(type(each).__name__ for each in got) == [
        "Leveringskvittering",
        "Leveringskvittering",
        "Mottakskvittering",
        "Mottakskvittering",
    ]
    assert not aside
    assert len(miljo.letters) == 2


@pytest.mark.parametrize("policy", ["soft", "hard"])
def test_nothing_is_sent_to_a_mailbox_whose_certificate_is_revoked(
    connect: Connect, letters: Letters, miljo: Testmiljo, policy: Literal["soft", "hard"]
) -> None:
    miljo.revocation.revoke(miljo.postkasse.actor.certificate, x509.ReasonFlags.key_compromise)
    with connect(policy) as client, pytest.raises(CertificateError) as refusal:
        client.send(letters.digital())

    assert refusal.value.problem is CertificateProblem.REVOKED
    assert sent(miljo) == []


def test_a_receipt_that_is_signed_with_a_revoked_certificate_is_set_aside(
    connect: Connect, letters: Letters, miljo: Testmiljo
) -> None:
    with connect("hard") as client:
        client.send(letters.digital())
    miljo.revocation.revoke(miljo.postkasse.actor.certificate)
    with connect("hard") as client:
        got, (aside,) = receipts(client)

    assert not got
    assert isinstance(aside.reason, CertificateError)
    assert aside.reason.problem is CertificateProblem.REVOKED


def test_the_word_of_a_broker_whose_certificate_is_revoked_proves_nothing(
    letters: Letters, miljo: Testmiljo
) -> None:
    miljo.revocation.revoke(miljo.broker.actor.certificate)
    with (
        Client(miljo.client_config(revocation="hard")) as client,
        pytest.raises(UnknownOutcomeError, match="revoked"),
    ):
        client.send(letters.digital())


def test_when_nobody_answers_hard_sends_nothing_and_soft_sends(
    connect: Connect, letters: Letters, miljo: Testmiljo
) -> None:
    miljo.faults.add(FailRevocation(RevocationFault.DOWN), times=None)
    with pytest.raises(CertificateError) as refusal, connect("hard") as client:
        client.send(letters.digital())
    assert refusal.value.problem is CertificateProblem.REVOCATION_UNREACHABLE
    assert sent(miljo) == []

    with connect("soft") as client:
        client.send(letters.digital())
    assert len(miljo.letters) == 1


def test_a_client_that_is_not_told_to_asks_nobody(letters: Letters, miljo: Testmiljo) -> None:
    assert miljo.client_config().environment.revocation == "off"
    miljo.revocation.revoke(miljo.postkasse.actor.certificate)
    with Client(miljo.client_config()) as client:
        client.send(letters.digital())


def test_nobody_answers_once_the_environment_is_closed() -> None:
    before = set(threading.enumerate())
    with Testmiljo.start() as miljo:
        url = miljo.ca.ocsp_url
        assert url is not None
        assert (
            httpx.post(url, content=b"", trust_env=False).headers["content-type"]
            == "application/ocsp-response"
        )

    until(lambda: set(threading.enumerate()) <= before)  # idle ones need a moment to end
    with pytest.raises(httpx.ConnectError):
        httpx.post(url, content=b"", trust_env=False)


def test_an_environment_that_cannot_start_leaves_no_responder_behind() -> None:
    before = set(threading.enumerate())
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        Testmiljo.start(port=taken.getsockname()[1])

    assert set(threading.enumerate()) <= before
