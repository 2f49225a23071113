"""Every combination of what the register says and of what is sent, held against the table of law.

The table is written out by hand; the first line that fits decides. `*` fits anything.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate

from sdp.domain import Formaal
from sdp.errors import CertificateError, CertificateProblem
from sdp.krr import Digital, Grunn, Oppslag, Person, Print, Rute, Unreachable, route
from sdp.krr.rest.reading import read_personer
from sdp.krr.soap import KrrSoap, KrrSoapSettings
from sdp.pki import Identity, TrustStore
from sdp.testmiljo.ca import TestCA
from sdp.testmiljo.signing import Actor
from sdp.testmiljo.world.register import synthetic_people
from tests.conftest import POSTEN
from tests.driver import drive
from tests.unit.domain.conftest import self_signed
from tests.unit.krr_soap.counterpart import Clock, Register, personer
from tests.unit.krr_soap.counterpart import person as soap_person

STATUS = ("AKTIV", "SLETTET", "IKKE_REGISTRERT")
RESERVASJON = ("NEI", "JA")
VARSLES = ("KAN_VARSLES", "KAN_IKKE_VARSLES")
CONTACT = ("both", "email", "mobile", "stale", "undated", "uncarriable", "none")
MAILBOX = ("mailbox", "no-mailbox")
CERTIFICATE = ("good", "refused", "missing")

# status  reserved  notifiable  contact  mailbox  certificate | vedtak | informasjon | … in spite of
TABLE = """
SLETTET          *    *                 *            *           *        | SLETTET               | SLETTET            | SLETTET
IKKE_REGISTRERT  *    *                 *            *           *        | IKKE_REGISTRERT       | IKKE_REGISTRERT    | IKKE_REGISTRERT
AKTIV            JA   *                 *            no-mailbox  *        | RESERVERT             | RESERVERT          | UTEN_POSTKASSE
AKTIV            JA   *                 *            mailbox     missing  | RESERVERT             | RESERVERT          | UTEN_SERTIFIKAT
AKTIV            JA   *                 *            mailbox     refused  | RESERVERT             | RESERVERT          | held back
AKTIV            JA   KAN_IKKE_VARSLES  *            mailbox     good     | RESERVERT             | RESERVERT          | digital TROSS_RESERVASJON
AKTIV            JA   KAN_VARSLES       both         mailbox     good     | RESERVERT             | RESERVERT          | digital TROSS_RESERVASJON email mobile
AKTIV            JA   KAN_VARSLES       email        mailbox     good     | RESERVERT             | RESERVERT          | digital TROSS_RESERVASJON email
AKTIV            JA   KAN_VARSLES       mobile       mailbox     good     | RESERVERT             | RESERVERT          | digital TROSS_RESERVASJON mobile
AKTIV            JA   KAN_VARSLES       *            mailbox     good     | RESERVERT             | RESERVERT          | digital TROSS_RESERVASJON
AKTIV            NEI  *                 *            no-mailbox  *        | UTEN_POSTKASSE        | UTEN_POSTKASSE     | UTEN_POSTKASSE
AKTIV            NEI  *                 *            mailbox     missing  | UTEN_SERTIFIKAT       | UTEN_SERTIFIKAT    | UTEN_SERTIFIKAT
AKTIV            NEI  KAN_IKKE_VARSLES  *            mailbox     refused  | KAN_IKKE_VARSLES      | held back          | held back
AKTIV            NEI  KAN_VARSLES       none         mailbox     refused  | UTEN_VARSLINGSADRESSE | held back          | held back
AKTIV            NEI  KAN_VARSLES       uncarriable  mailbox     refused  | UTEN_VARSLINGSADRESSE | held back          | held back
AKTIV            NEI  KAN_VARSLES       stale        mailbox     refused  | IKKE_VERIFISERT       | held back          | held back
AKTIV            NEI  KAN_VARSLES       undated      mailbox     refused  | IKKE_VERIFISERT       | held back          | held back
AKTIV            NEI  KAN_VARSLES       *            mailbox     refused  | held back             | held back          | held back
AKTIV            NEI  KAN_IKKE_VARSLES  *            mailbox     good     | KAN_IKKE_VARSLES      | digital UTEN_VARSEL | digital UTEN_VARSEL
AKTIV            NEI  KAN_VARSLES       none         mailbox     good     | UTEN_VARSLINGSADRESSE | digital UTEN_VARSEL | digital UTEN_VARSEL
AKTIV            NEI  KAN_VARSLES       uncarriable  mailbox     good     | UTEN_VARSLINGSADRESSE | digital UTEN_VARSEL | digital UTEN_VARSEL
AKTIV            NEI  KAN_VARSLES       stale        mailbox     good     | IKKE_VERIFISERT       | digital UTEN_VARSEL | digital UTEN_VARSEL
AKTIV            NEI  KAN_VARSLES       undated      mailbox     good     | IKKE_VERIFISERT       | digital UTEN_VARSEL | digital UTEN_VARSEL
AKTIV            NEI  KAN_VARSLES       both         mailbox     good     | digital DIGITALT email mobile | digital DIGITALT email mobile | digital DIGITALT email mobile
AKTIV            NEI  KAN_VARSLES       email        mailbox     good     | digital DIGITALT email        | digital DIGITALT email        | digital DIGITALT email
AKTIV            NEI  KAN_VARSLES       mobile       mailbox     good     | digital DIGITALT mobile       | digital DIGITALT mobile       | digital DIGITALT mobile
"""  # noqa: E501

COLUMNS = (
    (Formaal.VEDTAK, False),
    (Formaal.INFORMASJON, False),
    (Formaal.INFORMASJON, True),
)

GOOD, REFUSED = self_signed("Postkassen AS"), self_signed("En annen postkasse")
PARAGRAPHS = {
    Grunn.RESERVERT: "§ 15 a",
    Grunn.KAN_IKKE_VARSLES: "§ 8",
    Grunn.UTEN_VARSLINGSADRESSE: "§ 8",
    Grunn.IKKE_VERIFISERT: "§ 32",
    Grunn.DIGITALT: "§ 8",
    Grunn.UTEN_VARSEL: "§ 8",
    Grunn.TROSS_RESERVASJON: "§ 15 a",
}


@dataclass(frozen=True)
class Case:
    """What the register says of one person."""

    number: str
    status: str
    reservasjon: str
    varsles: str
    contact: str
    mailbox: str
    certificate: str

    def expected(self, column: int) -> str:
        said = (
            *(self.status, self.reservasjon, self.varsles),
            *(self.contact, self.mailbox, self.certificate),
        )
        for line in TABLE.strip().splitlines():
            conditions, *outcomes = line.split("|")
            fits = zip(conditions.split(), said, strict=True)
            if all(wanted in ("*", found) for wanted, found in fits):
                return " ".join(outcomes[column].split())
        raise AssertionError(f"the table says nothing of {said}")


COMBINATIONS = product(STATUS, RESERVASJON, VARSLES, CONTACT, MAILBOX, CERTIFICATE)
CASES = [
    Case(number, *values) for number, values in zip(synthetic_people(), COMBINATIONS, strict=False)
]


def addresses(case: Case, moment: datetime) -> dict[str, tuple[str, datetime | None]]:
    """The e-mail address and mobile number of a person, and when each was confirmed."""
    epost, mobil = ("kari@example.no", moment), ("+4799999999", moment)
    old = moment - timedelta(days=560)
    by_contact: dict[str, dict[str, tuple[str, datetime | None]]] = {
        "both": {"epost": epost, "mobil": mobil},
        "email": {"epost": epost, "mobil": (mobil[0], old)},
        "mobile": {"epost": ('"kari nordmann"@example.no', moment), "mobil": mobil},
        "stale": {"epost": (epost[0], old), "mobil": (mobil[0], old)},
        "undated": {"epost": (epost[0], None), "mobil": (mobil[0], None)},
        "uncarriable": {
            "epost": ("kari@example.no;ola@example.no", moment),
            "mobil": ("1234567", moment),
        },
        "none": {},
    }
    return by_contact[case.contact]


def in_base64(case: Case) -> str | None:
    certificate = {"good": GOOD, "refused": REFUSED, "missing": None}[case.certificate]
    if certificate is None:
        return None
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()


def over_rest(moment: datetime) -> tuple[Oppslag, ...]:
    import json

    people = []
    for case in CASES:
        contact: dict[str, str] = {}
        names = {"epost": "epostadresse", "mobil": "mobiltelefonnummer"}
        for kind, (adresse, confirmed) in addresses(case, moment).items():
            contact[names[kind]] = adresse
            if confirmed is not None:
                contact[f"{names[kind]}_sist_verifisert"] = confirmed.isoformat()
        item: dict[str, Any] = {
            "personidentifikator": case.number,
            "status": case.status,
            "reservasjon": case.reservasjon,
            "varslingsstatus": case.varsles,
            "kontaktinformasjon": contact,
            "sertifikat": in_base64(case),
        }
        if case.mailbox == "mailbox":
            item["digital_post"] = {
                "postkasseadresse": "kari#1234",
                "postkasseleverandoeradresse": POSTEN,
            }
        people.append(item)
    return read_personer(json.dumps({"personer": people}).encode())


def in_soap(case: Case, moment: datetime) -> str:
    names = {"epost": "Epostadresse", "mobil": "Mobiltelefonnummer"}
    contact = ""
    for kind, (adresse, confirmed) in addresses(case, moment).items():
        dated = "" if confirmed is None else f' sistVerifisert="{confirmed.isoformat()}"'
        contact += f"<b:{names[kind]}{dated}>{adresse}</b:{names[kind]}>"
    parts = [
        f"<b:reservasjon>{case.reservasjon}</b:reservasjon>",
        f"<b:status>{case.status}</b:status>",
        f"<b:varslingsstatus>{case.varsles}</b:varslingsstatus>",
        f"<b:Kontaktinformasjon>{contact}</b:Kontaktinformasjon>",
    ]
    if case.mailbox == "mailbox":
        parts.append(
            "<b:SikkerDigitalPostAdresse><b:postkasseadresse>kari#1234</b:postkasseadresse>"
            f"<b:postkasseleverandoerAdresse>{POSTEN}</b:postkasseleverandoerAdresse>"
            "</b:SikkerDigitalPostAdresse>"
        )
    if (certificate := in_base64(case)) is not None:
        parts.append(f"<b:X509Sertifikat>{certificate}</b:X509Sertifikat>")
    return soap_person(case.number, *parts)


@pytest.fixture(scope="module")
def over_soap(
    ca: TestCA, postkasse_identity: Identity, trust: TrustStore, moment: datetime
) -> tuple[Oppslag, ...]:
    issued = ca.issue("991825827", "Direktoratet", moment=moment)
    clock = Clock(moment)
    register = Register(
        Actor("991825827", issued.certificate, issued.key), postkasse_identity.certificate, clock
    )
    register.content = personer(*(in_soap(case, moment) for case in CASES))
    krr = KrrSoap(
        KrrSoapSettings(url="https://register.example/ws-v5"),
        signer=postkasse_identity,
        decryptor=postkasse_identity,
        trust=trust,
        clock=clock,
    )
    return drive(krr.lookup([case.number for case in CASES]), register)


@pytest.fixture(params=["rest", "soap"])
def people(request: pytest.FixtureRequest, moment: datetime) -> tuple[Oppslag, ...]:
    if request.param == "rest":
        return over_rest(moment)
    answered: tuple[Oppslag, ...] = request.getfixturevalue("over_soap")
    return answered


def only_good(certificate: Certificate, /, **_: object) -> None:
    if certificate != GOOD:
        raise CertificateError(CertificateProblem.REVOKED, "It is not to be trusted.")


def told(rute: Rute) -> str:
    if isinstance(rute, Digital):
        used = [name for name, to in (("email", rute.epost), ("mobile", rute.mobil)) if to]
        return " ".join(["digital", rute.grunn.name, *used])
    return "held back" if rute.is_held_back else rute.grunn.name


@pytest.mark.parametrize(("column", "formaal", "tross"), [(at, *c) for at, c in enumerate(COLUMNS)])
@pytest.mark.parametrize("has_postal_address", [True, False])
def test_every_combination_goes_the_way_of_the_table(
    people: tuple[Oppslag, ...],
    column: int,
    formaal: Formaal,
    tross: bool,
    has_postal_address: bool,
    moment: datetime,
) -> None:
    assert len(people) == len(CASES) == 504
    for case, person in zip(CASES, people, strict=True):
        assert isinstance(person, Person), case
        rute = route(
            person,
            moment=moment,
            check=only_good,
            has_postal_address=has_postal_address,
            formaal=formaal,
            tross_reservasjon=tross,
        )
        assert told(rute) == case.expected(column), case
        if not isinstance(rute, Digital):
            assert isinstance(rute, Print if has_postal_address else Unreachable), case


@pytest.mark.parametrize("grunn", PARAGRAPHS)
def test_a_rule_of_law_is_told_with_its_paragraph(grunn: Grunn) -> None:
    assert PARAGRAPHS[grunn] in Print(grunn).reason
    assert "eForvaltningsforskriften" in Print(grunn).reason


def test_without_a_purpose_the_stricter_one_holds(moment: datetime) -> None:
    for person in over_rest(moment):
        assert isinstance(person, Person)
        ask: Callable[..., Rute] = route
        common: dict[str, Any] = {"moment": moment, "check": only_good, "has_postal_address": True}
        said, unsaid = ask(person, formaal=Formaal.VEDTAK, **common), ask(person, **common)
        assert told(said) == told(unsaid)
