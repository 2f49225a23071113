from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice, product

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from stdnum.no import fodselsnummer

from sdp.errors import InvalidInputError
from sdp.krr import Oppslag, OppslagFeil, Person, Status
from sdp.krr.soap import KrrSoap
from sdp.pki import Identity
from tests.conftest import POSTEN
from tests.driver import drive
from tests.unit.krr_soap.counterpart import NS, Register, envelope_of, person, personer

KARI = "01815800083"
OLA = "15886910042"
ACTIVE = "<b:reservasjon>NEI</b:reservasjon><b:status>AKTIV</b:status>"
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def contact(written: str) -> str:
    return f"{ACTIVE}<b:Kontaktinformasjon>{written}</b:Kontaktinformasjon>"


def mailbox(adresse: str, leverandoer: str) -> str:
    written = f"<b:postkasseadresse>{adresse}</b:postkasseadresse>"
    written += f"<b:postkasseleverandoerAdresse>{leverandoer}</b:postkasseleverandoerAdresse>"
    return f"{ACTIVE}<b:SikkerDigitalPostAdresse>{written}</b:SikkerDigitalPostAdresse>"


def synthetic() -> Iterator[str]:
    """Numbers of people who do not exist, each once."""
    for year, day, serial in product(range(70, 80), range(1, 29), range(100)):
        stem = f"{day:02}81{year}{serial:03}"
        first = fodselsnummer.calc_check_digit1(stem)
        number = stem + first + fodselsnummer.calc_check_digit2(stem + first)
        if number.isdigit() and len(number) == 11:
            yield number


def base64_of(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()


def looked_up(krr: KrrSoap, register: Register, *people: str) -> tuple[Oppslag, ...]:
    register.content = personer(*people)
    return drive(krr.lookup([KARI]), register)


def found(krr: KrrSoap, register: Register, *content: str) -> Person:
    (oppslag,) = looked_up(krr, register, person(KARI, *content))
    assert isinstance(oppslag, Person), oppslag
    return oppslag


def failed(krr: KrrSoap, register: Register, *content: str) -> str:
    (oppslag,) = looked_up(krr, register, person(KARI, *content))
    assert isinstance(oppslag, OppslagFeil)
    assert KARI not in oppslag.grunn
    return oppslag.grunn


def test_everything_the_register_says_of_a_person_is_read(
    krr: KrrSoap, register: Register, eboks_identity: Identity
) -> None:
    kari = found(
        krr,
        register,
        ACTIVE,
        "<b:varslingsstatus>KAN_VARSLES</b:varslingsstatus>",
        "<b:Kontaktinformasjon>",
        '<b:Mobiltelefonnummer sistOppdatert="2025-02-18T13:12:00.000+01:00"',
        ' sistVerifisert="2026-02-18T12:12:00Z">+4799999999</b:Mobiltelefonnummer>',
        "<b:Epostadresse>kari@example.no</b:Epostadresse>",
        "</b:Kontaktinformasjon>",
        "<b:SikkerDigitalPostAdresse>",
        "<b:postkasseadresse>kari.nordmann#1234</b:postkasseadresse>",
        f"<b:postkasseleverandoerAdresse>{POSTEN}</b:postkasseleverandoerAdresse>",
        "</b:SikkerDigitalPostAdresse>",
        f"<b:X509Sertifikat>{base64_of(eboks_identity.certificate)}</b:X509Sertifikat>",
    )

    assert (kari.personidentifikator, kari.status) == (KARI, Status.AKTIV)
    assert (kari.reservert, kari.kan_varsles) == (False, True)
    assert kari.mobil is not None
    assert kari.mobil.adresse == "+4799999999"
    assert kari.mobil.oppdatert == datetime.fromisoformat("2025-02-18T13:12:00+01:00")
    assert kari.mobil.sist_verifisert == datetime.fromisoformat("2026-02-18T13:12:00+01:00")
    assert kari.epost is not None
    assert (kari.epost.adresse, kari.epost.oppdatert) == ("kari@example.no", None)
    assert kari.digital_post is not None
    assert kari.digital_post.postkasseadresse == "kari.nordmann#1234"
    assert kari.digital_post.leverandoer == POSTEN
    assert kari.sertifikat == eboks_identity.certificate


def test_people_the_register_does_not_know_are_read_as_such(
    krr: KrrSoap, register: Register
) -> None:
    unknown = found(krr, register, "<b:status>IKKE_REGISTRERT</b:status>")

    assert unknown.status is Status.IKKE_REGISTRERT
    assert (unknown.reservert, unknown.kan_varsles) == (True, False)
    assert (unknown.epost, unknown.mobil, unknown.digital_post) == (None, None, None)


def test_answers_come_in_the_order_of_the_questions(krr: KrrSoap, register: Register) -> None:
    register.content = personer(person(OLA), person(KARI))

    both = drive(krr.lookup([KARI, OLA]), register)

    assert [each.personidentifikator for each in both] == [KARI, OLA]


def test_a_person_whom_the_register_leaves_out_is_told_as_such(
    krr: KrrSoap, register: Register
) -> None:
    (kari,) = looked_up(krr, register)

    assert isinstance(kari, OppslagFeil)
    assert kari.grunn == "the register left this person out"


@pytest.mark.parametrize(
    "content",
    [
        f"<x>more</x>{ACTIVE}",
        f"<b:nytt><b:status>SLETTET</b:status></b:nytt>{ACTIVE}",
        f'{ACTIVE}<y:status xmlns:y="urn:y">SLETTET</y:status>',
        f'<y:reservasjon xmlns:y="urn:y">JA</y:reservasjon>{ACTIVE}',
        "<b:status nytt='x'>AKTIV</b:status><b:reservasjon>NEI</b:reservasjon>",
        f"{ACTIVE}<b:Kontaktinformasjon><b:ny>x</b:ny></b:Kontaktinformasjon>",
        ACTIVE.replace("<b:status", f'<b:status xmlns:i="{XSI}" i:type="b:Postkasse"'),
        ACTIVE.replace("<b:status", f'<b:status xmlns:i="{XSI}" i:type="{{"'),
    ],
)
def test_what_the_register_adds_is_let_through_wherever_it_is(
    krr: KrrSoap, register: Register, content: str
) -> None:
    kari = found(krr, register, content)

    assert (kari.status, kari.reservert) == (Status.AKTIV, False)


def test_something_new_among_the_people_hides_none_of_them(
    krr: KrrSoap, register: Register
) -> None:
    register.content = personer("<x/>", person(OLA), '<y:Person xmlns:y="urn:y"/>', person(KARI))

    both = drive(krr.lookup([OLA, KARI]), register)

    assert all(isinstance(each, Person) for each in both)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("<b:status>AKTIV</b:status>", "reservasjon"),
        ("<b:reservasjon>KANSKJE</b:reservasjon><b:status>AKTIV</b:status>", "reservasjon"),
        (f"{ACTIVE}<b:reservasjon>JA</b:reservasjon>", "reservasjon"),
        ("<b:reservasjon>NEI</b:reservasjon>", "status"),
        ("<b:reservasjon>NEI</b:reservasjon><b:status>NY</b:status>", "status"),
        (f"{ACTIVE}<b:X509Sertifikat>MIIB</b:X509Sertifikat>", "X509Sertifikat"),
        (f"{ACTIVE}<b:X509Sertifikat>*</b:X509Sertifikat>", "X509Sertifikat"),
        (contact("<b:Epostadresse>a@b.no</b:Epostadresse>" * 2), "Epostadresse"),
        (mailbox("kari#1", "1"), "leverandoer"),
    ],
)
def test_what_is_garbled_about_a_person_is_named_and_never_guessed(
    krr: KrrSoap, register: Register, content: str, field: str
) -> None:
    assert field in failed(krr, register, content)


