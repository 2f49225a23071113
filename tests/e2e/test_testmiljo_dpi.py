"""The access point over HTTPS: letters in, receipts out, and what goes wrong on demand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from sdp.testmiljo import (
    AcceptWithStatus,
    Delay,
    LoseAnswer,
    RefuseWithStatus,
    SignWithStranger,
    Testmiljo,
    Traffic,
)
from sdp.testmiljo.environment import AVSENDER
from sdp.testmiljo.faults.kinds import (
    ExpireToken,
    MoveDownloads,
    RefuseWithEbms,
    RefuseWithProblem,
    ReplayReceipt,
    TruncateAnswer,
)
from sdp.testmiljo.mailbox import receipts
from sdp.testmiljo.validators.jose import Token
from sdp.testmiljo.validators.rejection import Ebms
from tests.documents import pdf
from tests.dpi_schemas import assert_obeys
from tests.e2e.dpi_http import DpiHttp
from tests.unit.testmiljo.dpi_sender import post_of, verified
from tests.unit.testmiljo.sender import Sender

RECEIPTS = Traffic.RECEIPTS


@pytest.fixture(scope="module")
def shared() -> Iterator[Testmiljo]:
    with Testmiljo.start() as miljo:
        yield miljo


@pytest.fixture
def miljo(shared: Testmiljo) -> Iterator[Testmiljo]:
    shared.faults.clear()
    yield shared
    shared.faults.clear()
    shared.aksesspunkt.postkasse.automatic = True
    shared.aksesspunkt.size_limit = 50_000_000


@pytest.fixture
def dpi(miljo: Testmiljo) -> Iterator[DpiHttp]:
    with DpiHttp(miljo) as dpi:
        yield dpi
        miljo.faults.clear()
        for each in miljo.aksesspunkt.waiting_receipts:
            dpi.ask("POST", f"/messages/in/{each.message_id}/read")


def says(answer: httpx.Response) -> str:
    """What a problem says; it must be one."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    detail: str = problem["detail"]
    return detail


def kind_of(listed: dict[str, str]) -> str:
    document = Token.read(listed["forretningsmelding"]).claims()
    (kind,) = document["standardBusinessDocument"].keys() - {"standardBusinessDocumentHeader"}
    return str(kind)


def id_of(listed: dict[str, str]) -> str:
    return listed["downloadurl"].rpartition("/")[2]


def test_a_letter_is_accepted_and_its_receipt_fetched_and_marked_as_read(
    miljo: Testmiljo, dpi: DpiHttp
) -> None:
    sender = dpi.sender()
    answer = dpi.send(sender, kanal="Kanal-1")
    assert (answer.status_code, answer.content) == (201, b"")
    assert miljo.letters[-1].hoveddokument.content == pdf()

    (listed,) = dpi.listed(kanal="KANAL-1")
    assert kind_of(listed) == "leveringskvittering"
    assert dpi.listed(kanal="kanal-2") == []
    assert listed["downloadurl"].startswith(f"{miljo.dpi_url}/messages/in/")

    path = f"/messages/in/{id_of(listed)}"
    assert dpi.ask("GET", path).status_code == 404
    assert dpi.ask("POST", f"{path}/read").status_code == 200
    again = dpi.ask("POST", f"{path}/read")
    assert (again.status_code, says(again)) == (404, "no message waits under this id")
    assert dpi.listed() == []


def test_the_steps_of_a_letter_are_told(dpi: DpiHttp) -> None:
    sender = dpi.sender()
    dpi.send(sender)
    answer = dpi.ask("GET", f"/messages/out/{sender.meldings_id.upper()}/statuses")
    assert [step["status"] for step in answer.json()] == ["OPPRETTET", "SENDT"]
    for step in answer.json():
        assert abs(datetime.now(UTC) - datetime.fromisoformat(step["timestamp"])) < timedelta(
            seconds=30
        )


