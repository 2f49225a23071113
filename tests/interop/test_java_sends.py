"""The test environment serves Difi's Java client as it serves ours."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.domain import Kvittering, Lenke
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.environment import ANNEN_AVSENDER
from sdp.testmiljo.faults.kinds import (
    Fault,
    RefuseWithEbms,
    RefuseWithSoapFault,
    RefuseWithStatus,
    SignWithStranger,
)
from sdp.testmiljo.validators.post import Address, PrintOrder, Varsel
from sdp.testmiljo.validators.rejection import Ebms
from sdp.testmiljo.world.letters import Letter
from tests.documents import pdf
from tests.interop.java_client import JavaClient
from tests.interop.java_witness import JavaRefusedError, JavaWitness

pytestmark = pytest.mark.timeout(600)  # the first run fetches the Java libraries

_SAID = ("kind", "kanal", "beskrivelse", "feiltype", "detaljer")


@pytest.fixture
def client(java: JavaWitness, miljo: Testmiljo, tmp_path: Path) -> JavaClient:
    return JavaClient.connect(java, miljo, tmp_path)


def _arrived(miljo: Testmiljo) -> Letter:
    assert miljo.broker.rejections == ()
    (letter,) = miljo.letters
    return letter


def test_a_digital_letter_arrives_with_everything_it_was_given(
    client: JavaClient, miljo: Testmiljo
) -> None:
    lenke = Lenke(url="https://www.example.com/").to_xml()
    metadata = client.dokument("brev.lenke.xml", lenke, Lenke.mime_type)
    vedlegg = client.dokument("vedlegg.txt", "Blåbær".encode(), "text/plain")
    hoveddokument = client.dokument("brev.pdf", pdf(), "application/pdf", metadata=metadata)
    moment = datetime(2031, 5, 17, 8, 30, tzinfo=UTC)
    sent = client.digital(
        digital={
            "tittel": "Årsoppgave & <mer>",
            "nivaa": 3,
            "aapningskvittering": True,
            "virkningstidspunkt_ms": int(moment.timestamp() * 1000),
            "epost": {"til": "kari@example.com", "tekst": "Du har fått brev", "dager": [0, 7]},
            "sms": {"til": "+4799999999", "tekst": "Nytt brev", "dager": [1]},
        },
        dokumenter=[hoveddokument, vedlegg],
    )

    client.send(sent)

    letter = _arrived(miljo)
    order = letter.digital
    assert letter.konversasjons_id == sent["konversasjons_id"]
    assert order.ikke_sensitiv_tittel == "Årsoppgave & <mer>"
    assert (order.sikkerhetsnivaa, order.aapningskvittering) == (3, True)
    assert order.virkningstidspunkt is not None
    assert datetime.fromisoformat(order.virkningstidspunkt) == moment
    assert order.epost_varsel == Varsel("kari@example.com", "Du har fått brev", (0, 7))
    assert order.sms_varsel == Varsel("+4799999999", "Nytt brev", (1,))
    assert letter.hoveddokument.content == pdf()
    assert letter.hoveddokument.metadata is not None
    assert letter.hoveddokument.metadata.content == lenke
    assert [each.content for each in letter.vedlegg] == ["Blåbær".encode()]


def test_a_unit_of_the_sender_arrives(client: JavaClient, miljo: Testmiljo) -> None:
    client.send(client.digital(avsenderidentifikator="skatt/øst"))

    assert _arrived(miljo).avsenderidentifikator == "skatt/øst"


def test_a_document_with_a_space_in_its_name_arrives(client: JavaClient, miljo: Testmiljo) -> None:
    client.send(client.digital(dokumenter=[client.dokument("et brev.txt", b"Hei", "text/plain")]))

    assert _arrived(miljo).hoveddokument.filnavn == "et brev.txt"


def test_a_letter_on_behalf_of_another_arrives_under_the_address_of_the_one_that_signed(
    client: JavaClient, miljo: Testmiljo
) -> None:
    # Ours ends in the avsender, as the specification says: tests/e2e/client/test_sending.py.
    client.send(client.digital(avsender=ANNEN_AVSENDER))

    assert _arrived(miljo).avsender == ANNEN_AVSENDER
    [path] = {each.path for each in miljo.journal.exchanges if each.method == "POST"}
    assert path.endswith("/9908:991825827/9908:991825827")


def test_a_letter_to_print_abroad_arrives_with_everything_it_was_given(
    client: JavaClient, miljo: Testmiljo
) -> None:
    borte = {"navn": "Kari", "linje": "1 Main Street", "landkode": "US"}

    client.send(
        client.fysisk(
            fysisk={
                "adresse": borte,
                "retur": "MAKULERING_MED_MELDING",
                "farge": "FARGE",
                "posttype": "B_OEKONOMI",
                "printinstruksjoner": [["konvolutt", "C5"], ["ark", "grønt"]],
            }
        )
    )

    assert _arrived(miljo).order == PrintOrder(
        mottaker=Address("Kari", ("1 Main Street",), land="US"),
        retur=Address("Kari Ødegård", ("Storgata 1", "0155", "OSLO")),
        posthaandtering="MAKULERING_MED_MELDING",
        posttype="B",
        utskriftsfarge="FARGE",
        printinstruksjoner=(("konvolutt", "C5"), ("ark", "grønt")),
    )


def test_a_receipt_is_fetched_and_confirmed(client: JavaClient, miljo: Testmiljo) -> None:
    sent = client.digital()
    client.send(sent)

    receipt = client.pull()

    assert receipt["kind"] == "LeveringsKvittering"
    assert receipt["konversasjons_id"] == sent["konversasjons_id"]
    assert len(miljo.waiting_receipts) == 1
    client.confirm(receipt)
    assert not miljo.waiting_receipts


def test_one_request_confirms_a_receipt_and_fetches_the_next(
    client: JavaClient, miljo: Testmiljo
) -> None:
    client.send(client.digital(digital={"aapningskvittering": True}))
    first = client.pull()
    miljo.postkasse.open(miljo.letters[0])

    second = client.pull(confirm=first["meldings_id"])

    assert second["kind"] == "AapningsKvittering"
    assert len(miljo.waiting_receipts) == 1
    assert client.pull(confirm=second["meldings_id"]) == {}
    assert not miljo.waiting_receipts


def test_every_kind_of_receipt_is_read(java: JavaWitness, tmp_path: Path) -> None:
    with Testmiljo.start(automatic_receipts=False) as miljo:
        client = JavaClient.connect(java, miljo, tmp_path)
        client.send(client.digital(digital={"aapningskvittering": True}))
        client.send(client.fysisk())
        digital, printed = miljo.letters
        miljo.postkasse.accept(digital)
        miljo.postkasse.open(digital)
        miljo.postkasse.fail_notification(digital, "SMS", "Ukjent nummer")
        miljo.postkasse.fail_notification(digital, "EPOST")
        miljo.postkasse.refuse(digital, "Kan ikke åpnes")
        miljo.postkasse.refuse(digital, "Prøv igjen", feiltype="SERVER")
        miljo.printer.accept(printed)
        miljo.printer.return_letter(printed)

        pulled = []
        while receipt := client.pull():
            client.confirm(receipt)
            pulled.append(receipt)
        assert not miljo.waiting_receipts

    about = [receipt["konversasjons_id"] for receipt in pulled]
    assert about == [digital.konversasjons_id] * 6 + [printed.konversasjons_id] * 4
    said = [tuple(receipt.get(name) for name in _SAID) for receipt in pulled]
    assert said == [
        ("LeveringsKvittering", None, None, None, None),
        ("AapningsKvittering", None, None, None, None),
        ("VarslingFeiletKvittering", "SMS", "Ukjent nummer", None, None),
        ("VarslingFeiletKvittering", "EPOST", None, None, None),
        ("Feil", None, None, "KLIENT", "Kan ikke åpnes"),
        ("Feil", None, None, "SERVER", "Prøv igjen"),
        ("MottaksKvittering", None, None, None, None),
        ("MottaksKvittering", None, None, None, None),
        ("LeveringsKvittering", None, None, None, None),
        ("ReturpostKvittering", None, None, None, None),
    ]
    ours = {kind.__name__.casefold() for kind in get_args(Kvittering)}
    assert {receipt["kind"].casefold() for receipt in pulled} == ours


def test_the_queues_of_the_letters_are_kept_apart(client: JavaClient) -> None:
    client.send(client.digital(prioritet="PRIORITERT", mpc_id="min-ko"))

    assert client.pull() == {}
    assert client.pull(prioritet="PRIORITERT") == {}
    assert client.pull(prioritet="PRIORITERT", mpc_id="min-ko")["kind"] == "LeveringsKvittering"


def test_an_empty_queue_gives_no_receipt(client: JavaClient) -> None:
    assert client.pull() == {}


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        (RefuseWithEbms(Ebms.OTHER), "EbmsException: EBMS:0004 - refused on demand"),
        (RefuseWithSoapFault(), "SoapFaultException: .*refused on demand"),
        (RefuseWithStatus(503), "SendIOException"),
        (SignWithStranger(), "SendException"),
    ],
    ids=["ebMS error", "SOAP fault", "status", "stranger"],
)
def test_what_goes_wrong_is_told(
    client: JavaClient, miljo: Testmiljo, fault: Fault, complaint: str
) -> None:
    miljo.faults.add(fault)

    with pytest.raises(JavaRefusedError, match=complaint):
        client.send(client.digital())


def test_a_letter_that_the_mailbox_cannot_open_comes_back_as_feil(
    client: JavaClient, miljo: Testmiljo
) -> None:
    # The Java client asks no one whether the certificate it encrypts for is to be trusted.
    foreign = base64.b64encode(miljo.stranger.certificate.public_bytes(Encoding.DER)).decode()
    client.send(client.digital(digital={"sertifikat": foreign}))

    receipt = client.pull()

    assert (receipt["kind"], receipt["feiltype"]) == ("Feil", "KLIENT")
    assert not miljo.letters
