"""A receipt is confirmed when the caller is done with it, and not before."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from sdp.client import Client
from sdp.domain import (
    Aapningskvittering,
    DigitalPost,
    Feil,
    Feiltype,
    Kvittering,
    Leveringskvittering,
    Mottakskvittering,
    Prioritet,
    Returpostkvittering,
    VarslingFeiletKvittering,
    Varslingskanal,
)
from sdp.errors import CertificateError, CertificateProblem, SdpError, WireError
from sdp.testmiljo import Ebms, LoseAnswer, RefuseWithEbms, Testmiljo
from sdp.testmiljo.environment import AVSENDER, POSTKASSE
from sdp.testmiljo.mailbox import receipts
from sdp.testmiljo.mailbox.ebms import signed_receipt
from sdp.wire import SetAside
from tests.e2e.client.conftest import Letters

Clients = Callable[..., Client]


class StoreIsDownError(Exception):
    """What a caller's own code may raise."""


def test_all_six_kinds_are_read(client: Client, miljo: Testmiljo, letters: Letters) -> None:
    post = DigitalPost(ikke_sensitiv_tittel="Brev", aapningskvittering=True)
    client.send(letters.digital(digital_post=post))
    client.send(letters.fysisk())
    (digital,) = miljo.postkasse.letters
    (fysisk,) = miljo.printer.letters
    miljo.postkasse.open(digital)
    miljo.postkasse.fail_notification(digital, "SMS", "Ugyldig nummer")
    miljo.printer.return_letter(fysisk)
    miljo.postkasse.refuse(digital, "Fant ikke mottaker", feiltype="SERVER")

    got = list(client.receipts())

    assert [type(kvittering) for kvittering in got] == [
        Leveringskvittering,
        Mottakskvittering,
        Mottakskvittering,
        Leveringskvittering,
        Aapningskvittering,
        VarslingFeiletKvittering,
        Returpostkvittering,
        Feil,
    ]
    assert [kvittering.konversasjons_id for kvittering in got] == [
        digital.konversasjons_id,
        fysisk.konversasjons_id,
        fysisk.konversasjons_id,
        fysisk.konversasjons_id,
        digital.konversasjons_id,
        digital.konversasjons_id,
        fysisk.konversasjons_id,
        digital.konversasjons_id,
    ]
    varsling, feil = got[5], got[7]
    assert isinstance(varsling, VarslingFeiletKvittering)
    assert (varsling.kanal, varsling.beskrivelse) == (Varslingskanal.SMS, "Ugyldig nummer")
    assert isinstance(feil, Feil)
    assert (feil.feiltype, feil.detaljer) == (Feiltype.SERVER, "Fant ikke mottaker")
    assert all(kvittering.tidspunkt.tzinfo for kvittering in got)
    assert not miljo.waiting_receipts


class TestConfirmation:
    @pytest.fixture(autouse=True)
    def _three_receipts(self, client: Client, letters: Letters) -> None:
        for _ in range(3):
            client.send(letters.digital())

    def test_every_receipt_is_confirmed_when_the_loop_ends(
        self, client: Client, miljo: Testmiljo
    ) -> None:
        assert len(list(client.receipts())) == 3
        assert not miljo.waiting_receipts

    def test_a_receipt_is_not_confirmed_while_the_caller_works_on_it(
        self, client: Client, miljo: Testmiljo
    ) -> None:
        assert [len(miljo.waiting_receipts) for _ in client.receipts()] == [3, 2, 1]

    def test_a_receipt_is_not_confirmed_when_the_caller_fails(
        self, client: Client, miljo: Testmiljo
    ) -> None:
        stored: list[Kvittering] = []

        def store_all() -> None:
            for kvittering in client.receipts():
                if len(stored) == 1:
                    raise StoreIsDownError
                stored.append(kvittering)

        with pytest.raises(StoreIsDownError):
            store_all()
        assert len(stored) == 1
        assert len(miljo.waiting_receipts) == 2

    def test_a_receipt_is_not_confirmed_when_the_caller_leaves(
        self, client: Client, miljo: Testmiljo
    ) -> None:
        for _ in client.receipts():
            break
        assert len(miljo.waiting_receipts) == 3

    def test_a_receipt_left_early_can_be_confirmed_by_hand(
        self, client: Client, miljo: Testmiljo
    ) -> None:
        for kvittering in client.receipts():
            client.confirm(kvittering)
            break
        assert len(miljo.waiting_receipts) == 2
        client.confirm(kvittering)
        assert len(miljo.waiting_receipts) == 2

    def test_confirming_rides_along_with_the_next_pull(
        self, client_with: Callable[..., Client]
    ) -> None:
        requests: list[object] = []
        list(client_with(on_request=requests.append).receipts())
        assert len(requests) == 4

    def test_a_lost_answer_loses_no_receipt(self, client: Client, miljo: Testmiljo) -> None:
        got: list[Kvittering] = []

        def fetch() -> None:
            for kvittering in client.receipts():
                got.append(kvittering)
                miljo.faults.add(LoseAnswer(), times=2)  # it is asked once more after a cut

        with pytest.raises(WireError):
            fetch()
        assert len(got) == 1
        assert len(miljo.waiting_receipts) == 2

    def test_a_connection_that_was_cut_once_stops_nothing(
        self, client: Client, miljo: Testmiljo
    ) -> None:
        waiting = len(miljo.waiting_receipts)
        miljo.faults.add(LoseAnswer(accepted=False))

        assert len(list(client.receipts())) == waiting == 3
        assert miljo.waiting_receipts == ()