def test_an_id_that_nobody_has_sent_has_no_statuses(dpi: DpiHttp) -> None:
    answer = dpi.ask("GET", f"/messages/out/{uuid4()}/statuses")
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("status", [200, 202])
def test_a_letter_may_be_accepted_with_another_status_than_the_documented_one(
    miljo: Testmiljo, dpi: DpiHttp, status: int
) -> None:
    before = len(miljo.letters)
    miljo.faults.add(AcceptWithStatus(status))
    assert dpi.send().status_code == status
    assert dpi.send().status_code == 201
    assert len(miljo.letters) == before + 2


@pytest.mark.parametrize("kind", ["digital", "utskrift"])
def test_the_letters_of_these_tests_obey_the_official_schemas(dpi: DpiHttp, kind: str) -> None:
    assert_obeys(dpi.sender(kind).document(b"x", "token"), kind)


def test_every_receipt_obeys_the_official_schema_and_is_signed_by_its_sender(
    miljo: Testmiljo, dpi: DpiHttp
) -> None:
    dpi.send(spoil=_named)
    dpi.send(dpi.sender("utskrift"))
    postkasse, printer = miljo.aksesspunkt.postkasse, miljo.aksesspunkt.printer
    letter, printed = postkasse.letters[-1], printer.letters[-1]
    postkasse.open(letter)
    postkasse.fail_notification(letter, "SMS", "Nummeret er ikke i bruk")
    postkasse.fail_notification(letter, "EPOST")
    postkasse.refuse(letter, "Ugyldig PDF")
    postkasse.refuse(letter, feiltype="SERVER")
    printer.return_letter(printed)
    kinds = []
    for listed in dpi.listed():
        kind = kind_of(listed)
        is_printed = "innbyggerpost:utskrift:" in str(
            Token.read(listed["forretningsmelding"]).claims()
        )
        actor = (printer if is_printed else postkasse).actor
        assert_obeys(verified(listed["forretningsmelding"], actor.certificate), kind)
        kinds.append(kind)
    assert kinds == [
        "leveringskvittering",
        "mottakskvittering",
        "mottakskvittering",
        "leveringskvittering",
        "aapningskvittering",
        "varslingfeiletkvittering",
        "varslingfeiletkvittering",
        "feil",
        "feil",
        "returpostkvittering",
    ]


def _named(document: dict[str, Any]) -> None:
    post_of(document)["avsender"]["avsenderidentifikator"] = "skatt"


def test_letters_of_both_wires_are_shown_and_each_answers_on_its_own(
    miljo: Testmiljo, dpi: DpiHttp
) -> None:
    dpi.send()
    letter = miljo.letters[-1]
    assert letter in miljo.aksesspunkt.postkasse.letters
    assert letter not in miljo.postkasse.letters
    with pytest.raises(ValueError, match="came over DPI"):
        miljo.postkasse.open(letter)


def test_a_letter_of_the_broker_is_not_answered_over_the_access_point(
    miljo: Testmiljo, dpi: DpiHttp
) -> None:
    dpi.send()
    classic = replace(miljo.letters[-1], wire="ebms")
    with pytest.raises(ValueError, match="came over ebMS"):
        miljo.aksesspunkt.postkasse.accept(classic)


def test_receipts_wait_for_somebody_to_ask_where_that_is_wanted(
    miljo: Testmiljo, dpi: DpiHttp
) -> None:
    miljo.aksesspunkt.postkasse.automatic = False
    dpi.send()
    assert dpi.listed() == []
    miljo.aksesspunkt.postkasse.accept(miljo.letters[-1])
    assert [kind_of(each) for each in dpi.listed()] == ["leveringskvittering"]


def test_a_package_of_fifty_megabytes_is_taken_in_a_few_seconds_and_a_larger_one_is_not(
    dpi: DpiHttp,
) -> None:
    started = time.monotonic()
    assert dpi.send(package=bytes(50_000_000)).status_code == 201
    assert time.monotonic() - started < 10
    assert "larger" in says(dpi.send(package=bytes(50_000_001)))
    assert "larger" in says(dpi.send(package=bytes(60_000_000)))


