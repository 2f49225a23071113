"""The campaigns of an outbox that sends to the environment: counted, searched, and left alone."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sdp import Brev, Client, Outbox
from sdp.outbox.look import Look
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.world.outbox import OutboxLetter
from tests.e2e.client.conftest import Letters
from tests.e2e.web.conftest import page_of
from tests.e2e.web.page import Browserless
from tests.unit.outbox.world import letter, person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page


@pytest.fixture
def miljo() -> Iterator[Testmiljo]:
    """One environment for each test, since each follows an outbox of its own."""
    with Testmiljo.start() as started:
        yield started


@pytest.fixture
def lent_page(miljo: Testmiljo, browser: Browser) -> Iterator[Page]:
    with page_of(miljo, browser) as page:
        yield page


@pytest.fixture
def sent(miljo: Testmiljo, tmp_path: Path) -> Iterator[Outbox]:
    """An outbox that has sent a campaign of three letters, and one letter of none."""
    address = tmp_path / "post.db"
    with Outbox.open(address, miljo.client_config(wire="dpi")) as outbox:
        miljo.follow(Look(address))
        people = [miljo.innbygger().personidentifikator for _ in range(4)]
        brev = _asks_to_be_told()
        outbox.put_many(
            [(f"elev-{number}", each, brev) for number, each in enumerate(people[:3])],
            kampanje="skolestart",
        )
        outbox.put("sak-1", people[3], brev)
        outbox.run(until_empty=True, wait=120)
        yield outbox


def _open_one_of_the_campaign(sent: Outbox, miljo: Testmiljo) -> None:
    """Open a letter of the campaign; the one of none may have come before it."""
    conversation = str(sent.post("elev-0").konversasjons_id)
    [came] = [each for each in miljo.letters if str(each.konversasjons_id) == conversation]
    miljo.aksesspunkt.postkasse.open(came)


def _asks_to_be_told() -> Brev:
    brev = letter()
    post = brev.digital_post.model_copy(update={"aapningskvittering": True})
    return brev.model_copy(update={"digital_post": post})


@dataclass(frozen=True)
class _Sent:
    """A letter as a made-up outbox has it."""

    konversasjons_id: str
    tilstand: str = "levert"
    sendt: datetime | None = None
    nokkel: str = "elev-1"
    kampanje: str | None = "skolestart"


@dataclass(frozen=True)
class _MadeUp:
    """An outbox that says it has these letters."""

    sent: Sequence[_Sent]

    def letters(self) -> Sequence[OutboxLetter]:
        return self.sent


class TestWhatIsCounted:
    def test_every_letter_of_a_campaign_that_came_was_answered_and_its_receipts_fetched(
        self, sent: Outbox, miljo: Testmiljo
    ) -> None:
        ours, alone = miljo.campaigns()
        assert (ours.navn, ours.put, dict(ours.states)) == ("skolestart", 3, {"levert": 3})
        assert (ours.arrived, ours.answered, ours.fetched) == (3, 3, 3)
        assert (ours.lost, ours.doubled, ours.is_whole) == (0, 0, True)
        assert (alone.navn, alone.put, alone.arrived) == (None, 1, 1)

    def test_a_letter_that_is_opened_counts_and_its_receipt_has_not_been_fetched_yet(
        self, sent: Outbox, miljo: Testmiljo
    ) -> None:
        _open_one_of_the_campaign(sent, miljo)
        [ours, _] = miljo.campaigns()
        assert (ours.opened, ours.fetched) == (1, 2)

    def test_a_letter_that_the_outbox_knows_to_be_accepted_and_that_never_came_is_lost(
        self, miljo: Testmiljo
    ) -> None:
        now = datetime.now(UTC)
        miljo.follow(_MadeUp([_Sent("borte", sendt=now), _Sent("klar", tilstand="klar")]))
        [campaign] = miljo.campaigns()
        assert (campaign.lost, campaign.is_whole) == (1, False)

    def test_a_letter_that_was_accepted_before_the_environment_started_is_not_lost(
        self, miljo: Testmiljo
    ) -> None:
        before = datetime.now(UTC) - timedelta(days=1)
        miljo.follow(_MadeUp([_Sent("elsewhere", sendt=before)]))
        [campaign] = miljo.campaigns()
        assert (campaign.lost, campaign.before, campaign.is_whole) == (0, 1, True)

    def test_a_letter_that_came_twice_is_doubled_unless_the_first_had_failed(
        self, miljo: Testmiljo
    ) -> None:
        letters = Letters(miljo)
        with Client(miljo.client_config()) as client:
            first = letters.digital()
            again = letters.digital(konversasjons_id=first.konversasjons_id)
            for each in (first, again):
                client.send(each)
        miljo.follow(_MadeUp([_Sent(first.konversasjons_id)]))
        [campaign] = miljo.campaigns()
        assert (campaign.arrived, campaign.doubled, campaign.is_whole) == (1, 1, False)

        miljo.postkasse.refuse(miljo.letters[0])
        [campaign] = miljo.campaigns()
        assert (campaign.failed, campaign.doubled) == (1, 0)

    def test_nothing_is_counted_where_no_outbox_is_followed(self, miljo: Testmiljo) -> None:
        with pytest.raises(RuntimeError, match="no outbox is followed"):
            miljo.campaigns()


class TestThePage:
    def test_it_shows_each_campaign_with_what_came_of_its_letters(
        self, sent: Outbox, miljo: Testmiljo, web: Browserless
    ) -> None:
        _open_one_of_the_campaign(sent, miljo)
        page = web.see("/web/campaigns")
        shown = page.section("campaign-1")
        assert "nothing lost, nothing doubled" in shown
        assert "Put3" in shown.replace(" ", "")
        assert "Opened1" in shown.replace(" ", "")
        assert "Lost0" in shown.replace(" ", "")
        assert "/web/?campaign=skolestart" in page.links()

    def test_letters_are_found_by_the_key_and_the_campaign_and_say_both_themselves(
        self, sent: Outbox, miljo: Testmiljo, web: Browserless
    ) -> None:
        [post] = [each for each in sent.letters() if each.nokkel == "elev-1"]
        found = web.see("/web/?q=elev-1")
        assert "1 letter found" in found.section("arrived")
        assert "elev-1" in found.section("arrived")
        assert f"/web/letters/{post.meldings_id}" in found.links()
        assert "3 letters found" in web.see("/web/?campaign=skolestart").section("arrived")
        facts = web.see(f"/web/letters/{post.meldings_id}").section("facts")
        assert "elev-1, in skolestart; the outbox has it as levert" in facts

    def test_without_an_outbox_it_says_how_to_name_one(self, web: Browserless) -> None:
        assert "sdp testmiljo --outbox post.db" in web.see("/web/campaigns").text("content")

    def test_an_outbox_that_is_not_there_yet_is_said_to_be_so_and_not_made(
        self, miljo: Testmiljo, web: Browserless, tmp_path: Path
    ) -> None:
        miljo.follow(Look(tmp_path / "post.db"))
        assert "not there yet" in web.see("/web/campaigns").text("campaigns")
        assert web.http.get("/api-test/campaigns").status_code == 503
        assert list(tmp_path.iterdir()) == []

    def test_it_is_live(
        self, sent: Outbox, miljo: Testmiljo, page: Page, complaints: list[str]
    ) -> None:
        page.goto("/web/campaigns")
        page.get_by_text("Live", exact=True).wait_for()
        sent.put("elev-9", miljo.innbygger().personidentifikator, letter(), kampanje="skolestart")
        sent.run(until_empty=True, wait=120)
        page.get_by_label("4 of 4 arrived").wait_for(timeout=120_000)
        assert complaints == []

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_it_fits_a_telephone_in_the_light_and_in_the_dark(
        self, sent: Outbox, page: Page, scheme: Any
    ) -> None:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": 400, "height": 800})
        page.goto("/web/campaigns")
        assert page.evaluate("document.documentElement.scrollWidth") == 400
        assert page.get_by_role("heading", name="skolestart").is_visible()


class TestTheApi:
    def test_it_says_the_same_to_scripts(self, sent: Outbox, web: Browserless) -> None:
        [ours, _] = web.http.get("/api-test/campaigns").json()
        assert (ours["navn"], ours["put"], ours["arrived"], ours["lost"]) == ("skolestart", 3, 3, 0)
        [found] = web.http.get("/api-test/letters?nokkel=elev-2").json()
        assert (found["nokkel"], found["kampanje"]) == ("elev-2", "skolestart")
        assert len(web.http.get("/api-test/letters?kampanje=skolestart").json()) == 3

    def test_without_an_outbox_it_says_so(self, web: Browserless) -> None:
        answer = web.http.get("/api-test/campaigns")
        assert (answer.status_code, "--outbox" in answer.text) == (404, True)
        assert web.http.get("/api-test/letters?nokkel=elev-2").json() == []


def test_the_command_follows_the_outbox_that_it_is_given(tmp_path: Path) -> None:
    address = str(tmp_path / "post.db")
    command = [sys.executable, "-m", "sdp", "testmiljo", "--port", "0", "--json"]
    command += ["--out", str(tmp_path / "out"), "--outbox", address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        try:
            assert serving.stdout is not None
            files = json.loads(serving.stdout.readline())
            context = ssl.create_default_context(cafile=str(tmp_path / "out" / "tls-ca.pem"))
            api = f"{files['web_page']}api-test/campaigns"
            assert httpx.get(api, verify=context).status_code == 503
            with Outbox.open(address) as outbox:
                outbox.put("a", person(1), letter(), kampanje="jul")
            [campaign] = httpx.get(api, verify=context).json()
        finally:
            serving.kill()
            serving.wait()
    assert (campaign["navn"], campaign["put"], campaign["arrived"]) == ("jul", 1, 0)
