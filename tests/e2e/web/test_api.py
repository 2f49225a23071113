"""The environment as JSON, for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sdp import Aapningskvittering, Client, DigitalPost, UnknownOutcomeError
from sdp.testmiljo import RefuseWithStatus, Testmiljo, Traffic
from tests.documents import pdf
from tests.e2e.client.conftest import Letters
from tests.e2e.web.page import Browserless, received


@pytest.fixture
def api(miljo: Testmiljo) -> Iterator[httpx.Client]:
    with Browserless(miljo) as web:
        yield web.http
    miljo.faults.clear()


def said(answer: httpx.Response) -> Any:
    assert answer.headers["content-type"] == "application/json"
    return answer.raise_for_status().json()


def test_a_letter_is_found_by_its_mailbox_and_its_documents_are_got(
    miljo: Testmiljo, api: httpx.Client, client: Client, letters: Letters
) -> None:
    mottaker = miljo.innbygger()
    resultat = client.send(letters.digital(mottaker=mottaker))
    question = {"postkasseadresse": mottaker.postkasseadresse}
    (letter,) = said(api.get("/api-test/letters", params=question))

    assert letter["meldings_id"] == str(resultat.meldings_id)
    assert (letter["kind"], letter["ikke_sensitiv_tittel"]) == ("digital", "Brev fra Testetaten")
    (document,) = letter["documents"]
    assert (document["filnavn"], document["tittel"]) == ("brev.pdf", "Vedtak")
    assert api.get(document["content"]).content == pdf()


def test_letters_are_listed_in_parts_each_naming_the_next(
    miljo: Testmiljo, api: httpx.Client, client: Client, letters: Letters
) -> None:
    mottaker = miljo.innbygger()
    sent = [str(client.send(letters.digital(mottaker=mottaker)).meldings_id) for _ in range(3)]
    person = {"postkasseadresse": mottaker.postkasseadresse}

    first = api.get("/api-test/letters", params={**person, "limit": 2})
    second = api.get(first.links["next"]["url"])

    assert [each["meldings_id"] for each in said(first) + said(second)] == sent
    assert (len(said(first)), "link" in second.headers) == (2, False)
    everything = api.get("/api-test/letters", params=person)
    assert ([each["meldings_id"] for each in said(everything)], everything.links) == (sent, {})
    rest = api.get("/api-test/letters", params={**person, "after": sent[0]})
    assert [each["meldings_id"] for each in said(rest)] == sent[1:]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({"limit": "0"}, 400, "limit must be a number"),
        ({"limit": "many"}, 400, "limit must be a number"),
        ({"after": "none"}, 404, "no letter of this id"),
    ],
)
def test_a_part_that_there_is_not_is_refused(
    api: httpx.Client, query: dict[str, str], status: int, words: str
) -> None:
    answer = api.get("/api-test/letters", params=query)

    assert (answer.status_code, words in answer.json()["error"]) == (status, True)


def test_a_print_letter_has_its_addresses(
    api: httpx.Client, client: Client, letters: Letters
) -> None:
    resultat = client.send(letters.fysisk())
    letter = said(api.get(f"/api-test/letters/{resultat.meldings_id}"))

    assert letter["kind"] == "print"
    assert letter["mottaker"]["navn"] == "Kari Nordmann"
    assert letter["done"] == []


def test_a_script_opens_a_letter_and_the_sender_gets_the_receipt(
    api: httpx.Client, client: Client, letters: Letters
) -> None:
    ordered = DigitalPost(ikke_sensitiv_tittel="Svar", aapningskvittering=True)
    resultat = client.send(letters.digital(digital_post=ordered))
    received(client)
    address = f"/api-test/letters/{resultat.meldings_id}"

    done = said(api.post(f"{address}/open"))
    assert (done["what"], done["receipt"]) == ("Opened.", "aapningskvittering")
    assert said(api.get(address))["done"] == [done]

    def waiting() -> list[str]:
        konversasjon = str(resultat.konversasjons_id)
        listed = said(api.get("/api-test/receipts"))
        return [each["kind"] for each in listed if each["konversasjons_id"] == konversasjon]

    assert waiting() == ["aapningskvittering"]
    assert [type(each) for each in received(client)] == [Aapningskvittering]
    assert waiting() == []


def test_receipts_that_are_not_sent_by_themselves_are_sent_on_demand() -> None:
    with (
        Testmiljo.start(automatic_receipts=False) as miljo,
        Client(miljo.client_config()) as client,
        Browserless(miljo) as web,
    ):
        resultat = client.send(Letters(miljo).fysisk())
        assert received(client) == []
        done = said(web.http.post(f"/api-test/letters/{resultat.meldings_id}/accept"))

        assert done["receipt"] == "mottakskvittering, leveringskvittering"
        assert len(received(client)) == 3


def test_a_scenario_is_scripted_with_faults(
    miljo: Testmiljo, api: httpx.Client, letters: Letters
) -> None:
    asked = {"fault": "RefuseWithStatus", "status": 503, "times": 2, "on": "LETTER"}
    added = api.post("/api-test/faults", json=asked)
    assert added.status_code == 201
    assert (
        said(api.get("/api-test/faults"))
        == [{"fault": "RefuseWithStatus", "status": 503, "on": "LETTER"}] * 2
    )
    assert miljo.faults.waiting[0] == (RefuseWithStatus(503), Traffic.LETTER)

    with Client(miljo.client_config()) as client, pytest.raises(UnknownOutcomeError):
        client.send(letters.digital())
    exchange = said(api.get("/api-test/exchanges"))[-1]
    assert (exchange["status"], exchange["refusal"]) == (503, "HTTP 503, without a word")
    assert exchange["remarks"] == ["went wrong on demand: RefuseWithStatus(503)"]

    assert api.delete("/api-test/faults").status_code == 204
    assert said(api.get("/api-test/faults")) == []


def test_a_fault_that_lasts_is_told_as_one_that_does(miljo: Testmiljo, api: httpx.Client) -> None:
    asked = {"fault": "RefuseWithStatus", "status": 503, "times": "always", "on": "TOKEN"}
    added = api.post("/api-test/faults", json=asked)
    assert (added.status_code, added.json()["times"]) == (201, "always")
    assert said(api.get("/api-test/faults")) == [asked]

    for _ in range(2):
        assert api.post("/maskinporten/token").status_code == 503
    assert said(api.get("/api-test/faults")) == [asked]
    assert api.delete("/api-test/faults").status_code == 204
    assert miljo.faults.lasting == ()
    assert api.post("/maskinporten/token").status_code == 400


def test_an_exchange_is_told_whole_with_its_checks(
    miljo: Testmiljo, api: httpx.Client, client: Client, letters: Letters
) -> None:
    client.send(letters.digital())
    number = miljo.journal.exchanges[-1].number
    exchange = said(api.get(f"/api-test/exchanges/{number}"))

    assert {check["verdict"] for check in exchange["checks"]} == {"holds"}
    assert "Brev fra Testetaten" in "".join(part["text"] for part in exchange["request"])


def test_a_person_is_entered_and_listed(miljo: Testmiljo, api: httpx.Client) -> None:
    entered = said(api.post("/api-test/people", json={"kind": "NO_MAILBOX"}))

    assert entered["postkasseadresse"] is None
    assert entered in said(api.get("/api-test/people"))
    assert miljo.register.find(entered["personidentifikator"]).postkasseadresse is None


def test_a_mailbox_is_dropped_by_the_number_of_its_owner(
    miljo: Testmiljo, api: httpx.Client
) -> None:
    number = miljo.innbygger().personidentifikator
    dropped = said(api.post(f"/api-test/people/{number}/drop"))

    assert (dropped["personidentifikator"], dropped["postkasseadresse"]) == (number, None)
    again = api.post(f"/api-test/people/{number}/drop")
    assert (again.status_code, again.json()["error"]) == (
        404,
        "The register shows no mailbox of this person.",
    )


@pytest.mark.parametrize(
    ("method", "address", "body", "status", "why"),
    [
        ("GET", "/letters/none", None, 404, "no letter of this id"),
        ("POST", "/letters/none/open", None, 404, "no letter of this id"),
        ("GET", "/exchanges/99999", None, 404, "no exchange of this number"),
        ("POST", "/faults", b"{}", 400, "fault must be one of"),
        ("POST", "/faults", b"[]", 400, "must be a JSON object"),
        ("POST", "/faults", b"[" * 50_000, 400, "must be a JSON object"),
        ("POST", "/faults", b" " * 100_000, 413, "64 KiB"),
        ("POST", "/people", b'{"kind": "GHOST"}', 400, "kind must be one of"),
        ("POST", "/people", b'{"personidentifikator": 1}', 400, "must be 11 digits"),
        ("GET", "/nothing", None, 404, "Not Found"),
        ("PUT", "/faults", None, 405, "Method Not Allowed"),
    ],
)
def test_what_cannot_be_done_is_told_as_json(
    api: httpx.Client, method: str, address: str, body: bytes | None, status: int, why: str
) -> None:
    answer = api.request(method, f"/api-test{address}", content=body)

    assert answer.status_code == status
    assert why in answer.json()["error"]


def test_a_page_of_another_site_cannot_use_the_api(miljo: Testmiljo, api: httpx.Client) -> None:
    elsewhere = {"Origin": "https://evil.example"}

    assert api.delete("/api-test/faults", headers=elsewhere).status_code == 403
    assert "access-control-allow-origin" not in api.get("/api-test/letters").headers