def test_an_unreadable_package_is_taken_and_answered_with_feil(dpi: DpiHttp) -> None:
    assert dpi.send(package=b"not CMS").status_code == 201
    (listed,) = dpi.listed()
    feil = Token.read(listed["forretningsmelding"]).claims()["standardBusinessDocument"]["feil"]
    assert (feil["feiltype"], feil["detaljer"]) == ("KLIENT", "the package cannot be decrypted")


def test_refusals_are_problems(miljo: Testmiljo, dpi: DpiHttp) -> None:
    no_token = dpi.http.get(f"{miljo.dpi_url}/messages/in")
    assert (no_token.status_code, says(no_token)) == (401, "there is no bearer token")
    assert no_token.headers["www-authenticate"].startswith("Bearer")
    no_content = dpi.ask("POST", "/messages/out")
    assert (no_content.status_code, says(no_content)) == (400, "the request has no content")
    assert says(dpi.send(kanal="æ")).startswith("kanal must be")
    assert miljo.aksesspunkt.rejections[-1].reason.startswith("kanal must be")


def test_only_the_addresses_of_the_interface_are_served(dpi: DpiHttp) -> None:
    assert dpi.ask("GET", "/messages/out").status_code == 405
    assert dpi.ask("GET", "/messages").status_code == 404


def test_a_lost_answer_leaves_a_letter_that_cannot_be_sent_again(
    miljo: Testmiljo, dpi: DpiHttp
) -> None:
    sender, before = dpi.sender(), len(miljo.letters)
    miljo.faults.add(LoseAnswer(), on=Traffic.LETTER)
    with pytest.raises(httpx.RemoteProtocolError):
        dpi.send(sender)
    assert len(miljo.letters) == before + 1
    again = says(dpi.send(sender))
    assert again.startswith("ERROR: duplicate key value violates unique constraint")
    assert f"({sender.meldings_id}) already exists" in again


def test_a_lost_request_leaves_nothing(miljo: Testmiljo, dpi: DpiHttp) -> None:
    sender, before = dpi.sender(), len(miljo.letters)
    miljo.faults.add(LoseAnswer(accepted=False), on=Traffic.LETTER)
    with pytest.raises(httpx.RemoteProtocolError):
        dpi.send(sender)
    assert len(miljo.letters) == before
    assert dpi.send(sender).status_code == 201


def test_problems_and_statuses_come_on_demand(miljo: Testmiljo, dpi: DpiHttp) -> None:
    miljo.faults.add(RefuseWithProblem(422, "virus found", "Unprocessable"))
    answer = dpi.send()
    assert (answer.status_code, says(answer)) == (422, "virus found")
    assert answer.json()["title"] == "Unprocessable"
    miljo.faults.add(RefuseWithProblem(599))
    assert says(dpi.ask("GET", "/messages/in")) == "refused on demand"
    miljo.faults.add(RefuseWithStatus(503))
    answer = dpi.ask("GET", f"/messages/out/{uuid4()}/statuses")
    assert (answer.status_code, answer.content) == (503, b"")


def test_tokens_expire_on_demand(miljo: Testmiljo, dpi: DpiHttp) -> None:
    miljo.faults.add(ExpireToken(), times=2)
    answers = [dpi.send(), dpi.ask("GET", "/messages/in"), dpi.ask("GET", "/messages/in")]
    assert [answer.status_code for answer in answers] == [401, 401, 204]
    assert says(answers[0]) == "the token has expired"


def test_answers_are_late_or_cut_on_demand(miljo: Testmiljo, dpi: DpiHttp) -> None:
    dpi.send()
    miljo.faults.add(Delay(0.3))
    started = time.monotonic()
    assert len(dpi.listed()) == 1
    assert time.monotonic() - started >= 0.3
    miljo.faults.add(TruncateAnswer(at=20), on=RECEIPTS)
    with pytest.raises(httpx.RemoteProtocolError):
        dpi.listed()
    assert len(dpi.listed()) == 1


