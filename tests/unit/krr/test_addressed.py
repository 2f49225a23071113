"""A letter addressed by hand says what the register says, or which field says something else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from sdp.domain import (
    Avsender,
    DigitalForsendelse,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    EpostVarsel,
    Formaal,
    Forsendelse,
    SmsVarsel,
)
from sdp.krr import Digital, DigitalPostkasse, Kontaktadresse, Person, Status, route
from sdp.krr.addressed import contradictions
from tests.driver import START
from tests.unit.domain.conftest import self_signed
from tests.unit.krr.strategies import PEOPLE

KARI = Person(
    personidentifikator=PEOPLE[0],
    status=Status.AKTIV,
    reservert=False,
    kan_varsles=True,
    epost=Kontaktadresse(adresse="kari@example.no", sist_verifisert=START),
    mobil=Kontaktadresse(adresse="+4799999999", sist_verifisert=START),
    digital_post=DigitalPostkasse(postkasseadresse="kari#1234", leverandoer="984661185"),
    sertifikat=self_signed("Postkassen AS"),
)


def reached(person: Person, moment: datetime = START) -> Digital:
    rute = route(
        person,
        moment=moment,
        check=lambda *_, **__: None,
        has_postal_address=False,
        formaal=Formaal.INFORMASJON,
    )
    assert isinstance(rute, Digital)
    return rute


def letter(**post: Any) -> DigitalForsendelse:
    return Forsendelse.digital(
        avsender=Avsender(organisasjonsnummer="991825827"),
        mottaker=reached(KARI).mottaker,
        digital_post=DigitalPost(ikke_sensitiv_tittel="Brev", **post),
        dokumentpakke=Dokumentpakke(
            hoveddokument=Dokument.from_bytes(b"Hei", filnavn="brev.txt", tittel="Brev")
        ),
    )


def sms(number: str) -> SmsVarsel:
    return SmsVarsel(mobiltelefonnummer=number, varslingstekst="Hei")


def epost(address: str) -> EpostVarsel:
    return EpostVarsel(epostadresse=address, varslingstekst="Hei")


def fields(forsendelse: DigitalForsendelse, person: Person = KARI) -> list[str]:
    return [problem.field for problem in contradictions(forsendelse, person, reached(person))]


def test_a_letter_without_notices_to_the_persons_own_mailbox_is_left_alone() -> None:
    assert fields(letter()) == []


@pytest.mark.parametrize(
    "written", ["+4799999999", "99999999", "004799999999", "+47 999 99 999", "47 99 99 99 99"]
)
def test_a_mobile_number_is_the_same_however_it_is_written(written: str) -> None:
    assert fields(letter(sms_varsel=sms(written))) == []


@pytest.mark.parametrize("written", ["+4699999999", "99999998", "+47999999990", "4799999"])
def test_another_mobile_number_is_told(written: str) -> None:
    assert fields(letter(sms_varsel=sms(written))) == ["digital_post.sms_varsel.mobiltelefonnummer"]


def test_a_foreign_number_is_not_taken_for_a_norwegian_one() -> None:
    foreign = KARI.model_copy(
        update={"mobil": Kontaktadresse(adresse="+4647999999", oppdatert=START)}
    )

    assert fields(letter(sms_varsel=sms("+46 47 99 99 99")), foreign) == []
    assert fields(letter(sms_varsel=sms("47999999")), foreign) != []


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"kan_varsles": False}, "the person may not be notified"),
        ({"epost": None}, "has no such address"),
        ({"epost": Kontaktadresse(adresse="kari@example.no")}, "within 18 months"),
        (
            {"epost": Kontaktadresse(adresse='"kari"@example.no', sist_verifisert=START)},
            "no notice can be sent to what",
        ),
    ],
)
def test_a_notice_to_whoever_may_not_have_one_says_why(changes: dict[str, Any], rule: str) -> None:
    person = KARI.model_copy(update=changes)

    (problem,) = contradictions(
        letter(epost_varsel=epost("kari@example.no")), person, reached(person)
    )

    assert problem.field == "digital_post.epost_varsel"
    assert rule in problem.rule
    assert "kari" not in problem.rule


def test_every_contradiction_is_told_at_once() -> None:
    elsewhere = KARI.model_copy(
        update={"digital_post": DigitalPostkasse(postkasseadresse="a#1", leverandoer="922020175")}
    )
    forsendelse = letter(epost_varsel=epost("ola@example.no"), sms_varsel=sms("40000000"))

    assert fields(forsendelse, elsewhere) == [
        "mottaker.postkasseadresse",
        "mottaker.postkasse.organisasjonsnummer",
        "digital_post.epost_varsel.epostadresse",
        "digital_post.sms_varsel.mobiltelefonnummer",
    ]
