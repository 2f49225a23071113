"""A letter is checked, packed and sent; its package lives on only where its fate is unknown."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from sdp.domain import Brev, DigitalForsendelse, DigitalPost, Mottaker, TekniskMottaker
from sdp.errors import (
    CertificateError,
    InvalidInputError,
    NotSentError,
    ProblemError,
    RecipientUnreachableError,
    Retry,
    SdpError,
    UnknownOutcomeError,
)
from sdp.pki import Identity
from sdp.wire import PendingMessage
from tests.conftest import POSTEN
from tests.unit.operations.stage import KARI, Stage, registered

Digital = Callable[..., DigitalForsendelse]


def lost(pending: PendingMessage) -> UnknownOutcomeError:
    return UnknownOutcomeError("No answer came.", pending=pending)


def refused(_: PendingMessage) -> ProblemError:
    return ProblemError(403)


def unreached(_: PendingMessage) -> NotSentError:
    return NotSentError("Nobody there.")


def send(stage: Stage, forsendelse: Any, *, repeated: bool = False) -> Any:
    return stage.driver.run(stage.sending.send(forsendelse, repeated=repeated))


class TestTheRegister:
    def test_it_is_asked_itself_about_whoever_a_digital_letter_is_to(
        self, stage: Stage, digital_forsendelse: Digital
    ) -> None:
        send(stage, digital_forsendelse())

        assert stage.register.asked == [(KARI,)]

    def test_an_address_that_it_does_not_name_is_refused_before_anything_is_packed(
        self, stage: Stage, digital_forsendelse: Digital, postkasse_identity: Identity
    ) -> None:
        mottaker = Mottaker(
            personidentifikator=KARI,
            postkasseadresse="en.annen#1",
            postkasse=TekniskMottaker(
                organisasjonsnummer=POSTEN, sertifikat=postkasse_identity.certificate
            ),
        )

        with pytest.raises(InvalidInputError, match=r"The address of the letter"):
            send(stage, digital_forsendelse(mottaker=mottaker))

        assert stage.wire.sent == []

    def test_somebody_who_has_opted_out_gets_no_digital_letter(
        self, stage: Stage, digital_forsendelse: Digital, postkasse_identity: Identity
    ) -> None:
        stage.register.people[KARI] = registered(
            postkasse_identity, stage.driver.moment, reservert=True
        )

        with pytest.raises(RecipientUnreachableError):
            send(stage, digital_forsendelse())

        assert stage.wire.sent == []

    def test_it_is_not_asked_about_a_printed_letter(
        self, stage: Stage, fysisk_forsendelse: Callable[..., Any]
    ) -> None:
        assert send(stage, fysisk_forsendelse()).package_size > 0
        assert stage.register.asked == []


class TestThePackage:
    def test_it_is_let_go_of_when_the_letter_is_accepted(
        self, stage: Stage, digital_forsendelse: Digital
    ) -> None:
        send(stage, digital_forsendelse())

        assert stage.wire.packages[0].is_closed

    @pytest.mark.parametrize("failure", [refused, unreached])
    def test_it_is_let_go_of_when_the_letter_is_certainly_not_accepted(
        self, stage: Stage, digital_forsendelse: Digital, failure: Callable[..., Any]
    ) -> None:
        stage.wire.failures.append(failure)

        with pytest.raises((ProblemError, NotSentError)):
            send(stage, digital_forsendelse())

        assert stage.wire.packages[0].is_closed

    def test_it_lives_on_in_the_pending_message_when_nobody_knows(
        self, stage: Stage, digital_forsendelse: Digital
    ) -> None:
        stage.wire.failures.append(lost)

        with pytest.raises(UnknownOutcomeError) as caught:
            send(stage, digital_forsendelse())

        assert not stage.wire.packages[0].is_closed
        caught.value.pending.close()


class TestSendingAgain:
    def pending(self, stage: Stage, forsendelse: DigitalForsendelse) -> Any:
        stage.wire.failures.append(lost)
        with pytest.raises(UnknownOutcomeError) as caught:
            send(stage, forsendelse)
        return caught.value.pending

    def resend(self, stage: Stage, pending: Any) -> Any:
        return stage.driver.run(stage.sending.resend(pending))

    def test_the_very_same_message_goes_and_is_closed_when_its_fate_is_known(
        self, stage: Stage, digital_forsendelse: Digital
    ) -> None:
        pending = self.pending(stage, digital_forsendelse())

        resultat = self.resend(stage, pending)

        assert stage.wire.resent == [pending]
        assert resultat.meldings_id == str(pending.meldings_id)
        assert pending.package.is_closed

    @pytest.mark.parametrize("failure", [lost, unreached])
    def test_it_can_go_again_while_nobody_knows(
        self, stage: Stage, digital_forsendelse: Digital, failure: Callable[..., Any]
    ) -> None:
        pending = self.pending(stage, digital_forsendelse())
        stage.wire.failures.append(failure)

        with pytest.raises((UnknownOutcomeError, NotSentError)):
            self.resend(stage, pending)

        assert not pending.package.is_closed
        self.resend(stage, pending)
        assert pending.package.is_closed

    @pytest.mark.parametrize(
        ("retry", "is_closed"),
        [(Retry.NEVER, True), (Retry.LATER, False), (Retry.SAME_MESSAGE, False)],
    )
    def test_a_refusal_closes_it_only_if_it_is_for_good(
        self, stage: Stage, digital_forsendelse: Digital, retry: Retry, is_closed: bool
    ) -> None:
        pending = self.pending(stage, digital_forsendelse())

        def refusal(_: PendingMessage) -> ProblemError:
            error = ProblemError(400)
            error.retry = retry
            return error

        stage.wire.failures.append(refusal)
        with pytest.raises(ProblemError):
            self.resend(stage, pending)

        assert pending.package.is_closed is is_closed
        pending.close()

    def test_a_closed_one_is_refused_with_how_to_find_out(
        self, stage: Stage, digital_forsendelse: Digital
    ) -> None:
        pending = self.pending(stage, digital_forsendelse())
        pending.close()

        with pytest.raises(InvalidInputError, match="konversasjons_id"):
            self.resend(stage, pending)

        assert stage.wire.resent == []


def test_a_certificate_that_is_not_trusted_stops_the_letter_before_it_is_packed(
    stage: Stage, digital_forsendelse: Digital, stranger: Identity
) -> None:
    mottaker = Mottaker(
        personidentifikator=KARI,
        postkasseadresse="kari.nordmann#1234",
        postkasse=TekniskMottaker(organisasjonsnummer=POSTEN, sertifikat=stranger.certificate),
    )
    stage.register.people[KARI] = registered(stranger, stage.driver.moment)

    with pytest.raises(CertificateError):
        send(stage, digital_forsendelse(mottaker=mottaker))

    assert stage.wire.packages == []


def test_a_brev_is_pointed_to_the_method_that_takes_it(stage: Stage) -> None:
    with pytest.raises(InvalidInputError, match=r"a Brev goes by brev\(\)"):
        send(stage, Brev.__new__(Brev))


def test_that_a_letter_may_have_been_sent_before_reaches_the_wire(
    stage: Stage, digital_forsendelse: Digital
) -> None:
    send(stage, digital_forsendelse(), repeated=True)

    assert stage.wire.repeated == [True]


def test_a_test_person_is_refused_in_production(
    avsender_identity: Identity,
    trust: Any,
    postkasse_identity: Identity,
    printer_identity: Identity,
    moment: Any,
    digital_forsendelse: Digital,
) -> None:
    stage = Stage.build(
        signer=avsender_identity,
        trust=trust,
        postkasse=postkasse_identity,
        printer=printer_identity,
        moment=moment,
        production=True,
    )

    with pytest.raises(InvalidInputError, match="synthetic"):
        send(stage, digital_forsendelse(digital_post=DigitalPost(ikke_sensitiv_tittel="Hei")))

    assert stage.wire.sent == []


class TestTheJournal:
    @pytest.mark.parametrize(
        ("failure", "outcome"),
        [
            (None, "accepted"),
            (lost, "outcome unknown"),
            (refused, "not accepted (ProblemError 403)"),
            (unreached, "not accepted (NotSentError)"),
        ],
    )
    def test_one_line_for_each_letter_says_what_became_of_it_and_nothing_private(
        self,
        stage: Stage,
        digital_forsendelse: Digital,
        caplog: pytest.LogCaptureFixture,
        failure: Callable[..., Any] | None,
        outcome: str,
    ) -> None:
        caplog.set_level(logging.INFO, "sdp.client")
        stage.wire.failures += [failure] if failure else []
        letter = digital_forsendelse()
        with suppress(SdpError):
            send(stage, letter)

        lines = [record.getMessage() for record in caplog.records]
        [line] = [line for line in lines if line.startswith("letter ")]
        assert line == (
            f"letter meldings_id {letter.meldings_id}, konversasjons_id {letter.konversasjons_id},"
            f" digital: {outcome}"
        )

    def test_whoever_interrupts_a_letter_is_told_its_ids_and_how_to_find_out(
        self, stage: Stage, digital_forsendelse: Digital, caplog: pytest.LogCaptureFixture
    ) -> None:
        def interrupted(_: PendingMessage) -> Any:
            return KeyboardInterrupt()

        stage.wire.failures.append(interrupted)
        letter = digital_forsendelse()
        with pytest.raises(KeyboardInterrupt) as caught:
            send(stage, letter)

        [note] = caught.value.__notes__
        assert str(letter.konversasjons_id) in note
        assert "receipts" in note
        assert "repeated=True" in note
        assert note in caplog.text
        assert stage.wire.packages[0].is_closed
