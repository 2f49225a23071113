"""What went over the wire, as the pages show it."""

from __future__ import annotations

import os
import time

import pytest

from sdp import (
    Client,
    Dokument,
    Dokumentpakke,
    UnknownOutcomeError,
)
from sdp.errors import EbmsError
from sdp.testmiljo import Ebms, LoseAnswer, RefuseWithEbms, Testmiljo
from sdp.testmiljo.world.journal import Exchange
from tests.documents import pdf
from tests.e2e.client.conftest import Letters
from tests.e2e.web.page import Browserless, received, sent


def test_every_check_of_a_letter_that_was_taken_holds(
    web: Browserless, client: Client, letters: Letters
) -> None:
    page = web.see(sent(client, letters.digital()))

    verdicts = page.verdicts()
    assert {verdict for _, verdict, _ in verdicts} == {"holds"}
    assert "The fingerprint in the message is that of the package" in [
        rule for rule, *_ in verdicts
    ]
    assert len(verdicts) > 12


def test_a_letter_is_followed_from_its_sending_to_the_confirmation_of_its_receipt(
    miljo: Testmiljo, web: Browserless, client: Client, letters: Letters
) -> None:
    address = sent(client, letters.digital())
    received(client)
    sent(client, letters.digital())
    numbers = [
        int(link.rpartition("/")[2])
        for link in web.see(address).links()
        if link.startswith("/web/traffic/")
    ]

    hops = [each for each in map(miljo.journal.find, sorted(numbers)) if each is not None]
    methods = [each.method for each in hops if "/krr/" not in each.path]
    assert methods in (["POST", "POST", "POST"], ["POST", "GET", "POST"])
    assert all(each.status in (200, 201) for each in hops)


def test_a_message_is_written_out_with_its_tokens_unpacked(
    miljo: Testmiljo, web: Browserless, letters: Letters
) -> None:
    with Client(miljo.client_config(wire="dpi")) as client:
        client.send(letters.digital())
    exchange = next(each for each in miljo.journal.exchanges[::-1] if "/out" in each.path)
    page = web.see(f"/web/traffic/{exchange.number}")

    assert '"ikkesensitivtittel": "Brev fra Testetaten"' in page.section("request")
    assert '"scope": "digitalpostinnbygger:send"' in page.section("request")


def test_a_letter_that_was_changed_on_its_way_is_shown_with_the_check_that_broke(
    miljo: Testmiljo, web: Browserless, letters: Letters
) -> None:
    with Client(miljo.client_config()) as client:
        client.send(letters.digital())
    taken = next(
        each for each in miljo.journal.exchanges[::-1] if each.path.startswith("/api/9908")
    )
    changed = taken.request.content.replace(b"Brev fra Testetaten", b"Brev fra Testetatem")
    headers = {"Content-Type": taken.request_type}
    refused = web.http.post(taken.path, content=changed, headers=headers)
    verdicts = web.see(f"/web/traffic/{miljo.journal.exchanges[-1].number}").verdicts()

    assert refused.status_code == 500
    *held, broken, outcome = verdicts
    assert {verdict for _, verdict, _ in held} == {"holds"}
    assert broken[0].startswith("Timestamp, body, Messaging and attachment are signed")
    assert broken[1] == outcome[1] == "broken"
    assert "EBMS:0101" in outcome[2]
    assert broken[2] == outcome[2]


def test_what_is_too_large_to_keep_is_said_to_be_unknown(
    miljo: Testmiljo, web: Browserless, client: Client, letters: Letters
) -> None:
    large = Dokument.from_bytes(pdf() + os.urandom(400_000), filnavn="stor.pdf", tittel="Stor")
    page = web.see(sent(client, letters.digital(dokumentpakke=Dokumentpakke(hoveddokument=large))))

    assert [verdict for _, verdict, _ in page.verdicts()] == ["not known", "holds"]


def test_a_fault_from_the_form_happens_and_is_noted_with_the_request(
    miljo: Testmiljo, web: Browserless, letters: Letters
) -> None:
    page = web.submit(
        "/web/faults", fault="RefuseWithEbms", error="OTHER", description="nei", on="LETTER"
    )
    assert "RefuseWithEbms" in page.section("waiting")
    assert miljo.faults.waiting[0][0] == RefuseWithEbms(Ebms.OTHER, "nei")

    with Client(miljo.client_config()) as client, pytest.raises(EbmsError):
        client.send(letters.digital())
    exchange = web.see(f"/web/traffic/{miljo.journal.exchanges[-1].number}")
    assert "went wrong on demand: RefuseWithEbms" in exchange.text("content")
    assert "EBMS:0004 Other: nei" in exchange.section("checks")
    assert "Nothing; every request" in web.see("/web/faults").section("waiting")


def test_a_fault_from_the_form_lasts_until_it_is_cleared(
    miljo: Testmiljo, web: Browserless
) -> None:
    # As a browser sends it: the number of the form, and then the box that was ticked.
    content = "fault=FailOcsp&how=DOWN&on=&times=1&times=always"
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": miljo.root_url}
    assert web.http.post("/web/faults", content=content, headers=headers).status_code == 200
    waiting = web.see("/web/faults").section("waiting")
    assert "FailOcsp(DOWN), for any request it can happen to, until it is cleared" in waiting
    assert (miljo.faults.waiting, len(miljo.faults.lasting)) == ((), 1)
    assert "Nothing; every request" in web.submit("/web/faults/clear").section("waiting")
    assert miljo.faults.lasting == ()


def test_a_connection_that_was_cut_is_shown_as_no_answer(
    miljo: Testmiljo, web: Browserless, client: Client, letters: Letters
) -> None:
    miljo.faults.add(LoseAnswer())
    with pytest.raises(UnknownOutcomeError):
        client.send(letters.digital())
    cut = _cut_off(miljo)

    assert "no answer: the connection was cut" in web.see("/web/traffic").text("content")
    assert "none, cut" in web.see(f"/web/traffic/{cut.number}").text("content")


def _cut_off(miljo: Testmiljo) -> Exchange:
    """Wait for the journal to notice that the connection is gone, as the sender already has."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        latest = miljo.journal.exchanges[-1]
        if latest.is_cut:
            return latest
        time.sleep(0.01)
    raise AssertionError("nothing was cut off")
