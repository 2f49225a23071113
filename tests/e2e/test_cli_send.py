from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.cli import main
from sdp.client import Client
from sdp.config import ClientConfig
from sdp.domain import Avsender
from sdp.testmiljo import (
    Ebms,
    Fault,
    LoseAnswer,
    RefuseWithEbms,
    RefuseWithStatus,
    Testmiljo,
    Traffic,
)
from sdp.testmiljo.environment import AVSENDER, POSTKASSE, PRINTER
from tests.documents import pdf
from tests.e2e.client.conftest import Letters
from tests.e2e.leaf_only import without_issuers

Told = Callable[[], list[dict[str, Any]]]


class Desk:
    """The command line of an agency that uses the test environment."""

    def __init__(self, miljo: Testmiljo, folder: Path) -> None:
        self.folder = folder
        self.config = miljo.write_config(folder)
        self.mottaker = miljo.innbygger(epost="kari@example.com", mobil="+4799999999")
        certificates = {
            "mailbox.pem": self.mottaker.postkasse.sertifikat,
            "printer.pem": miljo.printer_mottaker().sertifikat,
        }
        for name, certificate in certificates.items():
            (folder / name).write_bytes(certificate.public_bytes(Encoding.PEM))
        (folder / "fnr").write_text(self.mottaker.personidentifikator, encoding="utf-8")
        (folder / "brev.pdf").write_bytes(pdf("Hei"))
        (folder / "kari.txt").write_text("Kari Nordmann\nStorgata 1\n0155 Oslo\n", "utf-8")
        (folder / "oss.txt").write_text("Etaten\nPostboks 1\n0101 Oslo\n", "utf-8")

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def send(self, *more: str) -> int:
        return main(
            [
                *("send", self.path("brev.pdf"), "--config", str(self.config), "--json"),
                *("--title", "Brev fra Etaten", "--person", f"@{self.path('fnr')}"),
                *("--mailbox", self.mottaker.postkasseadresse),
                *("--recipient-cert", self.path("mailbox.pem")),
                *more,
            ]
        )

    def send_print(self, *more: str) -> int:
        return main(
            [
                *("send-print", self.path("brev.pdf"), "--config", str(self.config), "--json"),
                *("--title", "Brev fra Etaten", "--printer-cert", self.path("printer.pem")),
                *("--address", self.path("kari.txt"), "--return-address", self.path("oss.txt")),
                *more,
            ]
        )

    def receipts(self, *more: str) -> int:
        return main(["receipts", "--config", str(self.config), "--json", *more])


@pytest.fixture
def desk(testmiljo: Testmiljo, tmp_path: Path) -> Desk:
    return Desk(testmiljo, tmp_path)


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sdp.cli.sending._PAUSES", (0, 0))


def test_a_digital_letter_arrives_as_it_was_ordered(
    desk: Desk, testmiljo: Testmiljo, told: Told
) -> None:
    code = desk.send(
        *("--security-level", "3", "--opening-receipt"),
        *("--visible-from", "2027-01-04T08:00+01:00"),
        *("--email", "kari@example.com", "--sms", "+4799999999", "--notice", "Du har post."),
    )

    assert code == 0
    [resultat] = told()
    [letter] = testmiljo.postkasse.letters
    assert resultat["konversasjons_id"] == letter.konversasjons_id
    assert resultat["package_size"] == letter.package_size
    assert letter.hoveddokument.content == pdf("Hei")
    assert letter.digital.aapningskvittering


def test_a_print_letter_arrives_as_it_was_ordered(desk: Desk, testmiljo: Testmiljo) -> None:
    assert desk.send_print("--post", "A", "--colour") == 0

    [letter] = testmiljo.printer.letters
    assert letter.is_print


def test_a_letter_is_signed_with_the_chain_that_the_trust_store_completes(
    desk: Desk, testmiljo: Testmiljo
) -> None:
    without_issuers(desk.config, testmiljo)

    assert desk.send() == 0

    [letter] = testmiljo.postkasse.letters  # which wants the whole chain in the signature
    assert letter.hoveddokument.content == pdf("Hei")


def test_receipts_are_shown_stored_and_confirmed(
    desk: Desk, testmiljo: Testmiljo, told: Told
) -> None:
    desk.send()
    desk.send_print()
    sent = {resultat["konversasjons_id"] for resultat in told()}

    assert desk.receipts("--store", desk.path("receipts")) == 0

    shown = told()
    assert [receipt["type"] for receipt in shown] == ["levering", "mottak", "mottak", "levering"]
    assert {receipt["konversasjons_id"] for receipt in shown} == sent
    stored = list((desk.folder / "receipts").iterdir())
    assert len(stored) == 4
    assert {file.suffix for file in stored} == {".xml"}
    assert all(b"StandardBusinessDocument" in file.read_bytes() for file in stored)
    assert testmiljo.waiting_receipts == ()


