"""Nobody who has opted out gets a digital letter, and others get what the law allows."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.x509 import Certificate
from hypothesis import given, settings

from sdp.domain import Formaal
from sdp.errors import CertificateError, CertificateProblem, InvalidInputError
from sdp.krr.person import DigitalPostkasse, Kontaktadresse, Person, Status
from sdp.krr.routing import notifiable, route
from sdp.krr.rute import Digital, Grunn, Print, Rute, Unreachable
from sdp.pki import Identity, TrustStore
from tests.conftest import EBOKS, POSTEN
from tests.unit.domain.conftest import self_signed
from tests.unit.krr.strategies import PEOPLE, moments, personer, reachable_personer

CERTIFICATE = self_signed("Postkassen AS")


def approve(certificate: Certificate, /, **_: object) -> None:
    """Trust any certificate at all."""


def refuse(certificate: Certificate, /, **_: object) -> None:
    raise CertificateError(CertificateProblem.REVOKED, "It is not to be trusted.")


@pytest.fixture
def reachable(postkasse_identity: Identity, moment: datetime) -> Person:
    return Person(
        personidentifikator=PEOPLE[0],
        status=Status.AKTIV,
        reservert=False,
        kan_varsles=True,
        epost=Kontaktadresse(adresse="kari@example.no", sist_verifisert=moment),
        mobil=Kontaktadresse(adresse="+4799999999", sist_verifisert=moment),
        digital_post=DigitalPostkasse(postkasseadresse="kari#1234", leverandoer=POSTEN),
        sertifikat=postkasse_identity.certificate,
    )


def changed(person: Person, **changes: Any) -> Person:
    return person.model_copy(update=changes)


@settings(deadline=None)
@given(reachable_personer(CERTIFICATE) | personer(CERTIFICATE), moments())
def test_a_reserved_person_is_never_reached_digitally(person: Person, moment: datetime) -> None:
    reserved = changed(person, reservert=True)

    for has_postal_address in (True, False):
        rute = route(reserved, moment=moment, check=approve, has_postal_address=has_postal_address)
        assert isinstance(rute, Print if has_postal_address else Unreachable)


@settings(deadline=None)
@given(reachable_personer(CERTIFICATE) | personer(CERTIFICATE), moments())
def test_digital_is_what_has_everything_and_nothing_else_is(
    person: Person, moment: datetime
) -> None:
    rute = route(person, moment=moment, check=approve, has_postal_address=True)

    has_everything = (
        person.status is Status.AKTIV
        and person.reservert is False
        and person.digital_post is not None
        and person.sertifikat is not None
        and notifiable(person, moment).grunn is None
    )
    assert isinstance(rute, Digital) == has_everything


@pytest.mark.parametrize("space", [" ", "\u00a0", "\n", "\t "])
def test_space_around_an_address_of_the_register_takes_no_notice_away(
    reachable: Person, trust: TrustStore, moment: datetime, space: str
) -> None:
    pasted = changed(
        reachable,
        epost=Kontaktadresse(adresse=f"{space}kari@example.no{space}", sist_verifisert=moment),
        mobil=Kontaktadresse(adresse=f"{space}+4799999999{space}", sist_verifisert=moment),
    )

    digital = route(pasted, moment=moment, check=trust.validate, has_postal_address=False)

    assert isinstance(digital, Digital)
    assert (digital.epost, digital.mobil) == ("kari@example.no", "+4799999999")


@settings(deadline=None)
@given(reachable_personer(CERTIFICATE), moments())
def test_a_certificate_that_is_refused_makes_nobody_digital(
    person: Person, moment: datetime
) -> None:
    rute = route(
        person,
        moment=moment,
        check=refuse,
        has_postal_address=True,
        formaal=Formaal.INFORMASJON,
    )

    assert rute == Print(Grunn.SERTIFIKAT_AVVIST, CertificateProblem.REVOKED)


@pytest.mark.parametrize("unclear", [None, 0, "", "NEI"])
def test_a_reservation_that_is_not_plainly_no_counts_as_yes(
    unclear: object, reachable: Person, moment: datetime
) -> None:
    unchecked = Person.model_construct(**{**dict(reachable), "reservert": unclear})

    rute = route(unchecked, moment=moment, check=approve, has_postal_address=True)

    assert rute == Print(Grunn.RESERVERT)


def test_a_digital_decision_is_made_by_route_alone(
    reachable: Person, trust: TrustStore, moment: datetime
) -> None:
    digital = route(reachable, moment=moment, check=trust.validate, has_postal_address=False)
    assert isinstance(digital, Digital)

    with pytest.raises(TypeError, match="route"):
        Digital()
    with pytest.raises(TypeError, match="route"):
        Digital(digital.mottaker, None, None)
    with pytest.raises(TypeError, match="route"):
        dataclasses.replace(digital, epost=None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        digital.mottaker = digital.mottaker  # type: ignore[misc]
    assert copy.copy(digital) is copy.deepcopy(digital) is digital


def test_a_decision_crosses_to_another_process_as_it_is(
    reachable: Person, trust: TrustStore, moment: datetime
) -> None:
    digital = route(reachable, moment=moment, check=trust.validate, has_postal_address=False)

    assert pickle.loads(pickle.dumps(digital)) == digital
    assert pickle.loads(pickle.dumps(Print(Grunn.RESERVERT))) == Print(Grunn.RESERVERT)


def test_a_digital_letter_goes_to_the_mailbox_the_register_names(
    reachable: Person, trust: TrustStore, moment: datetime
) -> None:
    digital = route(reachable, moment=moment, check=trust.validate, has_postal_address=True)

    assert isinstance(digital, Digital)
    assert digital.mottaker.personidentifikator == PEOPLE[0]
    assert digital.mottaker.postkasseadresse == "kari#1234"
    assert digital.mottaker.postkasse.organisasjonsnummer == POSTEN
    assert digital.mottaker.postkasse.sertifikat == reachable.sertifikat
    assert (digital.epost, digital.mobil) == ("kari@example.no", "+4799999999")


@pytest.mark.parametrize(
    ("changes", "grunn", "words"),
    [
        ({"status": Status.SLETTET}, Grunn.SLETTET, "has been deleted"),
        (
            {"status": Status.IKKE_REGISTRERT, "reservert": True},
            Grunn.IKKE_REGISTRERT,
            "is not in the contact register",
        ),
        ({"reservert": True}, Grunn.RESERVERT, "has opted out of digital letters (reservert"),
        ({"digital_post": None}, Grunn.UTEN_POSTKASSE, "has no digital mailbox"),
        ({"sertifikat": None}, Grunn.UTEN_SERTIFIKAT, "gives no certificate"),
    ],
)
def test_the_reason_against_digital_is_told(
    changes: dict[str, Any],
    grunn: Grunn,
    words: str,
    reachable: Person,
    trust: TrustStore,
    moment: datetime,
) -> None:
    def rute(*, has_postal_address: bool) -> Rute:
        return route(
            changed(reachable, **changes),
            moment=moment,
            check=trust.validate,
            has_postal_address=has_postal_address,
        )

    on_paper, not_at_all = rute(has_postal_address=True), rute(has_postal_address=False)

    assert on_paper == Print(grunn)
    assert not_at_all == Unreachable(grunn)
    assert isinstance(on_paper, Print)
    assert isinstance(not_at_all, Unreachable)
    assert words in on_paper.reason
    assert words in not_at_all.reason
    assert "No postal address is given" in not_at_all.reason


def test_the_certificate_must_be_the_providers_own(
    reachable: Person, eboks_identity: Identity, trust: TrustStore, moment: datetime
) -> None:
    another = changed(reachable, sertifikat=eboks_identity.certificate)
    assert reachable.digital_post is not None
    assert reachable.digital_post.leverandoer != EBOKS

    rute = route(another, moment=moment, check=trust.validate, has_postal_address=True)

    assert rute == Print(Grunn.SERTIFIKAT_AVVIST, CertificateProblem.ORGANISATION)
    assert isinstance(rute, Print)
    assert "it belongs to another organisation" in rute.reason


def test_the_certificate_must_be_valid_when_the_letter_is_sent(
    reachable: Person, trust: TrustStore, moment: datetime
) -> None:
    late = moment + timedelta(days=5000)
    confirmed = Kontaktadresse(adresse="kari@example.no", sist_verifisert=late)

    rute = route(
        changed(reachable, epost=confirmed),
        moment=late,
        check=trust.validate,
        has_postal_address=False,
    )

    assert rute == Unreachable(Grunn.SERTIFIKAT_AVVIST, CertificateProblem.EXPIRED)


def test_a_decision_shows_nobody(reachable: Person, trust: TrustStore, moment: datetime) -> None:
    digital = route(reachable, moment=moment, check=trust.validate, has_postal_address=False)

    for private in (PEOPLE[0], "kari", "99999999"):
        assert private not in f"{digital!r} {digital}"


def test_who_may_not_be_notified_is_not(
    reachable: Person, trust: TrustStore, moment: datetime
) -> None:
    silent = changed(reachable, kan_varsles=False)

    digital = route(
        silent,
        moment=moment,
        check=trust.validate,
        has_postal_address=False,
        formaal=Formaal.INFORMASJON,
    )

    assert isinstance(digital, Digital)
    assert (digital.epost, digital.mobil) == (None, None)
    assert not digital.is_notified


def test_a_vedtak_never_passes_over_a_reservation(reachable: Person, moment: datetime) -> None:
    with pytest.raises(InvalidInputError, match="tross_reservasjon: must be False for a vedtak"):
        route(
            reachable,
            moment=moment,
            check=approve,
            has_postal_address=True,
            tross_reservasjon=True,
        )


@pytest.mark.parametrize("formaal", ["reklame", None, 1])
def test_another_purpose_is_refused(formaal: Any, reachable: Person, moment: datetime) -> None:
    with pytest.raises(InvalidInputError, match=r"formaal: must be Formaal\.VEDTAK"):
        route(reachable, moment=moment, check=approve, has_postal_address=True, formaal=formaal)


def test_each_notification_address_stands_on_its_own_date(
    reachable: Person, trust: TrustStore, moment: datetime
) -> None:
    stale = Kontaktadresse(adresse="+4799999999", sist_verifisert=moment - timedelta(days=600))

    digital = route(
        changed(reachable, mobil=stale),
        moment=moment,
        check=trust.validate,
        has_postal_address=False,
    )

    assert isinstance(digital, Digital)
    assert (digital.epost, digital.mobil) == ("kari@example.no", None)


@settings(deadline=None)
@given(reachable_personer(CERTIFICATE), moments())
def test_no_notification_goes_to_an_address_older_than_its_eighteen_months(
    person: Person, moment: datetime
) -> None:
    rute = route(
        person,
        moment=moment,
        check=approve,
        has_postal_address=True,
        formaal=Formaal.INFORMASJON,
    )

    assert isinstance(rute, Digital)
    for used, kontaktadresse in ((rute.epost, person.epost), (rute.mobil, person.mobil)):
        if used is None:
            continue
        assert person.kan_varsles
        assert kontaktadresse is not None
        assert used == kontaktadresse.adresse
        dates = (kontaktadresse.oppdatert, kontaktadresse.sist_verifisert)
        newest = max(date for date in dates if date is not None)
        assert moment - newest <= timedelta(days=550)  # the longest that 18 months can be