def test_a_fault_waits_for_a_request_that_it_can_happen_to(miljo: Testmiljo, dpi: DpiHttp) -> None:
    miljo.faults.add(RefuseWithEbms(Ebms.OTHER))
    miljo.faults.add(SignWithStranger())
    miljo.faults.add(ExpireToken(), on=Traffic.SIGNAL)
    assert dpi.send().status_code == 201
    assert len(dpi.listed()) == 1
    sender = Sender(AVSENDER, miljo.avsender, miljo.now())
    content_type, content = sender.signal(sender.pull())
    headers = {"Content-Type": content_type}
    answer = dpi.http.post(miljo.url, content=content, headers=headers)
    assert (answer.status_code, b"EBMS:0004" in answer.content) == (500, True)


def test_receipts_are_signed_by_a_stranger_on_demand(miljo: Testmiljo, dpi: DpiHttp) -> None:
    dpi.send()
    (genuine,) = dpi.listed()
    miljo.faults.add(SignWithStranger(), on=RECEIPTS)
    (foreign,) = dpi.listed()
    certificate = miljo.stranger.certificate
    document = verified(foreign["forretningsmelding"], certificate)
    assert document == Token.read(genuine["forretningsmelding"]).claims()
    assert certificate.issuer != miljo.avsender.certificate.issuer
    assert dpi.listed() == [genuine]


def test_downloads_are_on_another_origin_on_demand(miljo: Testmiljo, dpi: DpiHttp) -> None:
    dpi.send()
    miljo.faults.add(MoveDownloads("https://elsewhere.example"), on=RECEIPTS)
    (listed,) = dpi.listed()
    assert listed["downloadurl"].startswith("https://elsewhere.example/dpi/messages/in/")


def test_a_receipt_is_listed_again_on_demand_after_it_was_read(
    miljo: Testmiljo, dpi: DpiHttp
) -> None:
    dpi.send()
    (first,) = dpi.listed()
    dpi.ask("POST", f"/messages/in/{id_of(first)}/read")
    dpi.send()
    (second,) = dpi.listed()
    miljo.faults.add(ReplayReceipt(), on=RECEIPTS)
    assert dpi.listed() == [first, second]
    assert dpi.listed() == [second]


def test_damaged_and_doubled_receipts_can_be_listed(miljo: Testmiljo, dpi: DpiHttp) -> None:
    dpi.send()
    (genuine,) = dpi.listed()
    jws = genuine["forretningsmelding"]
    miljo.aksesspunkt.queue_receipt(jws, databehandler=AVSENDER)
    miljo.aksesspunkt.queue_receipt("søppel", databehandler=AVSENDER)
    assert [each["forretningsmelding"] for each in dpi.listed()] == [jws, jws, "søppel"]
    miljo.faults.add(SignWithStranger(), on=RECEIPTS)
    assert dpi.listed()[-1]["forretningsmelding"] == "søppel"


def test_a_receipt_may_be_from_one_and_signed_by_another(miljo: Testmiljo, dpi: DpiHttp) -> None:
    dpi.send()
    postkasse, printer = miljo.aksesspunkt.postkasse, miljo.aksesspunkt.printer
    postkasse.send(receipts.aapning(), postkasse.letters[-1], signer=printer.actor)
    listed = dpi.listed()[-1]
    document = verified(listed["forretningsmelding"], printer.actor.certificate)
    sender = document["standardBusinessDocument"]["standardBusinessDocumentHeader"]["sender"]
    assert sender[0]["identifier"]["value"] == f"0192:{postkasse.actor.organisasjonsnummer}"


def test_the_access_point_of_the_configuration_is_this_one(miljo: Testmiljo) -> None:
    assert miljo.environment().access_point_url == miljo.dpi_url