@pytest.mark.parametrize("written", ["i fjor", "2025-02-18", "2025-02-18T13:12:00"])
def test_a_garbled_date_is_none_and_costs_nothing_else(
    krr: KrrSoap, register: Register, written: str
) -> None:
    kari = found(
        krr,
        register,
        contact(f"<b:Epostadresse sistOppdatert='{written}'>a@example.no</b:Epostadresse>"),
    )

    assert kari.epost is not None
    assert kari.epost.oppdatert is None


@pytest.mark.parametrize(
    "postkasse",
    [
        "",
        "<b:postkasseadresse>kari.nordmann#1234</b:postkasseadresse>",
        f"<b:postkasseleverandoerAdresse>{POSTEN}</b:postkasseleverandoerAdresse>",
        "<b:postkasseadresse/><b:postkasseleverandoerAdresse/>",
    ],
)
def test_half_a_mailbox_is_none(krr: KrrSoap, register: Register, postkasse: str) -> None:
    content = f"{ACTIVE}<b:SikkerDigitalPostAdresse>{postkasse}</b:SikkerDigitalPostAdresse>"

    assert found(krr, register, content).digital_post is None


def test_more_than_a_thousand_people_are_asked_about_in_blocks(
    krr: KrrSoap, register: Register
) -> None:
    people = list(islice(synthetic(), 2001))
    register.content = personer()

    answers = drive(krr.lookup(people), register)

    asked = [
        [each.text for each in envelope_of(request).iterfind(".//o:personidentifikator", NS)]
        for request in register.requests
    ]
    assert [len(block) for block in asked] == [1000, 1000, 1]
    assert list(chain(*asked)) == people
    assert [each.personidentifikator for each in answers] == people


def test_a_number_that_is_nobodys_is_refused_before_anything_is_asked(krr: KrrSoap) -> None:
    with pytest.raises(InvalidInputError, match=r"personer\[1\]"):
        krr.lookup([KARI, "12345678901"])


def test_zeep_logs_nothing_about_anybody(
    krr: KrrSoap, register: Register, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0, logger="zeep")
    written = contact("<b:Epostadresse sistOppdatert='i fjor'>kari@example.no</b:Epostadresse>")

    looked_up(krr, register, person(KARI, written))

    assert KARI not in caplog.text
    assert "kari@example.no" not in caplog.text


@pytest.mark.slow
def test_one_register_answers_many_threads(krr: KrrSoap, register: Register) -> None:
    people = list(islice(synthetic(), 40))

    def ask(number: str) -> tuple[Oppslag, ...]:
        mine = replace(register, content=personer(person(number)))
        return drive(krr.lookup([number]), mine)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, people))

    assert [each.personidentifikator for (each,) in answers] == people
    assert all(isinstance(each, Person) for (each,) in answers)


def test_the_question_goes_to_the_address_of_the_settings(krr: KrrSoap, register: Register) -> None:
    looked_up(krr, register)

    (request,) = register.requests
    assert (request.method, request.url) == ("POST", "https://register.example/ws-v5")
    assert request.headers["Content-Type"].startswith("application/soap+xml; charset=utf-8")


def test_a_question_is_on_behalf_of_somebody_only_when_the_settings_say_so(
    krr_with: Callable[..., KrrSoap], register: Register
) -> None:
    looked_up(krr_with(), register)
    looked_up(krr_with(paa_vegne_av="991825827"), register)

    own, delegated = (
        envelope_of(request).findtext("env:Header/o:Oppslagstjenesten/o:PaaVegneAv", None, NS)
        for request in register.requests
    )
    assert (own, delegated) == (None, "991825827")
