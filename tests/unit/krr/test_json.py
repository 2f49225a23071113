"""Answers in JSON: additions are let through, and what is garbled harms its own person alone."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from sdp.errors import UnreadableAnswerError
from sdp.krr import OppslagFeil, Person, Status
from sdp.krr.rest.reading import read_personer, read_printsertifikat
from tests.unit.domain.conftest import self_signed
from tests.unit.krr.strategies import PEOPLE

CERTIFICATE = self_signed("Postkassen AS")
PEM = CERTIFICATE.public_bytes(Encoding.PEM).decode()
BASE64 = b64encode(CERTIFICATE.public_bytes(Encoding.DER)).decode()

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def item(**changes: Any) -> dict[str, Any]:
    """A person with everything, as version 2 of the interface gives it."""
    return {
        "personidentifikator": PEOPLE[0],
        "reservasjon": "NEI",
        "status": "AKTIV",
        "varslingsstatus": "KAN_VARSLES",
        "kontaktinformasjon": {
            "epostadresse": "kari@example.no",
            "epostadresse_oppdatert": "2018-06-29T10:14:52+02",
            "epostadresse_sist_verifisert": "2022-08-05T10:45:15.768Z",
            "epostadresse_sist_validert": "2022-08-06T10:45:15.768Z",
            "epostadresse_duplisert": "NEI",
            "mobiltelefonnummer": "+4799999999",
            "mobiltelefonnummer_oppdatert": "2018-06-29T10:14:52+02:00",
            "mobiltelefonnummer_sist_verifisert": None,
        },
        "digital_post": {
            "postkasseadresse": "kari#1234",
            "postkasseleverandoeradresse": "984661185",
        },
        "sertifikat": PEM,
        "spraak": "nb",
        "spraak_oppdatert": "2022-08-05T10:45:15.768Z",
        "reservasjon_oppdatert": "2020-01-02T03:04:05Z",
        "noe_nytt": {"som": ["ingen", "kjenner"]},
    } | changes


def read(*items: object, **beside: object) -> tuple[Person | OppslagFeil, ...]:
    return read_personer(json.dumps({"personer": items, **beside}).encode())


def refused(**changes: Any) -> str:
    (answer,) = read(item(**changes))
    assert isinstance(answer, OppslagFeil)
    assert answer.personidentifikator == PEOPLE[0]
    return answer.grunn


def test_everything_the_register_tells_is_read_and_what_it_adds_is_let_through() -> None:
    (person,) = read(item(), antall=1)

    assert isinstance(person, Person)
    assert person.personidentifikator == PEOPLE[0]
    assert (person.status, person.reservert, person.kan_varsles) == (Status.AKTIV, False, True)
    assert person.spraak == "nb"
    assert person.sertifikat == CERTIFICATE
    assert person.digital_post is not None
    assert person.digital_post.postkasseadresse == "kari#1234"
    assert person.digital_post.leverandoer == "984661185"
    assert person.epost is not None
    assert person.epost.adresse == "kari@example.no"
    assert person.epost.oppdatert == datetime(2018, 6, 29, 8, 14, 52, tzinfo=UTC)
    assert person.epost.sist_verifisert == datetime(2022, 8, 5, 10, 45, 15, 768000, tzinfo=UTC)
    assert person.epost.sist_validert == datetime(2022, 8, 6, 10, 45, 15, 768000, tzinfo=UTC)
    assert person.epost.duplisert is False
    assert person.spraak_oppdatert == datetime(2022, 8, 5, 10, 45, 15, 768000, tzinfo=UTC)
    assert person.reservasjon_oppdatert == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert person.mobil is not None
    assert person.mobil.adresse == "+4799999999"
    assert person.mobil.duplisert is None
    assert person.mobil.sist_verifisert is None


@pytest.mark.parametrize(
    "written",
    [
        "2018-06-29T10:14:52+02",
        "2018-06-29T10:14:52+02:00",
        "2018-06-29T08:14:52Z",
        "2018-06-29T10:14:52.0+02:00",
        "2018-06-29T08:14:52.000Z",
        "2018-06-29T08:14:52.000000000Z",
    ],
)
def test_a_point_in_time_is_read_however_it_is_written(written: str) -> None:
    contact = {"epostadresse": "kari@example.no", "epostadresse_sist_verifisert": written}

    (person,) = read(item(kontaktinformasjon=contact))

    assert isinstance(person, Person)
    assert person.epost is not None
    assert person.epost.sist_verifisert == datetime(2018, 6, 29, 8, 14, 52, tzinfo=UTC)


@pytest.mark.parametrize(
    "written", [PEM, PEM.replace("\n", ""), BASE64, f"\n{BASE64[:64]}\n{BASE64[64:]}"]
)
def test_a_certificate_is_read_as_pem_or_as_bare_base64(written: str) -> None:
    (person,) = read(item(sertifikat=written))

    assert isinstance(person, Person)
    assert person.sertifikat == CERTIFICATE


def test_who_the_register_does_not_know_is_a_person_with_nothing() -> None:
    (person,) = read({"personidentifikator": PEOPLE[0], "status": "IKKE_REGISTRERT"})

    assert person == Person(
        personidentifikator=PEOPLE[0],
        status=Status.IKKE_REGISTRERT,
        reservert=True,
        kan_varsles=False,
    )


@settings(deadline=None)
@given(st.one_of(JSON_VALUES, st.sampled_from(["JA", "nei", "Nei", " NEI", "NEI\n", "", "false"])))
def test_whatever_stands_for_reservasjon_only_nei_is_read_as_not_reserved(value: object) -> None:
    (answer,) = read(item(reservasjon=value))

    if value == "NEI":
        assert isinstance(answer, Person)
    else:
        assert isinstance(answer, OppslagFeil) or answer.reservert is True


def test_a_missing_reservation_is_no_answer_about_an_active_person() -> None:
    without = item()
    del without["reservasjon"]

    (answer,) = read(without)

    assert isinstance(answer, OppslagFeil)
    assert "reservasjon: is missing" in answer.grunn


def test_a_reservation_that_is_there_twice_makes_the_answer_unreadable() -> None:
    twice = json.dumps({"personer": [item(reservasjon="JA")]}).replace(
        '"status"', '"reservasjon": "NEI", "status"'
    )

    with pytest.raises(UnreadableAnswerError):
        read_personer(twice.encode())


@settings(deadline=None)
@given(JSON_VALUES)
def test_only_kan_varsles_lets_a_person_be_notified(value: object) -> None:
    (answer,) = read(item(varslingsstatus=value))

    assert isinstance(answer, OppslagFeil) or answer.kan_varsles == (value == "KAN_VARSLES")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": None}, "status: must be one of AKTIV, SLETTET, IKKE_REGISTRERT"),
        ({"status": "HEMMELIG"}, "status: must be one of"),
        ({"status": 1}, "status: must be text"),
        ({"reservasjon": "KANSKJE"}, "reservasjon: must be JA or NEI"),
        ({"reservasjon": False}, "reservasjon: must be text"),
        ({"kontaktinformasjon": "kari@example.no"}, "kontaktinformasjon: must be an object"),
        ({"digital_post": []}, "digital_post: must be an object"),
        (
            {"digital_post": {"postkasseadresse": "a", "postkasseleverandoeradresse": "123456789"}},
            "leverandoer: must be an organisation number",
        ),
        ({"sertifikat": "hemmelig!"}, "sertifikat: must be an X.509 certificate"),
        ({"sertifikat": BASE64[:-40]}, "sertifikat: must be an X.509 certificate"),
    ],
)
def test_what_is_garbled_about_a_person_is_told_by_field_and_not_by_value(
    changes: dict[str, Any], words: str
) -> None:
    grunn = refused(**changes)

    assert words in grunn
    for private in ("HEMMELIG", "hemmelig", "KANSKJE", "kari", "i går", PEOPLE[0]):
        assert private not in grunn


@pytest.mark.parametrize(
    "written",
    ["i går", "2018-06-29T10:14:52", "2018-06-29", 1530260092, [], {}, True, "2018-06-29T10:00+99"],
)
def test_a_garbled_date_is_none_and_costs_nothing_else(written: object) -> None:
    contact = item()["kontaktinformasjon"] | {"epostadresse_oppdatert": written}

    (person,) = read(item(kontaktinformasjon=contact))

    assert isinstance(person, Person)
    assert person.epost is not None
    assert person.epost.oppdatert is None
    assert person.epost.sist_verifisert is not None
    assert person.mobil is not None


@pytest.mark.parametrize("written", [7, [], {}, True, "\ud800", " "])
def test_a_garbled_address_is_none_and_costs_nothing_else(written: object) -> None:
    contact = item()["kontaktinformasjon"] | {"epostadresse": written}

    (person,) = read(item(kontaktinformasjon=contact))

    assert isinstance(person, Person)
    assert person.epost is None
    assert person.mobil is not None


@pytest.mark.parametrize("written", [7, [], {}, True, "\ud800"])
def test_a_garbled_language_is_none_and_costs_nothing_else(written: object) -> None:
    (person,) = read(item(spraak=written))

    assert isinstance(person, Person)
    assert person.spraak is None


def test_the_certificate_that_many_people_share_is_one_object() -> None:
    first, second = read(item(), item(personidentifikator=PEOPLE[1]))

    assert isinstance(first, Person)
    assert isinstance(second, Person)
    assert first.sertifikat is second.sertifikat


NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "times",
    [
        {},
        {"iat": NOW.timestamp()},
        {"iat": int(NOW.timestamp()) - 200, "exp": NOW.timestamp()},
        {"exp": NOW.timestamp() + 10**6},
        {"iat": None},
    ],
)
def test_a_signed_answer_of_now_is_read(times: dict[str, Any]) -> None:
    content = json.dumps({"personer": [item()], **times}).encode()

    assert isinstance(read_personer(content, moment=NOW)[0], Person)


@pytest.mark.parametrize(
    "times",
    [
        {"iat": NOW.timestamp() - 301},
        {"iat": NOW.timestamp() + 121},
        {"exp": NOW.timestamp() - 121},
        {"iat": NOW.timestamp(), "exp": NOW.timestamp() - 3600},
        {"iat": "i går"},
        {"exp": []},
        {"iat": 1e300},
    ],
)
def test_a_signed_answer_of_another_time_is_not_believed(times: dict[str, Any]) -> None:
    content = json.dumps({"personer": [item()], **times}).encode()

    with pytest.raises(UnreadableAnswerError):
        read_personer(content, moment=NOW)


def test_one_garbled_person_leaves_the_others_as_they_are() -> None:
    other = item(personidentifikator=PEOPLE[1])

    garbled, *nameless, fine = read(
        item(status="?"), None, 7, {}, {"personidentifikator": 1}, other
    )

    assert isinstance(garbled, OppslagFeil)
    assert isinstance(fine, Person)
    assert [each.personidentifikator for each in nameless] == [""] * 4


def test_a_number_that_breaks_our_rules_is_reported_with_its_answer() -> None:
    (found,) = read(item(personidentifikator="12345678901"))

    assert isinstance(found, OppslagFeil)
    assert found.personidentifikator == "12345678901"
    assert "control digits do not hold" in found.grunn
    assert "12345678901" not in f"{found!r}"


@given(st.lists(st.sampled_from([None, {}, "x", *(item(personidentifikator=n) for n in PEOPLE)])))
def test_every_entry_of_an_answer_has_its_own_answer(entries: list[Any]) -> None:
    assert len(read(*entries)) == len(entries)


@pytest.mark.parametrize("half", ["postkasseadresse", "postkasseleverandoeradresse"])
@pytest.mark.parametrize("nothing", [None, ""])
def test_half_a_mailbox_is_none(half: str, nothing: str | None) -> None:
    digital_post = item()["digital_post"] | {half: nothing}

    (person,) = read(item(digital_post=digital_post))

    assert isinstance(person, Person)
    assert person.digital_post is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>Logg inn</html>",
        b'{"personer": [{"personidentifikator"',
        b"[]",
        b"{}",
        b'{"personer": null}',
        b'{"personer": {}}',
        b"\xff\xfe{}",
        b"[" * 100_000,
    ],
)
def test_what_is_no_answer_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(UnreadableAnswerError):
        read_personer(content)


@settings(deadline=None)
@given(JSON_VALUES)
def test_any_json_at_all_is_read_or_said_to_be_unreadable(value: object) -> None:
    for content in (value, {"personer": value}, {"personer": [value]}):
        try:
            read_personer(json.dumps(content).encode())
        except UnreadableAnswerError:
            assert not (isinstance(content, dict) and isinstance(content.get("personer"), list))


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(list(item())), JSON_VALUES))
def test_any_garbling_of_a_person_gives_an_answer_about_that_person(
    changes: dict[str, Any],
) -> None:
    changes.pop("personidentifikator", None)

    (answer,) = read(item(**changes))

    assert answer.personidentifikator == PEOPLE[0]


def test_the_printer_and_its_certificate_are_read() -> None:
    content = {
        "postkasseleverandoerAdresse": "974761076",
        "x509Sertifikat": PEM,
        "noe_nytt": True,
    }

    printer = read_printsertifikat(json.dumps(content).encode())

    assert (printer.leverandoer, printer.sertifikat) == ("974761076", CERTIFICATE)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"x509Sertifikat": PEM}, "leverandoer: must be 9 digits"),
        ({"postkasseleverandoerAdresse": "974761076"}, "x509Sertifikat: must be an X.509"),
        ({"postkasseleverandoerAdresse": 974761076, "x509Sertifikat": PEM}, "must be text"),
    ],
)
def test_a_printer_that_cannot_be_read_is_told_by_field(
    content: dict[str, Any], words: str
) -> None:
    with pytest.raises(UnreadableAnswerError, match=words):
        read_printsertifikat(json.dumps(content).encode())