def test_receipts_of_one_unit_on_today_s_wire_are_stored_as_the_tokens_they_are(
    desk: Desk, testmiljo: Testmiljo, told: Told
) -> None:
    toml = desk.config.read_text(encoding="utf-8")
    desk.config.write_text(toml.replace('wire = "ebms"', 'wire = "dpi"'), encoding="utf-8")
    avsender = Avsender(organisasjonsnummer=AVSENDER, avsenderidentifikator="innkreving")
    with Client(ClientConfig.from_toml(desk.config)) as client:
        client.send(Letters(testmiljo, avsender).digital())
    desk.send()
    unit = ("--avsenderidentifikator", "innkreving", "--store", desk.path("receipts"))
    told()

    assert desk.receipts(*unit) == 0

    [shown] = told()
    [stored] = (desk.folder / "receipts").iterdir()
    assert shown["type"] == "levering"
    assert stored.suffix == ".jwt"
    assert stored.read_bytes().count(b".") == 2
    assert len(testmiljo.aksesspunkt.waiting_receipts) == 1


def test_receipts_of_every_kind_say_what_they_know(
    desk: Desk, testmiljo: Testmiljo, told: Told
) -> None:
    desk.send("--opening-receipt")
    desk.send_print()
    [digital], [printed] = testmiljo.postkasse.letters, testmiljo.printer.letters
    testmiljo.postkasse.open(digital)
    testmiljo.postkasse.fail_notification(digital, "SMS", "Nummeret er ikke i bruk")
    testmiljo.printer.return_letter(printed)
    testmiljo.postkasse.refuse(digital, "Postkassen er stengt", feiltype="SERVER")
    told()

    assert desk.receipts() == 0

    shown = {receipt["type"]: receipt for receipt in told()}
    assert shown.keys() == {
        *("mottak", "levering", "aapning", "varslingfeilet", "returpost", "feil")
    }
    assert shown["varslingfeilet"]["kanal"] == "SMS"
    assert shown["varslingfeilet"]["beskrivelse"] == "Nummeret er ikke i bruk"
    assert shown["feil"]["feiltype"] == "SERVER"
    assert shown["feil"]["detaljer"] == "Postkassen er stengt"


