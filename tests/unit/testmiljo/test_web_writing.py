from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import jwt
import pytest

from sdp.testmiljo.validators.post import Address, DigitalOrder, PrintOrder, Varsel
from sdp.testmiljo.web.notices import Notice, notices_of
from sdp.testmiljo.web.writing import Section, sections
from sdp.testmiljo.world.letters import Letter, ReceivedDocument
from sdp.testmiljo.world.receipts import Queue

RECEIVED = datetime(2024, 2, 28, 12, tzinfo=UTC)


def texts(content_type: str, content: bytes) -> list[str]:
    return [section.text for section in sections(content_type, content)]


def test_xml_is_indented() -> None:
    (text,) = texts("application/soap+xml; charset=utf-8", b"<a><b>1</b></a>")

    assert text == "<a>\n  <b>1</b>\n</a>\n"


def test_xml_that_cannot_be_read_is_shown_as_it_came() -> None:
    assert texts("application/xml", b"<a><b") == ["<a><b"]


def test_a_file_that_an_entity_names_is_not_read(tmp_path: Any) -> None:
    secret = tmp_path / "secret"
    secret.write_text("42-secret")
    document = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]><a>&x;</a>'

    assert "42-secret" not in "".join(texts("application/xml", document.encode()))


def test_json_is_indented_with_its_letters_kept() -> None:
    assert texts("application/problem+json", '{"å":1}'.encode()) == ['{\n  "å": 1\n}']


@pytest.mark.parametrize("content", [b"{", b"[" * 100_000])
def test_json_that_cannot_be_read_is_shown_as_it_came(content: bytes) -> None:
    assert texts("application/json", content) == [content.decode()]


def test_a_token_within_json_is_unpacked_to_its_header_and_content() -> None:
    token = jwt.encode({"scope": "post"}, "k" * 32, headers={"kid": "nøkkel"})
    found = sections("application/json", json.dumps({"access_token": token}).encode())

    assert [json.loads(section.text) for section in found[1:]] == [
        {"alg": "HS256", "kid": "nøkkel", "typ": "JWT"},
        {"scope": "post"},
    ]


def test_a_token_within_a_token_is_unpacked_too() -> None:
    inner = jwt.encode({"inner": True}, "k" * 32)
    outer = jwt.encode({"maskinportentoken": inner}, "k" * 32)

    assert '"inner": true' in texts("application/jwt", outer.encode())[-1]


def test_each_part_of_a_form_has_its_name_and_its_own_writing() -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="melding"\r\n'
        b'Content-Type: application/json\r\n\r\n{"a":1}\r\n'
        b'--x\r\nContent-Disposition: form-data; name="pakke"\r\n'
        b"Content-Type: application/cms\r\n\r\n\x00\x01\r\n--x--\r\n"
    )

    assert sections('multipart/form-data; boundary="x"', body) == (
        Section("part melding: application/json", '{\n  "a": 1\n}'),
        Section("part pakke: application/cms", "2 bytes, not shown."),
    )


def test_a_part_that_was_cut_off_is_still_shown() -> None:
    body = b"--x\r\nContent-Type: text/plain\r\n\r\nhalf of"

    assert texts("multipart/related; boundary=x", body) == ["half of"]


@pytest.mark.parametrize("content_type", ["", "multipart/mixed", "??", "text", "a/b; boundary="])
def test_wrong_content_types_are_lived_with(content_type: str) -> None:
    assert len(sections(content_type, b"whatever")) == 1


def test_nothing_has_no_parts() -> None:
    assert sections("application/xml", b"") == ()


def letter(order: DigitalOrder | PrintOrder) -> Letter:
    return Letter(
        meldings_id="m",
        konversasjons_id="k",
        avsender="991825827",
        avsenderidentifikator=None,
        received=RECEIVED,
        order=order,
        queue=Queue("991825827", "urn:normal"),
        package_size=1,
        documents=(ReceivedDocument("a.pdf", "application/pdf", "A", "nb", b"%PDF"),),
    )


def digital(**changes: Any) -> DigitalOrder:
    values: dict[str, Any] = {
        "personidentifikator": None,
        "postkasseadresse": "kari#1234",
        "ikke_sensitiv_tittel": "Brev",
        "sikkerhetsnivaa": 4,
        "aapningskvittering": False,
        "virkningsdato": None,
        "virkningstidspunkt": None,
        "epost_varsel": None,
        "sms_varsel": Varsel("+4799999999", "Du har post", (7, 0)),
    }
    return DigitalOrder(**(values | changes))


def test_notifications_are_counted_from_the_day_the_letter_came() -> None:
    assert notices_of(letter(digital())) == (
        Notice("SMS", "+4799999999", "Du har post", (date(2024, 2, 28), date(2024, 3, 6))),
    )


@pytest.mark.parametrize(
    "stated", [{"virkningsdato": "2024-05-01"}, {"virkningstidspunkt": "2024-05-01T08:00:00+02:00"}]
)
def test_notifications_are_counted_from_the_day_the_letter_can_be_read(
    stated: dict[str, str],
) -> None:
    (notice,) = notices_of(letter(digital(**stated)))

    assert notice.days == (date(2024, 5, 1), date(2024, 5, 8))


def test_nobody_is_notified_of_a_letter_for_print() -> None:
    address = Address("Kari", ("Storgata 1",))

    assert notices_of(letter(PrintOrder(address, address, "RETUR", None, "FARGE", ()))) == ()