def test_parallel_pulls_share_the_queue(client: Client, miljo: Testmiljo, letters: Letters) -> None:
    sent = {client.send(letters.digital()).konversasjons_id for _ in range(12)}
    with ThreadPoolExecutor(4) as pool:
        shares = [pool.submit(lambda: list(client.receipts())) for _ in range(4)]
    got = [kvittering.konversasjons_id for share in shares for kvittering in share.result()]
    assert sorted(got) == sorted(sent)
    assert not miljo.waiting_receipts


def test_an_unconfirmed_receipt_is_given_again(letters: Letters) -> None:
    now = datetime.now(UTC)
    shift = timedelta()
    with Testmiljo.start(clock=lambda: datetime.now(UTC) + shift) as miljo:
        config = miljo.client_config()
        with Client(config, clock=miljo.now) as client:
            client.send(Letters(miljo).digital())
            (first,) = [next(iter(client.receipts()))]
            assert not list(client.receipts())
            shift = timedelta(minutes=6)
            (again,) = client.receipts()
            assert again.meldings_id == first.meldings_id
            assert again.tidspunkt >= now - timedelta(minutes=1)


class TestSetAside:
    """A receipt that cannot be read or verified is reported, and does not stop the others."""

    def collect(self, client: Client) -> tuple[list[Kvittering], list[SetAside]]:
        aside: list[SetAside] = []
        return list(client.receipts(on_set_aside=aside.append)), aside

    def test_one_signed_by_a_stranger(
        self, client: Client, miljo: Testmiljo, letters: Letters
    ) -> None:
        client.send(letters.digital())
        (letter,) = miljo.letters
        miljo.postkasse.send(receipts.aapning(), letter, signer=miljo.stranger)
        client.send(letters.digital())
        got, aside = self.collect(client)
        assert len(got) == 2
        (only,) = aside
        assert isinstance(only.reason, CertificateError)
        assert len(miljo.waiting_receipts) == 1

    def test_one_signed_by_another_organisation_than_it_says(
        self, client: Client, miljo: Testmiljo, letters: Letters
    ) -> None:
        client.send(letters.digital())
        (letter,) = miljo.letters
        miljo.postkasse.send(receipts.aapning(), letter, signer=miljo.printer.actor)
        got, aside = self.collect(client)
        assert (len(got), len(aside)) == (1, 1)

    def test_one_from_another_organisation_than_the_letter_was_sent_to(
        self, client: Client, client_with: Clients, miljo: Testmiljo, letters: Letters
    ) -> None:
        resultat = client.send(letters.digital())
        forged = signed_receipt(
            receipts.levering(),
            sender=miljo.printer.actor,
            receiver=AVSENDER,
            konversasjons_id=str(resultat.konversasjons_id),
            moment=miljo.now(),
        )
        miljo.queue_receipt(forged)
        got, (only,) = self.collect(client)
        assert [kvittering.avsender for kvittering in got] == [POSTKASSE]
        assert isinstance(only.reason, CertificateError)
        assert only.reason.problem is CertificateProblem.ORGANISATION

        miljo.queue_receipt(forged)
        _, aside = self.collect(client_with(sent_to=lambda _: POSTKASSE))
        assert len(aside) == 1

    @pytest.mark.parametrize("sbd", [b"<tull/>", b"<tull xmlns='http://begrep.difi.no/'>x</tull>"])
    def test_one_that_is_no_business_message(
        self, sbd: bytes, client: Client, miljo: Testmiljo, letters: Letters
    ) -> None:
        miljo.queue_receipt(sbd)
        client.send(letters.digital())
        got, aside = self.collect(client)
        assert (len(got), len(aside)) == (1, 1)
        assert isinstance(aside[0].reason, SdpError)

    def test_one_whose_signed_text_was_changed(
        self, client: Client, miljo: Testmiljo, letters: Letters
    ) -> None:
        client.send(letters.digital())
        (receipt,) = miljo.waiting_receipts
        miljo.queue_receipt(receipt.sbd.replace(b"levering", b"aapning"))
        got, aside = self.collect(client)
        assert [type(kvittering) for kvittering in got] == [Leveringskvittering]
        assert len(aside) == 1

    def test_it_can_be_confirmed_by_hand(self, client: Client, miljo: Testmiljo) -> None:
        miljo.queue_receipt(b"<tull/>")
        _, (only,) = self.collect(client)
        client.confirm(only)
        assert not miljo.waiting_receipts

    def test_its_reason_and_content_are_not_lost(self, client: Client, miljo: Testmiljo) -> None:
        miljo.queue_receipt(b"<tull/>")
        _, (only,) = self.collect(client)
        assert b"tull" in only.raw
        assert "tull" not in repr(only)

    def test_the_same_receipt_twice_is_given_twice(
        self, client: Client, miljo: Testmiljo, letters: Letters
    ) -> None:
        client.send(letters.digital())
        (receipt,) = miljo.waiting_receipts
        miljo.queue_receipt(receipt.sbd)
        got, aside = self.collect(client)
        assert len(got) == 2
        assert got[0].meldings_id == got[1].meldings_id
        assert not aside


