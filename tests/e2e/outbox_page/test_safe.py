"""The page answers nobody but its own browser, and shows and changes nothing that it must not."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from itertools import pairwise

import httpx
import pytest
from lxml import etree, html

from sdp.cli.app import run as run_command
from sdp.errors import ConfigurationError
from sdp.outbox import Tilstand
from sdp.outbox.decisions import commands
from sdp.outbox.web.server import Serving
from tests.e2e.outbox_page.conftest import LATE, PAUSED, REFUSED, UNSETTLED, Served
from tests.unit.outbox.world import person

PAGES = (
    *("/", "/letters", "/needs-a-person", f"/letter?key={REFUSED}", "/letter?key=sak%2F2"),
    *("/letters?state=avvist", "/letters?campaign=Skoleskyss", "/letter?key=none", "/none"),
)
QUESTIONS = (
    f"/question?action=retry&target={REFUSED}",
    "/question?action=resume&target=Feiing",
)


def own(served: Served, **more: str) -> dict[str, str]:
    return {"Origin": served.url, **more}


def form_of(served: Served, question: str, **fields: str) -> dict[str, str]:
    """What the form of a question would send."""
    asked = html.fromstring(served.http.get(question).raise_for_status().content)
    hidden = {
        each.get("name", ""): each.get("value", "")
        for each in asked.iter("input")
        if each.get("type") == "hidden"
    }
    return {"who": "Kari Saksbehandler", "why": "ny adresse", **hidden, **fields}


class TestWhoIsAnswered:
    def test_another_name_for_this_machine_is_refused(self, looking: Served) -> None:
        for host in ("evil.example", "evil.example:8470", "127.0.0.1.evil.example", ""):
            answer = looking.http.get("/", headers={"Host": host})
            assert answer.status_code in (400, 403), host
            assert "Skoleskyss" not in answer.text

    def test_every_answer_has_the_headers_that_keep_others_out(self, looking: Served) -> None:
        for address in (*PAGES, "/static/style.css"):
            headers = looking.http.get(address).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe-inline" not in policy
            assert "frame-ancestors 'none'" in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == "no-store"
            assert "server" not in headers

    def test_an_address_that_others_reach_takes_a_reverse_proxy(self) -> None:
        for host in ("0.0.0.0", "::", "192.0.2.1", "post.example.no"):
            with pytest.raises(ConfigurationError, match="no log-in"):
                Serving(host=host)
        assert Serving(host="0.0.0.0", behind_proxy=("post.example.no",)).port == 8470
        assert Serving(host="::1").host == "::1"

    def test_the_command_says_so_before_it_listens(
        self, looking: Served, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run_command(["outbox", "serve", str(looking.path), "--host", "0.0.0.0"]) == 1
        assert "--behind-proxy post.example.no" in " ".join(capsys.readouterr().err.split())

    def test_a_port_that_is_taken_is_named(
        self, looking: Served, capsys: pytest.CaptureFixture[str]
    ) -> None:
        port = looking.url.rpartition(":")[2]
        assert run_command(["outbox", "serve", str(looking.path), "--port", port]) == 1
        assert f"Port {port}" in capsys.readouterr().err

    def test_a_header_that_names_a_user_counts_behind_a_proxy_alone(self) -> None:
        with pytest.raises(ConfigurationError, match="anybody can write"):
            Serving(user_header="X-Remote-User")


class TestWhatIsShown:
    def test_no_page_shows_the_number_of_a_person(self, looking: Served) -> None:
        numbers = [person(number) for number in range(1, 7)]
        for address in PAGES:
            text = looking.http.get(address).text
            assert not [number for number in numbers if number in text], address
            assert not re.search(r"\b\d{11}\b", text), address

    def test_a_person_is_searched_for_without_an_address_that_says_so(
        self, looking: Served
    ) -> None:
        answer = looking.http.post(
            "/person", data={"personidentifikator": person(2)}, headers=own(looking)
        )
        assert answer.status_code == 200
        assert LATE in answer.text
        assert REFUSED not in answer.text
        assert person(2) not in answer.text
        assert looking.http.get(f"/person?personidentifikator={person(2)}").status_code == 405

    def test_what_is_no_number_is_refused_and_not_repeated(self, looking: Served) -> None:
        answer = looking.http.post(
            "/person", data={"personidentifikator": "12345678901"}, headers=own(looking)
        )
        assert answer.status_code == 400
        assert "12345678901" not in answer.text

    def test_another_site_may_not_ask_about_a_person(self, looking: Served) -> None:
        for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
            answer = looking.http.post(
                "/person", data={"personidentifikator": person(2)}, headers=headers
            )
            assert answer.status_code == 403

    def test_a_letter_is_shown_with_ground_notices_and_receipts(self, looking: Served) -> None:
        text = looking.http.get("/letter?key=sak-1").text
        for words in ("levert", "digital", "epost", "Opened by the citizen", "922020175"):
            assert words in text

    def test_each_that_needs_a_person_names_its_command(self, looking: Served) -> None:
        text = html.fromstring(looking.http.get("/needs-a-person").content).text_content()
        assert "sdp outbox show DATABASE sak/2" in text
        assert f"sdp outbox retry DATABASE '{UNSETTLED}'" in text
        assert f"sdp outbox retry DATABASE {REFUSED}" in text
        assert "sdp outbox receipts DATABASE" in text

    def test_its_metrics_are_those_of_the_command(self, looking: Served) -> None:
        answer = looking.http.get("/metrics")
        assert answer.headers["content-type"].startswith("application/openmetrics-text")
        assert 'sdp_outbox_letters{campaign="Skoleskyss",state="levert"} 1\n' in answer.text

    def test_markup_in_a_key_is_text(self, looking: Served) -> None:
        answer = looking.http.get("/letters", params={"q": '"><script>alert(1)</script>'})
        assert "<script>alert" not in answer.text


class TestWhatMayBeDone:
    def test_a_page_to_look_at_does_nothing(self, looking: Served) -> None:
        form = {"action": "resume", "target": "Feiing", "who": "k", "why": "w", "token": "0"}
        assert looking.http.get(QUESTIONS[1]).status_code == 403
        assert looking.http.post("/do", data=form, headers=own(looking)).status_code == 403
        assert 'href="/question' not in looking.http.get("/").text

    def test_a_decision_is_recorded_with_who_and_why(self, deciding: Served) -> None:
        done = deciding.http.post(
            "/do", data=form_of(deciding, QUESTIONS[0]), headers=own(deciding)
        )
        assert (done.status_code, done.headers["location"]) == (303, f"/letter?key={REFUSED}")
        shown = deciding.http.get(done.headers["location"]).text
        assert "Tried again, by a person: Kari Saksbehandler, on the page: ny adresse" in shown

    def test_a_form_without_its_token_or_of_another_question_is_refused(
        self, deciding: Served
    ) -> None:
        good = form_of(deciding, QUESTIONS[1])
        other = form_of(deciding, f"/question?action=cancel&target={PAUSED}")
        for wrong in (
            {**good, "token": ""},
            {**good, "token": other["token"]},
            {**good, "action": "cancel-campaign"},
            {**good, "target": "Skoleskyss"},
        ):
            answer = deciding.http.post("/do", data=wrong, headers=own(deciding))
            assert answer.status_code == 403, wrong
        with httpx.Client(base_url=deciding.url, trust_env=False) as another_browser:
            answer = another_browser.post("/do", data=good, headers=own(deciding))
            assert answer.status_code == 403
        for headers in ({}, {"Origin": "http://evil.example"}):
            assert deciding.http.post("/do", data=good, headers=headers).status_code == 403
        assert deciding.http.get("/do").status_code == 405

    def test_who_and_why_are_asked_for(self, deciding: Served) -> None:
        for missing in ("who", "why"):
            form = form_of(deciding, QUESTIONS[1], **{missing: "  "})
            answer = deciding.http.post("/do", data=form, headers=own(deciding))
            assert answer.status_code == 400
            assert missing in answer.text

    def test_what_cannot_be_done_any_more_is_told(self, deciding: Served) -> None:
        form = form_of(deciding, f"/question?action=cancel&target={PAUSED}")
        assert deciding.http.post("/do", data=form, headers=own(deciding)).status_code == 303
        again = deciding.http.post("/do", data=form, headers=own(deciding))
        assert again.status_code == 409
        assert "avbrutt cannot be cancelled" in again.text

    def test_a_large_form_is_refused(self, deciding: Served) -> None:
        answer = deciding.http.post("/do", content=b"x" * 20_000, headers=own(deciding))
        assert answer.status_code == 413


def test_behind_a_proxy_its_name_and_its_user_count(serve: Callable[..., Served]) -> None:
    served = serve(
        *("--behind-proxy", "Post.example.no", "--user-header", "X-Remote-User"),
        "--allow-actions",
    )
    named = {"Host": "post.example.no", "X-Remote-User": "ola"}
    assert served.http.get("/").status_code == 403
    assert served.http.get("/", headers=named).status_code == 200
    unnamed = {"Host": "post.example.no"}
    assert served.http.get(QUESTIONS[0], headers=unnamed).status_code == 403

    asked = served.http.get(QUESTIONS[0], headers=named)
    assert "secure" in asked.headers["set-cookie"].lower()
    cookie = asked.headers["set-cookie"].partition(";")[0]
    [token] = html.fromstring(asked.content).xpath("//input[@name='token']/@value")
    form = {"action": "retry", "target": REFUSED, "token": token, "who": "kari", "why": "ny"}
    sent = {**named, "Cookie": cookie}
    over_http = served.http.post(
        "/do", data=form, headers={**sent, "Origin": "http://post.example.no"}
    )
    assert over_http.status_code == 403
    origin = {"Origin": "https://post.example.no"}
    assert served.http.post("/do", data=form, headers={**sent, **origin}).status_code == 303
    shown = served.http.get(f"/letter?key={REFUSED}", headers=named).text
    assert "ola, on the page: ny" in shown
    assert "kari" not in shown


def test_it_ends_at_once_when_it_is_told_to_and_has_logged_nobody(
    serve: Callable[..., Served],
) -> None:
    served = serve()
    served.http.post("/person", data={"personidentifikator": person(2)}, headers=own(served))
    with served.http.stream("GET", "/events") as events:
        next(events.iter_text())
        told = served.close()
    assert served.exit_code == 0
    assert "Stopped." in told
    assert person(2) not in told


@pytest.mark.parametrize("address", [*PAGES, *QUESTIONS])
def test_every_page_is_marked_up_for_everybody(deciding: Served, address: str) -> None:
    root = html.fromstring(deciding.http.get(address).content)
    heading = root.findtext(".//h1") or ""
    assert root.get("lang") == "en"
    assert heading.strip()
    assert heading in (root.findtext("head/title") or "")
    assert len(root.findall(".//main")) == 1
    ids = [str(each) for each in root.xpath("//@id")]
    assert len(ids) == len(set(ids))
    assert {str(each) for each in root.xpath("//@aria-labelledby | //label/@for")} <= set(ids)
    labelled = {each.get("for") for each in root.findall(".//label")}
    for field in root.xpath("//input[not(@type='hidden')] | //select"):
        assert isinstance(field, etree._Element)
        assert field.get("id") in labelled
    levels = [int(str(each.tag)[1]) for each in root.iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert root.xpath("//@style") == []
    loaded = [str(each) for each in root.xpath("//@src | //link/@href | //form/@action")]
    assert all(each.startswith("/") and not each.startswith("//") for each in loaded)


def test_the_first_page_says_how_much_needs_a_person(looking: Served) -> None:
    page = looking.http.get("/").text

    assert "1 letter may or may not have arrived." in page
    assert "1 letter has no levering after the deadline." in page
    assert "1 receipt is set aside." in page


@pytest.mark.parametrize(("key", "tilstand"), [(UNSETTLED, "uavklart"), (REFUSED, "avvist")])
def test_what_needs_a_person_has_the_commands_that_settle_it(
    looking: Served, key: str, tilstand: str
) -> None:
    needed = unescape(looking.http.get("/needs-a-person").text)
    shown = unescape(looking.http.get("/letter", params={"key": key}).text)

    for command in commands(Tilstand(tilstand), key):
        assert command in needed
        assert command in shown
