"""What was checked around a letter: tokens, lookups, lists of receipts and the marks on them."""

from __future__ import annotations

import pytest

from sdp import Client
from sdp.testmiljo import RefuseWithStatus, Testmiljo, Traffic
from sdp.testmiljo.faults.kinds import place_of, traffic_of
from sdp.testmiljo.faults.reading import FAULT_KINDS
from sdp.testmiljo.world.journal import Exchange
from tests.e2e.client.conftest import Letters
from tests.e2e.web.page import Browserless, received, sent


def _last(miljo: Testmiljo, traffic: Traffic) -> Exchange:
    for exchange in reversed(miljo.journal.exchanges):
        place = place_of(exchange.method, exchange.path.partition("?")[0])
        if place is not None and place.traffic is traffic:
            return exchange
    raise AssertionError(f"nothing was asked of {traffic}")


@pytest.fixture
def today(miljo: Testmiljo, letters: Letters) -> None:
    with Client(miljo.client_config(wire="dpi")) as client:
        client.send(letters.digital())
        received(client)


@pytest.mark.parametrize(
    ("traffic", "rules"),
    [
        (
            Traffic.TOKEN,
            ["(x5c)", "aud is", "iat and exp", "after iat", "from now", "jti", "scope"],
        ),
        (Traffic.LOOKUP, ["token is good for the register", "1 to 1000 people"]),
        (Traffic.RECEIPTS, ["token is good for digitalpostinnbygger:send", "kanal"]),
        (Traffic.READ, ["token is good", "UUID"]),
    ],
)
@pytest.mark.usefixtures("today")
def test_each_check_is_shown_with_its_verdict(
    traffic: Traffic, rules: list[str], miljo: Testmiljo, web: Browserless
) -> None:
    page = web.see(f"/web/traffic/{_last(miljo, traffic).number}")

    verdicts = page.verdicts()
    assert {verdict for _, verdict, _ in verdicts} == {"holds"}
    assert all(any(rule in shown for shown, _, _ in verdicts) for rule in rules)


def test_a_question_over_soap_is_checked_too(miljo: Testmiljo, web: Browserless) -> None:
    config = miljo.client_config()
    krr = config.krr.model_copy(update={"wire": "soap"})
    with Client(config.model_copy(update={"krr": krr})) as client:
        client.lookup([miljo.innbygger().personidentifikator])

    verdicts = web.see(f"/web/traffic/{_last(miljo, Traffic.LOOKUP).number}").verdicts()

    assert [verdict for _, verdict, _ in verdicts] == ["holds"] * 3
    assert "signed with a genuine certificate, in time" in verdicts[0][0]


@pytest.mark.parametrize(
    ("method", "path", "body", "rule"),
    [
        ("POST", "/maskinporten/token", b"grant_type=x", "The form has one assertion"),
        (
            "POST",
            "/maskinporten/token",
            b"grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=a.b",
            "The assertion is a JWS",
        ),
        ("POST", "/krr/rest/v2/personer", b"{}", "The token is good"),
        ("GET", "/dpi/messages/in", b"", "The token is good"),
        ("POST", "/krr/ws-v5", b"<x/>", "Timestamp and body"),
    ],
)
def test_what_does_not_hold_is_shown_with_the_reason(
    method: str, path: str, body: bytes, rule: str, miljo: Testmiljo, web: Browserless
) -> None:
    kind = "application/soap+xml" if body == b"<x/>" else "application/x-www-form-urlencoded"
    web.http.request(method, path, content=body, headers={"Content-Type": kind})

    broken = [
        (shown, reason)
        for shown, verdict, reason in web.see(
            f"/web/traffic/{miljo.journal.exchanges[-1].number}"
        ).verdicts()
        if verdict == "broken"
    ]

    assert broken[0][0].startswith(rule)
    assert broken[0][1]


def test_the_package_of_a_letter_is_opened_and_described(
    miljo: Testmiljo, client: Client, letters: Letters, web: Browserless
) -> None:
    client.send(letters.digital())

    page = web.see(f"/web/traffic/{_last(miljo, Traffic.LETTER).number}")

    shown = {
        str(each.get("aria-label")): each.text_content() for each in page.root.findall(".//pre")
    }
    assert "brev.pdf" in shown["manifest.xml of the package"]
    assert "XAdESSignatures" in shown["META-INF/signatures.xml of the package"]
    assert shown["manifest.xml of the package"].count("\n") > 5


def test_the_lookups_of_a_letter_are_its_own(
    miljo: Testmiljo, letters: Letters, web: Browserless
) -> None:
    kari = miljo.innbygger()
    with Client(miljo.client_config()) as client:
        first = sent(client, letters.digital(mottaker=kari))
        of_first = _last(miljo, Traffic.LOOKUP).number
        second = sent(client, letters.digital(mottaker=kari))
        of_second = _last(miljo, Traffic.LOOKUP).number
        client.lookup([kari.personidentifikator])
        later = _last(miljo, Traffic.LOOKUP).number

    links = {f"/web/traffic/{number}" for number in (of_first, of_second, later)}
    assert web.see(first).links() & links == {f"/web/traffic/{of_first}"}
    assert web.see(second).links() & links == {f"/web/traffic/{of_second}"}


def test_what_waits_many_times_stands_once_on_the_page(miljo: Testmiljo, web: Browserless) -> None:
    miljo.faults.add(RefuseWithStatus(503), times=1000, on=Traffic.LETTER)

    page = web.see("/web/faults")

    assert page.section("waiting").count("RefuseWithStatus") == 1
    assert "RefuseWithStatus(503), for a letter, 1000 times" in page.section("waiting")


def test_a_form_offers_only_what_the_fault_can_happen_to(web: Browserless) -> None:
    page = web.see("/web/faults")

    for kind in FAULT_KINDS.values():
        (select,) = page.root.xpath(f"//select[@id='{kind.name}-on']")
        offered = [option.get("value") for option in select.findall("option")]
        assert offered == ["", *(traffic.name for traffic in traffic_of(kind.make))]  # type: ignore[arg-type]
    [label] = page.root.xpath("//select[@id='Delay-on']/option[1]/text()")
    assert "but for tokens and lookups" in label


def test_the_api_tells_what_there_is(web: Browserless) -> None:
    told = web.http.get("/api-test/").json()

    assert {fault["fault"] for fault in told["faults"]} == set(FAULT_KINDS)
    [refusal] = [each for each in told["faults"] if each["fault"] == "RefuseLookup"]
    assert refusal["on"] == ["LOOKUP"]
    assert refusal["fields"]["status"] == "a number"
    assert "POST faults" in told["addresses"]


@pytest.mark.parametrize("traffic", ["TOKEN", "LETTER"])
def test_the_api_refuses_what_can_never_happen(
    web: Browserless, traffic: str, miljo: Testmiljo
) -> None:
    body = {"fault": "RefuseToken", "error": "invalid_scope", "on": traffic, "extra": 1}
    answer = web.http.post("/api-test/faults", json=body)

    assert answer.status_code == 400
    assert miljo.faults.waiting == ()
    assert ("extra" if traffic == "TOKEN" else "on must be") in answer.json()["error"]


def test_a_letter_over_ebms_is_checked_by_two_libraries(
    miljo: Testmiljo, letters: Letters, web: Browserless
) -> None:
    with Client(miljo.client_config(wire="ebms")) as client:
        client.send(letters.digital())

    verdicts = web.see(f"/web/traffic/{_last(miljo, Traffic.LETTER).number}").verdicts()

    assert [verdict for rule, verdict, _ in verdicts if "signxml" in rule] == ["holds"]