class TestWaiting:
    """An empty queue is left alone for as long as the broker demands."""

    def waiting_client(
        self, client_with: Callable[..., Client], miljo: Testmiljo, **options: object
    ) -> Client:
        environment = miljo.environment().model_copy(
            update={"pull_interval_normal_seconds": 600, "pull_interval_prioritert_seconds": 60}
        )
        return client_with(changes={"environment": environment}, **options)

    def test_a_call_too_soon_asks_nothing(
        self, client_with: Callable[..., Client], miljo: Testmiljo, letters: Letters
    ) -> None:
        requests: list[object] = []
        client = self.waiting_client(client_with, miljo, on_request=requests.append)
        assert not list(client.receipts())
        client.send(letters.digital())
        requests.clear()
        assert not list(client.receipts())
        assert not requests
        assert not list(client.receipts(prioritet=Prioritet.PRIORITERT))
        assert len(requests) == 1

    @pytest.mark.parametrize(
        ("prioritet", "seconds"), [(Prioritet.NORMAL, 600), (Prioritet.PRIORITERT, 60)]
    )
    def test_following_waits_that_long_and_goes_on(
        self, prioritet: Prioritet, seconds: int
    ) -> None:
        slept: list[float] = []
        start = datetime.now(UTC)

        def clock() -> datetime:
            return start + timedelta(seconds=sum(slept))

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            client.send(Letters(miljo).digital(prioritet=prioritet))

        with Testmiljo.start(clock=clock) as miljo:
            environment = miljo.environment().model_copy(
                update={"pull_interval_normal_seconds": 600, "pull_interval_prioritert_seconds": 60}
            )
            config = miljo.client_config().model_copy(update={"environment": environment})
            with Client(config, clock=clock, sleep=sleep) as client:
                kvittering = next(client.receipts(prioritet=prioritet, follow=True))
            assert isinstance(kvittering, Leveringskvittering)
            assert sum(slept) == seconds


def test_a_refused_pull_is_an_error_that_says_so(client: Client, miljo: Testmiljo) -> None:
    miljo.faults.add(RefuseWithEbms(Ebms.POLICY_NONCOMPLIANCE))
    with pytest.raises(SdpError, match="EBMS:0103"):
        list(client.receipts())
