"""The outcome of a send is accepted, refused or unknown, and never one for another."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from sdp.client import Client
from sdp.errors import (
    EbmsError,
    Fault,
    HttpStatusError,
    NotSentError,
    RefusedError,
    Retry,
    SoapFaultError,
    UnknownOutcomeError,
)
from sdp.testmiljo import (
    Delay,
    Ebms,
    LoseAnswer,
    RefuseWithEbms,
    RefuseWithSoapFault,
    RefuseWithStatus,
    SignWithStranger,
    Testmiljo,
    TruncateAnswer,
)
from sdp.testmiljo.faults.kinds import Fault as TestmiljoFault
from tests.e2e.client.conftest import Letters

LOSSES = [
    LoseAnswer(accepted=True),
    LoseAnswer(accepted=False),
    TruncateAnswer(at=0),
    TruncateAnswer(at=900),
    SignWithStranger(),
    RefuseWithStatus(500),
    RefuseWithStatus(502),
    RefuseWithStatus(503),
    RefuseWithStatus(504),
]


def refused(client: Client, letters: Letters, fault: TestmiljoFault) -> RefusedError:
    letters.miljo.faults.add(fault)
    with pytest.raises(RefusedError) as refusal:
        client.send(letters.digital())
    assert not letters.miljo.letters
    return refusal.value


class TestRefused:
    @pytest.mark.parametrize(
        ("error", "fault", "retry"),
        [
            (Ebms.FAILED_AUTHENTICATION, Fault.CLIENT, Retry.NEVER),
            (Ebms.POLICY_NONCOMPLIANCE, Fault.CLIENT, Retry.NEVER),
            (Ebms.OTHER, Fault.SERVER, Retry.LATER),
        ],
    )
    def test_an_ebms_error_knows_its_code_and_whose_fault_it_is(
        self, error: Ebms, fault: Fault, retry: Retry, client: Client, letters: Letters
    ) -> None:
        refusal = refused(client, letters, RefuseWithEbms(error, "ikke i dag"))
        assert isinstance(refusal, EbmsError)
        assert refusal.code == error.code
        assert refusal.description == "ikke i dag"
        assert (refusal.fault, refusal.retry) == (fault, retry)

    @pytest.mark.parametrize(
        ("code", "fault"), [("Sender", Fault.CLIENT), ("Receiver", Fault.SERVER)]
    )
    def test_a_fault_without_an_ebms_header(
        self, code: str, fault: Fault, client: Client, letters: Letters
    ) -> None:
        refusal = refused(client, letters, RefuseWithSoapFault(code, "nede"))
        assert isinstance(refusal, SoapFaultError)
        assert (refusal.code, refusal.reason, refusal.fault) == (code, "nede", fault)

    @pytest.mark.parametrize("status", [400, 401, 403, 404])
    def test_an_http_status_alone(self, status: int, client: Client, letters: Letters) -> None:
        refusal = refused(client, letters, RefuseWithStatus(status))
        assert isinstance(refusal, HttpStatusError)
        assert refusal.status == status
        assert (refusal.fault, refusal.retry) == (Fault.CLIENT, Retry.NEVER)
        assert refusal.remedy


class TestUnknown:
    @pytest.mark.parametrize("loss", LOSSES, ids=str)
    def test_no_answer_that_settles_the_matter_is_unknown_and_never_failure_or_success(
        self, loss: TestmiljoFault, client: Client, letters: Letters
    ) -> None:
        letters.miljo.faults.add(loss)
        with pytest.raises(UnknownOutcomeError) as unknown:
            client.send(letters.digital())
        assert unknown.value.retry is Retry.SAME_MESSAGE
        unknown.value.pending.close()

    @pytest.mark.parametrize("loss", LOSSES, ids=str)
    def test_sending_the_same_message_again_delivers_it_exactly_once(
        self, loss: TestmiljoFault, client: Client, miljo: Testmiljo, letters: Letters
    ) -> None:
        miljo.faults.add(loss)
        letter = letters.digital()
        with pytest.raises(UnknownOutcomeError) as unknown:
            client.send(letter)
        arrived_first_time = len(miljo.letters) == 1
        resultat = client.resend(unknown.value.pending)
        assert resultat.meldings_id == str(letter.meldings_id)
        assert resultat.already_received is arrived_first_time
        assert [found.meldings_id for found in miljo.letters] == [resultat.meldings_id]

    def test_a_repeat_can_be_lost_too_and_repeated_again(
        self, client: Client, miljo: Testmiljo, letters: Letters
    ) -> None:
        miljo.faults.add(LoseAnswer(accepted=False), times=2)
        with pytest.raises(UnknownOutcomeError) as first:
            client.send(letters.digital())
        with pytest.raises(UnknownOutcomeError) as second:
            client.resend(first.value.pending)
        assert not client.resend(second.value.pending).already_received
        assert len(miljo.letters) == 1

    def test_an_answer_after_the_timeout(
        self, client_with: Callable[..., Client], miljo: Testmiljo, letters: Letters
    ) -> None:
        client = client_with(changes={"read_timeout": 0.2})
        miljo.faults.add(Delay(1.0))
        with pytest.raises(UnknownOutcomeError) as unknown:
            client.send(letters.digital())
        unknown.value.pending.close()


class TestNotSent:
    def unused_port(self) -> int:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            return int(listener.getsockname()[1])

    def test_a_broker_that_is_down(
        self, client_with: Callable[..., Client], miljo: Testmiljo, letters: Letters
    ) -> None:
        url = f"https://localhost:{self.unused_port()}/"
        environment = miljo.environment().model_copy(update={"broker_url": url})
        client = client_with(changes={"environment": environment})
        with pytest.raises(NotSentError) as failure:
            client.send(letters.digital())
        assert failure.value.retry is Retry.LATER

    def test_a_broker_whose_tls_certificate_is_not_trusted(
        self, client_with: Callable[..., Client], miljo: Testmiljo, letters: Letters
    ) -> None:
        environment = miljo.environment().model_copy(update={"tls_ca": None})
        client = client_with(changes={"environment": environment})
        with pytest.raises(NotSentError, match="certificate"):
            client.send(letters.digital())
        assert not miljo.letters

    def test_the_letter_can_be_sent_again_as_it_is(
        self, client_with: Callable[..., Client], miljo: Testmiljo, letters: Letters
    ) -> None:
        letter = letters.digital()
        url = f"https://localhost:{self.unused_port()}/"
        environment = miljo.environment().model_copy(update={"broker_url": url})
        with pytest.raises(NotSentError):
            client_with(changes={"environment": environment}).send(letter)
        client_with().send(letter)
        assert len(miljo.letters) == 1