def test_receipts_for_people_are_one_line_each(
    desk: Desk, testmiljo: Testmiljo, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.send()
    [letter] = testmiljo.letters
    capsys.readouterr()

    assert main(["receipts", "--config", str(desk.config)]) == 0

    [line] = capsys.readouterr().out.splitlines()
    assert "levering" in line
    assert letter.konversasjons_id in line


def test_a_receipt_that_cannot_be_stored_stays_at_the_broker(
    desk: Desk, testmiljo: Testmiljo, told: Told
) -> None:
    desk.send()
    (desk.folder / "taken").write_text("a file, not a folder", "utf-8")

    assert desk.receipts("--store", desk.path("taken")) == 2

    assert len(testmiljo.waiting_receipts) == 1


def test_a_receipt_that_cannot_be_read_is_told_of_and_the_others_come(
    desk: Desk, testmiljo: Testmiljo, capsys: pytest.CaptureFixture[str]
) -> None:
    testmiljo.queue_receipt(b"<not-a-receipt/>")
    desk.send()
    capsys.readouterr()

    assert desk.receipts() == 1

    shown = capsys.readouterr()
    assert json.loads(shown.out)["type"] == "levering"
    assert "Set aside" in shown.err


def test_a_letter_with_ids_of_its_own_keeps_them(
    desk: Desk, testmiljo: Testmiljo, told: Told
) -> None:
    ids = "5a9a1b9e-6d65-4f25-9c0b-3f6e0c6d0001", "5a9a1b9e-6d65-4f25-9c0b-3f6e0c6d0002"
    options = ("--message-id", ids[0], "--conversation-id", ids[1])

    assert desk.send(*options) == 0
    assert desk.send(*options) == 1
    assert desk.send(*options, "--repeated") == 0

    accepted, refused, again = told()
    assert (accepted["meldings_id"], accepted["konversasjons_id"]) == ids
    assert refused["error"]["kind"] == "AlreadyReceivedError"
    assert "new ids" in refused["error"]["remedy"]
    assert again["already_received"] is True
    assert len(testmiljo.letters) == 1


@pytest.mark.usefixtures("no_waiting")
def test_a_lost_answer_is_settled_by_sending_the_same_message_again(
    desk: Desk, testmiljo: Testmiljo, told: Told
) -> None:
    testmiljo.faults.add(LoseAnswer(accepted=True), on=Traffic.LETTER)

    assert desk.send() == 0

    [resultat] = told()
    assert resultat["already_received"] is True
    assert len(testmiljo.letters) == 1


@pytest.mark.usefixtures("no_waiting")
def test_a_message_refused_when_sent_again_is_told_as_refused(
    desk: Desk, testmiljo: Testmiljo, told: Told
) -> None:
    testmiljo.faults.add(LoseAnswer(accepted=False), on=Traffic.LETTER)
    testmiljo.faults.add(RefuseWithEbms(Ebms.OTHER), on=Traffic.LETTER)

    assert desk.send() == 3

    assert told()[0]["error"]["kind"] == "EbmsError"
    assert testmiljo.letters == ()


@pytest.mark.usefixtures("no_waiting")
def test_an_outcome_that_stays_unknown_is_told_with_the_ids(
    desk: Desk, testmiljo: Testmiljo, told: Told
) -> None:
    testmiljo.faults.add(LoseAnswer(accepted=True), times=3, on=Traffic.LETTER)

    assert desk.send() == 4

    error = told()[0]["error"]
    [letter] = testmiljo.letters
    assert error["retry"] == "same message"
    assert error["fault"] == "unknown"
    assert letter.meldings_id in error["message"]
    assert letter.konversasjons_id in error["message"]
    assert "--repeated" in error["remedy"]


def test_a_repeated_letter_needs_the_ids_it_had(desk: Desk, told: Told) -> None:
    assert desk.send("--repeated") == 1

    assert "--message-id" in told()[0]["error"]["remedy"]


@pytest.mark.parametrize(
    ("fault", "exit_code", "whose", "retry"),
    [
        (RefuseWithStatus(401), 1, "client", "never"),
        (RefuseWithEbms(Ebms.OTHER), 3, "server", "later"),
    ],
)
def test_a_refusal_is_told_with_whose_fault_it_is(
    desk: Desk,
    testmiljo: Testmiljo,
    told: Told,
    fault: Fault,
    exit_code: int,
    whose: str,
    retry: str,
) -> None:
    testmiljo.faults.add(fault, on=Traffic.LETTER)

    assert desk.send() == exit_code

    error = told()[0]["error"]
    assert (error["fault"], error["retry"]) == (whose, retry)
    assert testmiljo.letters == ()


def test_a_broker_that_is_down_leaves_nothing_sent(
    desk: Desk, testmiljo: Testmiljo, told: Told
) -> None:
    testmiljo.close()

    assert desk.send() == 3
    assert desk.receipts() == 3

    assert [line["error"]["kind"] for line in told()] == ["NotSentError", "NotSentError"]


def test_wrong_input_is_told_by_field_and_nothing_is_sent(
    desk: Desk, testmiljo: Testmiljo, told: Told
) -> None:
    assert desk.send("--email", "kari@example.com", "--notice", "x" * 501) == 1

    error = told()[0]["error"]
    assert error["kind"] == "InvalidInputError"
    assert error["details"]["problems"][0]["field"] == "varslingstekst"
    assert testmiljo.letters == ()


@pytest.mark.parametrize("letter", ["digital", "print"])
def test_a_store_remembers_to_whom_a_letter_was_sent(
    desk: Desk,
    testmiljo: Testmiljo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    letter: str,
) -> None:
    monkeypatch.setenv("SDP_ENVIRONMENT__WIRE", "dpi")
    store = tmp_path / "post"
    send = desk.send if letter == "digital" else desk.send_print
    assert send("--store", str(store)) == 0
    (noted,) = (store / "sent").iterdir()
    assert noted.read_text() == (POSTKASSE if letter == "digital" else PRINTER)

    fetch = ["receipts", "--config", str(desk.config), "--store", str(store)]
    noted.write_text(AVSENDER)
    assert main(fetch) == 1
    assert f"sent to organisation {AVSENDER}" in capsys.readouterr().err
    waiting = len(testmiljo.aksesspunkt.waiting_receipts)
    assert waiting == (1 if letter == "digital" else 3)

    noted.write_text(POSTKASSE if letter == "digital" else PRINTER)
    assert main(fetch) == 0
    assert testmiljo.aksesspunkt.waiting_receipts == ()
