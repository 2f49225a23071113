from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from sdp.testmiljo.validators.post import Address, DigitalOrder, PrintOrder
from sdp.testmiljo.web.listing import (
    PAGE_SIZE,
    Page,
    Refusal,
    Search,
    State,
    page_of,
    refused_page,
)
from sdp.testmiljo.world.letters import Letter
from sdp.testmiljo.world.outbox import OutboxLetter
from sdp.testmiljo.world.receipts import Queue

START = datetime(2026, 11, 29, tzinfo=UTC)
SETTLED = State("settled", "settled", "good")
WAITING = State("waiting", "receipts wait", "wait")


@dataclass(frozen=True)
class Sent:
    """A letter as the outbox that sent it has it."""

    nokkel: str
    kampanje: str | None
    konversasjons_id: str
    tilstand: str = "levert"
    sendt: datetime | None = START


SENT_AS: Mapping[str, OutboxLetter] = {
    "samtale-7": Sent("sak-4711/A", "skolestart", "samtale-7"),
    "samtale-8": Sent("sak-4712/A", None, "samtale-8"),
}


def letter(
    number: int,
    *,
    wire: Literal["ebms", "dpi"] = "dpi",
    person: str | None = None,
    title: str = "Vedtak",
    printed: bool = False,
) -> Letter:
    address = Address(f"Navn {number}", ("Storgata 1", "0155", "OSLO"))
    order: DigitalOrder | PrintOrder = (
        PrintOrder(address, address, "DIREKTE_RETUR", "B", "FARGE", ())
        if printed
        else DigitalOrder(person, f"test#{number:04}", title, 4, False, None, None, None, None)
    )
    return Letter(
        meldings_id=f"melding-{number}",
        konversasjons_id=f"samtale-{number}",
        avsender="991825827",
        avsenderidentifikator="enhet",
        received=START + timedelta(minutes=number),
        order=order,
        queue=Queue("889640782", ""),
        package_size=1,
        documents=(),
        wire=wire,
    )


def found(letters: list[Letter], **query: str) -> Page[Letter]:
    return page_of(
        letters,
        Search.read(query),
        state_of=lambda each: WAITING if each.meldings_id.endswith("1") else SETTLED,
        addresses_of=lambda person: ("test#0007",) if person == "01815800083" else (),
        sent_as=SENT_AS,
    )


def numbers(page: Page[Letter]) -> list[str]:
    return [each.meldings_id.removeprefix("melding-") for each in page.letters]


def test_the_newest_fifty_come_first_and_the_rest_on_pages_behind_them() -> None:
    letters = [letter(number) for number in range(120)]
    first, last = found(letters), found(letters, page="3")
    assert numbers(first) == [str(number) for number in range(119, 119 - PAGE_SIZE, -1)]
    assert (first.found, first.count, first.before) == (120, 3, None)
    assert len(last.letters) == 20
    assert last.after is None
    assert last.before == "/web/?page=2"


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "9" * 30, "²"])
def test_a_page_that_is_none_is_one_that_is_there(page: str) -> None:
    assert found([letter(1)], page=page).number == 1


@pytest.mark.parametrize(
    "words",
    ["melding-7", "SAMTALE-7", "test#0007", "Svar på", "01815800083"],
)
def test_a_letter_is_found_by_id_mailbox_title_and_person_though_dpi_names_no_person(
    words: str,
) -> None:
    letters = [letter(1), letter(7, title="Svar på søknad"), letter(2)]
    assert numbers(found(letters, q=words)) == ["7"]


@pytest.mark.parametrize("words", ["991825827", "889640782", "enhet"])
def test_letters_are_found_by_the_organisations_that_sent_them(words: str) -> None:
    assert len(numbers(found([letter(1), letter(2)], q=words))) == 2


@pytest.mark.parametrize("words", ["sak-4711/A", "SAK-4711", "4711"])
def test_a_letter_is_found_by_the_key_that_its_sender_gave_it(words: str) -> None:
    assert numbers(found([letter(7), letter(8), letter(9)], q=words)) == ["7"]


def test_letters_are_chosen_by_the_campaign_of_the_outbox() -> None:
    letters = [letter(7), letter(8), letter(9)]
    assert numbers(found(letters, campaign="skolestart")) == ["7"]
    assert numbers(found(letters, campaign="jul")) == []
    many = [replace(letter(number), konversasjons_id="samtale-7") for number in range(60)]
    assert found(many, campaign="skolestart").after == "/web/?campaign=skolestart&page=2"


def test_a_print_letter_is_found_by_name_and_address() -> None:
    letters = [letter(1), letter(2, printed=True)]
    assert numbers(found(letters, q="navn 2")) == ["2"]
    assert numbers(found(letters, q="storgata")) == ["2"]


def test_filters_go_together_and_what_is_no_choice_is_passed_over() -> None:
    letters = [letter(1, wire="ebms"), letter(2, wire="dpi"), letter(3, wire="dpi", printed=True)]
    assert numbers(found(letters, wire="dpi")) == ["3", "2"]
    assert numbers(found(letters, wire="dpi", route="print")) == ["3"]
    assert numbers(found(letters, state="waiting")) == ["1"]
    assert numbers(found(letters, state="settled", wire="ebms")) == []
    assert len(numbers(found(letters, wire="<script>", state="x"))) == 3


def test_the_addresses_of_other_pages_keep_the_search() -> None:
    letters = [letter(number) for number in range(60)]
    assert found(letters, q="a&b=#", wire="dpi").found == 0
    assert found(letters, q="vedtak", wire="dpi").after == "/web/?q=vedtak&wire=dpi&page=2"


def test_refusals_are_found_by_wire_words_and_id_and_cut_into_pages() -> None:
    refusals = [Refusal(START, "dpi", "HTTP 503", number) for number in range(60)]
    refusals += [Refusal(START, "ebms", "a feil: there is no mailbox", None, "samtale-7")]

    def asked(**query: str) -> Page[Refusal]:
        return refused_page(refusals, Search.read({"state": "refused", **query}))

    first = asked()
    assert (first.found, first.count, len(first.letters)) == (61, 2, PAGE_SIZE)
    assert first.after == "/web/?state=refused&page=2"
    assert asked(wire="ebms").found == asked(q="MAILBOX").found == asked(q="samtale-7").found == 1
