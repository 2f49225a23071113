"""Letters made by the library, taken by the test environment, and receipts going back."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from sdp.dokumentpakke import pack
from sdp.domain import (
    Aapningskvittering,
    Avsender,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    EpostVarsel,
    Feil,
    Feiltype,
    Forsendelse,
    FysiskPost,
    Lenke,
    Leveringskvittering,
    Mottakskvittering,
    NorskAdresse,
    Postadresse,
    Posthaandtering,
    Prioritet,
    Retur,
    Returpostkvittering,
    SendResultat,
    Sikkerhetsnivaa,
    SmsVarsel,
    Utskriftsfarge,
    VarslingFeiletKvittering,
    Varslingskanal,
)
from sdp.ebms import EbmsWire
from sdp.ebms.sending import EbmsPending
from sdp.errors import (
    AlreadyReceivedError,
    EbmsError,
    HttpStatusError,
    SoapFaultError,
    UnknownOutcomeError,
)
from sdp.testmiljo import (
    Ebms,
    LoseAnswer,
    RefuseWithEbms,
    RefuseWithSoapFault,
    RefuseWithStatus,
    SignWithStranger,
    Testmiljo,
    TruncateAnswer,
)
from sdp.testmiljo.environment import ANNEN_AVSENDER, AVSENDER
from sdp.testmiljo.mailbox import receipts
from sdp.transport.http import HttpTransport
from sdp.transport.sync import Driver
from sdp.wire import ReceiptQueue, SentTo, SetAside
from tests.documents import pdf

NORMAL = ReceiptQueue(Prioritet.NORMAL)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def shared() -> Iterator[Testmiljo]:
    with Testmiljo.start() as miljo:
        yield miljo


class Avsendersystem:
    """The wire of the library with the environment at its end."""

    def __init__(self, miljo: Testmiljo) -> None:
        self.miljo = miljo
        config = miljo.client_config()
        trust = config.load_trust()
        assert trust is not None
        self.identity = config.load_identity(now())
        self.wire = EbmsWire(
            environment=config.environment,
            signer=self.identity,
            trust=trust,
            databehandler=AVSENDER,
            clock=now,
            sent_to=SentTo(),
        )
        self.http = HttpTransport(config.http_settings())
        self.driver = Driver(self.http, time.sleep)

    def send(self, forsendelse: Forsendelse) -> SendResultat:
        with pack(forsendelse, self.identity, moment=now()) as pakke:
            return self.driver.run(self.wire.send(forsendelse, pakke))

    def receipts(self, queue: ReceiptQueue = NORMAL) -> list[Any]:
        """Pull until the queue is empty, each pull confirming the one before."""
        pulled: list[Any] = []
        while (kvittering := self._pull(queue, pulled[-1] if pulled else None)) is not None:
            pulled.append(kvittering)
        return pulled

    def _pull(self, queue: ReceiptQueue, confirm: Any) -> Any:
        return self.driver.run(self.wire.pull(queue, confirm=confirm))


@pytest.fixture
def system(shared: Testmiljo) -> Iterator[Avsendersystem]:
    shared.faults.clear()
    system = Avsendersystem(shared)
    yield system
    shared.faults.clear()
    for kvittering in system.receipts():
        if isinstance(kvittering, SetAside):
            system.driver.run(system.wire.confirm(kvittering))
    system.http.close()


def digital(miljo: Testmiljo, **changes: Any) -> Forsendelse:
    values: dict[str, Any] = {
        "avsender": Avsender(organisasjonsnummer=AVSENDER),
        "mottaker": miljo.innbygger(),
        "digital_post": DigitalPost(
            ikke_sensitiv_tittel="Brev fra etaten «æøå» 📬",
            sikkerhetsnivaa=Sikkerhetsnivaa.NIVAA_3,
            virkningsdato=date(2026, 12, 24),
            aapningskvittering=True,
            epost_varsel=EpostVarsel(
                epostadresse="kari@example.com",
                varslingstekst="Du har post",
                repetisjoner=(0, 7),
            ),
            sms_varsel=SmsVarsel(mobiltelefonnummer="99999999", varslingstekst="Du har post"),
        ),
        "dokumentpakke": Dokumentpakke(
            hoveddokument=Dokument.from_bytes(
                pdf(),
                filnavn="brev æ 100%25.pdf",
                tittel="Vedtak",
                metadata=Lenke(url="https://example.com/svar"),
            ),
            vedlegg=(Dokument.from_bytes(b"hei", filnavn="vedlegg.txt", tittel="Vedlegg"),),
        ),
    }
    return Forsendelse.digital(**(values | changes))


def fysisk(miljo: Testmiljo) -> Forsendelse:
    adresse = Postadresse(
        navn="Kari Nordmann",
        adresse=NorskAdresse(adresselinje1="Storgata 1", postnummer="0155", poststed="OSLO"),
    )
    return Forsendelse.fysisk(
        avsender=Avsender(organisasjonsnummer=AVSENDER),
        printer=miljo.printer_mottaker(),
        fysisk_post=FysiskPost(
            mottaker=adresse,
            retur=Retur(posthaandtering=Posthaandtering.DIREKTE_RETUR, mottaker=adresse),
            utskriftsfarge=Utskriftsfarge.FARGE,
        ),
        dokumentpakke=Dokumentpakke(
            hoveddokument=Dokument.from_bytes(pdf(), filnavn="brev.pdf", tittel="Vedtak")
        ),
    )


def test_a_digital_letter_arrives_as_it_was_sent(system: Avsendersystem) -> None:
    forsendelse = digital(system.miljo)
    resultat = system.send(forsendelse)
    letter = system.miljo.postkasse.letters[-1]
    assert letter.meldings_id == resultat.meldings_id == str(forsendelse.meldings_id)
    assert letter.package_size == resultat.package_size
    assert letter.hoveddokument.filnavn == "brev æ 100%25.pdf"
    assert letter.hoveddokument.content == pdf()
    assert letter.hoveddokument.tittel == "Vedtak"
    assert letter.hoveddokument.metadata is not None
    assert b"https://example.com/svar" in letter.hoveddokument.metadata.content
    assert [each.content for each in letter.vedlegg] == [b"hei"]
    assert letter.digital.ikke_sensitiv_tittel == "Brev fra etaten «æøå» 📬"
    assert letter.digital.sikkerhetsnivaa == 3
    assert letter.digital.virkningsdato == "2026-12-24"
    assert letter.digital.epost_varsel is not None
    assert letter.digital.epost_varsel.repetisjoner == (0, 7)
    assert letter.digital.sms_varsel is not None
    assert letter.digital.sms_varsel.adresse == "99999999"


def test_receipts_of_a_digital_letter_come_in_order_and_are_confirmed(
    system: Avsendersystem,
) -> None:
    forsendelse = digital(system.miljo)
    system.send(forsendelse)
    letter = system.miljo.postkasse.letters[-1]
    system.miljo.postkasse.open(letter)
    system.miljo.postkasse.fail_notification(letter, "SMS", "Nummer ikke i bruk")
    system.miljo.postkasse.refuse(letter, "Ugyldig PDF")
    levering, aapning, varsling, feil = system.receipts()
    assert isinstance(levering, Leveringskvittering)
    assert levering.konversasjons_id == str(forsendelse.konversasjons_id)
    assert isinstance(aapning, Aapningskvittering)
    assert isinstance(varsling, VarslingFeiletKvittering)
    assert (varsling.kanal, varsling.beskrivelse) == (Varslingskanal.SMS, "Nummer ikke i bruk")
    assert isinstance(feil, Feil)
    assert (feil.feiltype, feil.detaljer) == (Feiltype.KLIENT, "Ugyldig PDF")
    assert not system.miljo.waiting_receipts


def test_a_print_letter_arrives_and_comes_back(system: Avsendersystem) -> None:
    system.send(fysisk(system.miljo))
    letter = system.miljo.printer.letters[-1]
    assert letter.fysisk.mottaker.linjer == ("Storgata 1", "0155", "OSLO")
    assert letter.fysisk.posthaandtering == "DIREKTE_RETUR"
    system.miljo.printer.return_letter(letter)
    kinds = [type(kvittering) for kvittering in system.receipts()]
    assert kinds == [
        Mottakskvittering,
        Mottakskvittering,
        Leveringskvittering,
        Returpostkvittering,
    ]


def test_a_letter_on_behalf_of_another_and_its_receipt_in_a_queue_of_its_own(
    system: Avsendersystem,
) -> None:
    forsendelse = digital(
        system.miljo,
        avsender=Avsender(organisasjonsnummer=ANNEN_AVSENDER, avsenderidentifikator="enhet-1"),
        prioritet=Prioritet.PRIORITERT,
        mpc_id="enhet-1",
    )
    system.send(forsendelse)
    letter = system.miljo.letters[-1]
    assert (letter.avsender, letter.databehandler) == (ANNEN_AVSENDER, AVSENDER)
    assert letter.avsenderidentifikator == "enhet-1"
    assert system.receipts() == []
    assert len(system.receipts(ReceiptQueue(Prioritet.PRIORITERT, "enhet-1"))) == 1


def test_two_hundred_attachments_arrive(system: Avsendersystem) -> None:
    vedlegg = tuple(
        Dokument.from_bytes(b"hei", filnavn=f"vedlegg {number}.txt", tittel=f"Nr. {number}")
        for number in range(200)
    )
    pakke = Dokumentpakke(
        hoveddokument=Dokument.from_bytes(pdf(), filnavn="brev.pdf", tittel="Vedtak"),
        vedlegg=vedlegg,
    )
    system.send(digital(system.miljo, dokumentpakke=pakke))
    assert len(system.miljo.letters[-1].vedlegg) == 200


def test_the_same_letter_twice_arrives_once(system: Avsendersystem) -> None:
    forsendelse = digital(system.miljo)
    system.send(forsendelse)
    before = len(system.miljo.letters)
    with pytest.raises(AlreadyReceivedError) as told:
        system.send(forsendelse)
    assert told.value.meldings_id == str(forsendelse.meldings_id)
    assert len(system.miljo.letters) == before


@pytest.mark.parametrize("error", [Ebms.POLICY_NONCOMPLIANCE, Ebms.OTHER])
def test_an_ebms_error_on_demand_reaches_the_sender(system: Avsendersystem, error: Ebms) -> None:
    system.miljo.faults.add(RefuseWithEbms(error))
    with pytest.raises(EbmsError) as refused:
        system.send(digital(system.miljo))
    assert refused.value.code == error.code


def test_a_soap_fault_and_a_bare_status_reach_the_sender(system: Avsendersystem) -> None:
    system.miljo.faults.add(RefuseWithSoapFault("Receiver", "gone fishing"))
    with pytest.raises(SoapFaultError, match=r"SOAP fault \(Receiver\)") as refusal:
        system.send(digital(system.miljo))
    assert "gone fishing" in str(refusal.value.remote_text)
    system.miljo.faults.add(RefuseWithStatus(401))
    with pytest.raises(HttpStatusError):
        system.send(digital(system.miljo))


@pytest.mark.parametrize("fault", [LoseAnswer(), TruncateAnswer(500), SignWithStranger()])
def test_an_answer_that_settles_nothing_leaves_the_outcome_unknown(
    system: Avsendersystem, fault: LoseAnswer | TruncateAnswer | SignWithStranger
) -> None:
    system.miljo.faults.add(fault)
    forsendelse = digital(system.miljo)
    with pack(forsendelse, system.identity, moment=now()) as pakke:
        with pytest.raises(UnknownOutcomeError) as unknown:
            system.driver.run(system.wire.send(forsendelse, pakke))
        pending = unknown.value.pending
        assert isinstance(pending, EbmsPending)
        resultat = system.driver.run(system.wire.resend(pending))
    assert resultat.already_received
    assert resultat.meldings_id == str(forsendelse.meldings_id)


def test_a_receipt_signed_by_a_stranger_is_set_aside(system: Avsendersystem) -> None:
    system.miljo.postkasse.automatic = False
    try:
        system.send(digital(system.miljo))
    finally:
        system.miljo.postkasse.automatic = True
    letter = system.miljo.letters[-1]
    system.miljo.postkasse.send(receipts.levering(), letter, signer=system.miljo.stranger)
    system.miljo.postkasse.accept(letter)
    first, second = (system.driver.run(system.wire.pull(NORMAL, confirm=None)) for _ in range(2))
    assert isinstance(first, SetAside)
    assert isinstance(second, Leveringskvittering)
    system.driver.run(system.wire.confirm(first))
    system.driver.run(system.wire.confirm(second))
    assert not system.miljo.waiting_receipts


def test_a_pull_answered_by_a_stranger_is_set_aside_and_the_receipt_comes_again() -> None:
    with Testmiljo.start(hidden_for=timedelta(0)) as miljo:
        system = Avsendersystem(miljo)
        system.send(digital(miljo))
        miljo.faults.add(SignWithStranger())
        assert isinstance(system.driver.run(system.wire.pull(NORMAL)), SetAside)
        assert isinstance(system.driver.run(system.wire.pull(NORMAL)), Leveringskvittering)
        system.http.close()


def test_a_receipt_is_hidden_for_a_while_and_then_given_again_until_it_is_confirmed() -> None:
    with Testmiljo.start(hidden_for=timedelta(seconds=0.5)) as miljo:
        system = Avsendersystem(miljo)
        system.send(digital(miljo))
        first = system.driver.run(system.wire.pull(NORMAL))
        assert isinstance(first, Leveringskvittering)
        assert system.driver.run(system.wire.pull(NORMAL)) is None
        time.sleep(0.5)
        again = system.driver.run(system.wire.pull(NORMAL))
        assert isinstance(again, Leveringskvittering)
        assert again.meldings_id == first.meldings_id
        system.driver.run(system.wire.confirm(first))
        assert not miljo.waiting_receipts
        system.http.close()


def test_parallel_pulls_get_a_receipt_each(system: Avsendersystem) -> None:
    for _ in range(4):
        system.send(digital(system.miljo))
    with ThreadPoolExecutor(4) as pool:
        pulled = list(pool.map(lambda _: system.driver.run(system.wire.pull(NORMAL)), range(4)))
    assert len({each.meldings_id for each in pulled if isinstance(each, Leveringskvittering)}) == 4
    for each in pulled:
        assert each is not None
        system.driver.run(system.wire.confirm(each))


def test_a_letter_of_fifty_megabytes_arrives(system: Avsendersystem) -> None:
    content = b"%PDF-1.7\n" + os.urandom(1_000_000) * 49
    pakke = Dokumentpakke(
        hoveddokument=Dokument.from_bytes(content, filnavn="stor.pdf", tittel="Stort")
    )
    resultat = system.send(digital(system.miljo, dokumentpakke=pakke))
    assert resultat.package_size > 40_000_000
    assert system.miljo.letters[-1].hoveddokument.content == content
