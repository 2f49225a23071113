"""A letter arrives as it was written."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from sdp.client import Client
from sdp.domain import (
    Avsender,
    Brev,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    EpostVarsel,
    FysiskPost,
    Lenke,
    Mottaker,
    Postadresse,
    Posthaandtering,
    Posttype,
    Printinstruksjon,
    Prioritet,
    Retur,
    Sikkerhetsnivaa,
    SmsVarsel,
    TekniskMottaker,
    UtenlandskAdresse,
    Utskriftsfarge,
)
from sdp.errors import (
    AlreadyReceivedError,
    CertificateError,
    CertificateProblem,
    ConfigurationError,
    DocumentError,
    InvalidInputError,
    PackageTooLargeError,
)
from sdp.pki import Identity, TrustStore
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.ca import TestCA
from sdp.testmiljo.environment import ANNEN_AVSENDER, AVSENDER, POSTKASSE
from sdp.transport.request import HttpRequest, HttpResponse
from tests.documents import pdf
from tests.e2e.client.conftest import Letters


def test_a_client_says_who_signs(client: Client) -> None:
    assert client.organisasjonsnummer == AVSENDER


def test_a_digital_letter_arrives_with_everything_it_was_given(
    client: Client, miljo: Testmiljo, letters: Letters, tmp_path: Path
) -> None:
    (tmp_path / "vedlegg én.txt").write_text("Blåbærsyltetøy 🍓", encoding="utf-8")
    sent = letters.digital(
        mottaker=miljo.innbygger(epost="kari@example.no", mobil="+4799999999"),
        digital_post=DigitalPost(
            ikke_sensitiv_tittel="Årsoppgave & <mer>",
            sikkerhetsnivaa=Sikkerhetsnivaa.NIVAA_3,
            virkningsdato=date(2031, 5, 17),
            aapningskvittering=True,
            epost_varsel=EpostVarsel(
                epostadresse="kari@example.no", varslingstekst="Du har post", repetisjoner=(0, 7)
            ),
            sms_varsel=SmsVarsel(mobiltelefonnummer="+4799999999", varslingstekst="Du har post"),
        ),
        dokumentpakke=Dokumentpakke(
            hoveddokument=Dokument.from_bytes(
                pdf("vedtak"),
                filnavn="vedtak.pdf",
                tittel="Vedtak",
                metadata=Lenke(url="https://example.no/svar", knapp_tekst="Svar"),
            ),
            vedlegg=(Dokument.from_path(tmp_path / "vedlegg én.txt", tittel="Vedlegg"),),
        ),
        spraakkode="NN",
    )
    resultat = client.send(sent)

    (letter,) = miljo.letters
    assert letter.meldings_id == str(sent.meldings_id) == resultat.meldings_id
    assert letter.konversasjons_id == str(sent.konversasjons_id) == resultat.konversasjons_id
    assert letter.hoveddokument.content == pdf("vedtak")
    assert letter.hoveddokument.metadata
    assert b"https://example.no/svar" in letter.hoveddokument.metadata.content
    assert [(d.filnavn, d.content.decode()) for d in letter.vedlegg] == [
        ("vedlegg én.txt", "Blåbærsyltetøy 🍓")
    ]
    order = letter.digital
    assert order.aapningskvittering
    assert order.ikke_sensitiv_tittel == "Årsoppgave & <mer>"
    assert resultat.package_size == letter.package_size
    assert not resultat.already_received


def test_a_print_letter_arrives_with_everything_it_was_given(
    client: Client, miljo: Testmiljo, letters: Letters
) -> None:
    utlandet = Postadresse(
        navn="Åse Ødegård", adresse=UtenlandskAdresse(adresselinje1="1 High St", landkode="GB")
    )
    client.send(
        letters.fysisk(
            fysisk_post=FysiskPost(
                mottaker=utlandet,
                retur=Retur(
                    posthaandtering=Posthaandtering.MAKULERING_MED_MELDING, mottaker=utlandet
                ),
                posttype=Posttype.A,
                utskriftsfarge=Utskriftsfarge.FARGE,
                printinstruksjoner=(Printinstruksjon(navn="konvolutt", verdi="C4"),),
            )
        )
    )
    (letter,) = miljo.printer.letters
    assert letter.is_print
    assert letter.hoveddokument.content == pdf()


def test_billable_bytes_are_every_file_in_the_package_before_compression(
    client: Client, letters: Letters
) -> None:
    text = "a" * 100_000
    small, large = (
        letters.digital(
            dokumentpakke=Dokumentpakke(
                hoveddokument=Dokument.from_bytes(content.encode(), filnavn="brev.txt", tittel="B")
            )
        )
        for content in ("a", text)
    )
    difference = client.send(large).billable_bytes - client.send(small).billable_bytes
    assert difference == len(text) - 1


def test_a_letter_on_behalf_of_another_organisation(
    client: Client, miljo: Testmiljo, letters: Letters
) -> None:
    avsender = Avsender(
        organisasjonsnummer=ANNEN_AVSENDER,
        avsenderidentifikator="avdeling 1",
        fakturareferanse="ØK1",
    )
    client.send(letters.digital(avsender=avsender))
    (letter,) = miljo.letters
    assert letter.avsender == ANNEN_AVSENDER
    assert letter.avsenderidentifikator == "avdeling 1"
    [sent] = [each for each in miljo.journal.exchanges if "9908" in each.path]
    assert sent.path.endswith(f"/9908:{AVSENDER}/9908:{ANNEN_AVSENDER}")


def test_priority_and_mpc_decide_the_queue_of_the_receipts(
    client: Client, miljo: Testmiljo, letters: Letters
) -> None:
    client.send(letters.digital(prioritet=Prioritet.PRIORITERT, mpc_id="fagsystem-1"))
    assert not list(client.receipts())
    assert not list(client.receipts(prioritet=Prioritet.PRIORITERT))
    (kvittering,) = client.receipts(prioritet=Prioritet.PRIORITERT, mpc_id="fagsystem-1")
    assert kvittering.konversasjons_id == miljo.letters[0].konversasjons_id


def test_two_hundred_attachments(client: Client, miljo: Testmiljo, letters: Letters) -> None:
    vedlegg = tuple(
        Dokument.from_bytes(b"%d" % n, filnavn=f"vedlegg-{n}.txt", tittel=f"Vedlegg {n}")
        for n in range(200)
    )
    hoveddokument = Dokument.from_bytes(pdf(), filnavn="brev.pdf", tittel="Brev")
    pakke = Dokumentpakke(hoveddokument=hoveddokument, vedlegg=vedlegg)
    client.send(letters.digital(dokumentpakke=pakke))
    assert [d.content for d in miljo.letters[0].vedlegg] == [b"%d" % n for n in range(200)]


def test_the_same_letter_twice_is_not_delivered_twice(
    client: Client, miljo: Testmiljo, letters: Letters
) -> None:
    letter = letters.digital()
    client.send(letter)
    with pytest.raises(AlreadyReceivedError):
        client.send(letter)
    with Client(miljo.client_config()) as new:
        assert new.send(letter, repeated=True).already_received
    assert len(miljo.letters) == 1


def test_ids_given_by_the_caller_are_used_as_they_are(
    client: Client, miljo: Testmiljo, letters: Letters
) -> None:
    ids = {"meldings_id": uuid4(), "konversasjons_id": uuid4()}
    client.send(letters.digital(**ids))
    (letter,) = miljo.letters
    assert letter.meldings_id == str(ids["meldings_id"])
    assert letter.konversasjons_id == str(ids["konversasjons_id"])


def test_a_client_is_safe_to_share_between_threads(
    client: Client, miljo: Testmiljo, letters: Letters
) -> None:
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(client.send, [letters.digital() for _ in range(24)]))
    assert {r.meldings_id for r in results} == {letter.meldings_id for letter in miljo.letters}
    assert len(results) == 24


def test_hooks_see_every_request_and_answer(
    client_with: Callable[..., Client], letters: Letters
) -> None:
    seen: list[HttpRequest | HttpResponse] = []
    client_with(on_request=seen.append, on_response=seen.append).send(letters.digital())
    request, response = seen[-2:]
    assert isinstance(request, HttpRequest)
    assert isinstance(response, HttpResponse)
    assert request.url.startswith(letters.miljo.url)
    assert response.status == 200


class TestNothingIsSent:
    """What is wrong before sending is told before anything leaves the machine."""

    @pytest.fixture(autouse=True)
    def _nothing_arrived(self, miljo: Testmiljo) -> object:
        yield
        assert not miljo.letters
        assert not miljo.broker.rejections

    def test_when_it_is_no_letter_or_is_not_addressed_yet(
        self, client: Client, letters: Letters
    ) -> None:
        letter = letters.digital()
        brev: Any = Brev(
            avsender=letter.avsender,
            dokumentpakke=letter.dokumentpakke,
            digital_post=letter.digital_post,
        )
        nothing: Any = None
        for wrong in (brev, nothing):
            with pytest.raises(InvalidInputError, match="a Brev goes by brev"):
                client.send(wrong)
        addressed: Any = letter
        with pytest.raises(InvalidInputError, match="must be a Brev"):
            client.brev(letter.mottaker.personidentifikator, addressed)

    def test_when_the_recipients_certificate_is_from_a_stranger(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        fremmed = TestCA.create(miljo.now()).issue(POSTKASSE, "Postkassen", moment=miljo.now())
        self.refused(client, letters, fremmed.certificate, CertificateProblem.UNTRUSTED)

    def test_when_the_recipients_certificate_has_expired(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        now = miljo.now()
        issued = miljo.ca.issue(
            POSTKASSE,
            "Postkassen",
            moment=now,
            not_before=now - timedelta(days=9),
            not_after=now - timedelta(days=1),
        )
        self.refused(client, letters, issued.certificate, CertificateProblem.EXPIRED)

    def test_when_the_recipients_certificate_is_of_another_organisation(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        issued = miljo.ca.issue(ANNEN_AVSENDER, "En annen", moment=miljo.now())
        self.refused(client, letters, issued.certificate, CertificateProblem.ORGANISATION)

    def refused(
        self, client: Client, letters: Letters, sertifikat: object, problem: CertificateProblem
    ) -> None:
        innbygger = letters.miljo.innbygger()
        mottaker = Mottaker(
            personidentifikator=innbygger.personidentifikator,
            postkasseadresse=innbygger.postkasseadresse,
            postkasse=TekniskMottaker(organisasjonsnummer=POSTKASSE, sertifikat=sertifikat),  # type: ignore[arg-type]
        )
        with pytest.raises(CertificateError) as refusal:
            client.send(letters.digital(mottaker=mottaker))
        assert refusal.value.problem is problem

    def test_when_the_package_is_too_large(
        self, client_with: Callable[..., Client], letters: Letters, miljo: Testmiljo
    ) -> None:
        environment = miljo.environment().model_copy(update={"size_limit_bytes": 500})
        client = client_with(changes={"environment": environment})
        with pytest.raises(PackageTooLargeError) as refusal:
            client.send(letters.digital())
        assert refusal.value.limit == 500

    def test_when_the_person_is_synthetic_and_the_environment_is_production(
        self, client_with: Callable[..., Client], letters: Letters, miljo: Testmiljo
    ) -> None:
        environment = miljo.environment().model_copy(update={"production": True})
        client = client_with(changes={"environment": environment})
        letter = letters.digital()
        with pytest.raises(InvalidInputError, match="synthetic") as refusal:
            client.send(letter)
        assert letter.mottaker.personidentifikator not in str(refusal.value)


def test_a_client_without_a_trust_store_is_not_made(
    client_with: Callable[..., Client], miljo: Testmiljo
) -> None:
    environment = miljo.environment().model_copy(update={"trust": None})
    with pytest.raises(ConfigurationError, match="No trust store"):
        client_with(changes={"environment": environment})


def test_a_client_whose_own_certificate_is_of_another_environment_is_not_made(
    client_with: Callable[..., Client], stranger: Identity
) -> None:
    elsewhere = TrustStore.from_certificates(stranger.chain[1:])
    with pytest.raises(CertificateError) as refusal:
        client_with(trust=elsewhere)
    assert refusal.value.problem is CertificateProblem.UNTRUSTED


def test_a_pdf_that_cannot_be_printed_is_refused_before_it_is_sent(
    client: Client, letters: Letters, miljo: Testmiljo
) -> None:
    twice_as_large = pdf().replace(b"[0 0 595 842]", b"[0 0 842 1190]")
    assert twice_as_large != pdf()
    dokument = Dokument.from_bytes(twice_as_large, filnavn="brev.pdf", tittel="Vedtak")
    with pytest.raises(DocumentError, match="A4"):
        client.send(letters.fysisk(dokumentpakke=Dokumentpakke(hoveddokument=dokument)))

    assert miljo.letters == ()
