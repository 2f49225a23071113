"""What every domain value has in common."""

from __future__ import annotations

import copy
import inspect
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, load_der_x509_certificate
from hypothesis import given, settings
from pydantic import BaseModel

from sdp import domain
from sdp.domain._verdi import with_checked
from sdp.errors import InvalidInputError
from tests import strategies
from tests.examples import examples
from tests.unit.domain.conftest import self_signed

CERTIFICATE = self_signed("Postkassen AS")

VALUES = strategies.forsendelser(CERTIFICATE, max_vedlegg=2) | strategies.kvitteringer()


@settings(max_examples=examples(0.5), deadline=None)
@given(VALUES | strategies.send_resultater())
def test_a_value_made_again_of_its_own_fields_is_equal_with_equal_hash(value: BaseModel) -> None:
    again = type(value)(**dict(value))
    assert again == value
    assert hash(again) == hash(value)


@settings(max_examples=examples(0.5), deadline=None)
@given(VALUES)
def test_a_value_survives_copying_and_pickling(value: BaseModel) -> None:
    assert copy.copy(value) == copy.deepcopy(value) == value.model_copy() == value
    restored = pickle.loads(pickle.dumps(value))
    assert restored == value
    assert type(restored) is type(value)


def test_a_copy_with_checked_fields_is_the_copy_that_checks_them() -> None:
    post, varsel = (
        domain.DigitalPost(ikke_sensitiv_tittel="Brev"),
        domain.EpostVarsel(epostadresse="a@example.no", varslingstekst="Hei"),
    )
    copied, checked = (
        with_checked(post, epost_varsel=varsel),
        post.model_copy(update={"epost_varsel": varsel}),
    )
    assert copied == checked
    assert hash(copied) == hash(checked)
    assert repr(copied) == repr(checked)
    assert pickle.loads(pickle.dumps(copied)) == checked
    assert post.epost_varsel is None


def test_certificates_are_compared_by_value(sertifikat: Certificate) -> None:
    same = load_der_x509_certificate(sertifikat.public_bytes(Encoding.DER))
    one, other, third = (
        domain.TekniskMottaker(organisasjonsnummer="984661185", sertifikat=certificate)
        for certificate in (sertifikat, same, self_signed("En annen AS"))
    )
    assert one == other
    assert hash(one) == hash(other)
    assert one != third


def test_a_value_cannot_be_changed(avsender: domain.Avsender) -> None:
    with pytest.raises(AttributeError, match="Avsender is frozen"):
        avsender.organisasjonsnummer = "984661185"  # type: ignore[misc]
    with pytest.raises(AttributeError, match="Avsender is frozen"):
        del avsender.organisasjonsnummer
    assert avsender.organisasjonsnummer == "991825827"


def test_a_changed_copy_is_checked_as_on_construction(avsender: domain.Avsender) -> None:
    changed = avsender.model_copy(update={"fakturareferanse": "Ø1"})
    assert changed.fakturareferanse == "Ø1"
    with pytest.raises(InvalidInputError, match="fakturareferanse: must be at most 40"):
        avsender.model_copy(update={"fakturareferanse": "x" * 41})


def test_every_broken_rule_is_listed_with_its_field() -> None:
    with pytest.raises(InvalidInputError) as caught:
        domain.Avsender(organisasjonsnummer="1", fakturareferanse="x" * 41, ukjent=1)  # type: ignore[call-arg]
    assert [problem.field for problem in caught.value.problems] == [
        "organisasjonsnummer",
        "fakturareferanse",
        "ukjent",
    ]
    assert caught.value.subject == "Avsender"


def test_a_missing_field_is_named() -> None:
    with pytest.raises(
        InvalidInputError, match="Avsender is not valid: organisasjonsnummer: is req"
    ):
        domain.Avsender()  # type: ignore[call-arg]


def test_a_rule_broken_deep_inside_nested_mappings_is_named_by_its_whole_path(
    avsender: domain.Avsender, mottaker: domain.Mottaker, brev: domain.Dokument
) -> None:
    given_as_mappings: dict[str, Any] = {
        "avsender": avsender,
        "mottaker": mottaker,
        "digital_post": {
            "ikke_sensitiv_tittel": "x" * 300,
            "sms_varsel": {"mobiltelefonnummer": "9", "varslingstekst": "", "repetisjoner": [1, 1]},
        },
        "dokumentpakke": {"hoveddokument": brev, "vedlegg": [brev]},
    }
    with pytest.raises(InvalidInputError) as caught:
        domain.DigitalForsendelse(**given_as_mappings)
    assert {str(problem) for problem in caught.value.problems} == {
        "digital_post.ikke_sensitiv_tittel: must be 1 to 255 characters; it is 300",
        "digital_post.sms_varsel.varslingstekst: must be 1 to 160 characters; it is 0",
        "digital_post.sms_varsel.repetisjoner: must not name the same day twice",
        "dokumentpakke.vedlegg[0].filnavn: brev.pdf is the same file name as hoveddokument.filnavn",
    }


@pytest.mark.parametrize(
    ("kind", "field", "value", "rule"),
    [
        (domain.Avsender, "organisasjonsnummer", 991825827, "must be text"),
        (domain.DigitalPost, "aapningskvittering", 1, "must be True or False"),
        (
            domain.DigitalPost,
            "sikkerhetsnivaa",
            4,
            "must be Sikkerhetsnivaa.NIVAA_3 or Sikkerhetsnivaa.NIVAA_4",
        ),
        (domain.DigitalPost, "epost_varsel", "a@b.no", "must be of the type EpostVarsel"),
        (domain.EpostVarsel, "repetisjoner", 1, "must be a tuple or a list"),
        (domain.SendResultat, "fingerprint", "abc", "must be bytes"),
        (domain.SendResultat, "fingerprint", b"abc", "must be 32 bytes; it is 3"),
        (domain.SendResultat, "package_size", -1, "must not be negative"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_in_plain_words(
    kind: type[BaseModel], field: str, value: object, rule: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        kind(**{field: value})
    rules = {problem.field: problem.rule for problem in caught.value.problems}
    assert rules[field] == rule


SECRETS = {
    "15886910042",
    "ola#1234",
    "Hemmelig vedtak",
    "Brev fra etaten",
    "ola@example.no",
    "99887766",
    "Du har fått brev",
    "Kari Nordmann",
    "Storgata 1",
    "0151",
    "OSLO",
    "1 High Street",
    "Sverige",
    "hemmelige bytes",
}


def test_nothing_private_is_shown(
    avsender: domain.Avsender, mottaker: domain.Mottaker, hjem: domain.Postadresse
) -> None:
    pakke = domain.Dokumentpakke(
        hoveddokument=domain.Dokument.from_bytes(
            b"hemmelige bytes", filnavn="brev.pdf", tittel="Hemmelig vedtak"
        )
    )
    digital = domain.Forsendelse.digital(
        avsender=avsender,
        mottaker=mottaker,
        digital_post=domain.DigitalPost(
            ikke_sensitiv_tittel="Brev fra etaten",
            epost_varsel=domain.EpostVarsel(
                epostadresse="ola@example.no", varslingstekst="Du har fått brev"
            ),
            sms_varsel=domain.SmsVarsel(
                mobiltelefonnummer="99887766", varslingstekst="Du har fått brev"
            ),
        ),
        dokumentpakke=pakke,
    )
    abroad = domain.Postadresse(
        navn="Kari Nordmann",
        adresse=domain.UtenlandskAdresse(adresselinje1="1 High Street", land="Sverige"),
    )
    retur = domain.Retur(posthaandtering=domain.Posthaandtering.DIREKTE_RETUR, mottaker=hjem)
    fysisk = domain.Forsendelse.fysisk(
        avsender=avsender,
        printer=mottaker.postkasse,
        fysisk_post=domain.FysiskPost(mottaker=abroad, retur=retur),
        dokumentpakke=pakke,
    )
    kvittering = domain.Feil(
        meldings_id="m",
        konversasjons_id="k",
        tidspunkt=datetime(2026, 11, 23, tzinfo=UTC),
        avsender="984661185",
        raw=b"hemmelige bytes",
        referanse=domain.Kvitteringsreferanse(message_id="m", prioritet=domain.Prioritet.NORMAL),
        feiltype=domain.Feiltype.KLIENT,
        detaljer="Mottaker 15886910042 finnes ikke",
    )
    shown = f"{digital!r} {digital} {fysisk!r} {kvittering!r} {tuple(pakke.files())!r}"
    assert {secret for secret in SECRETS if secret in shown} == set()
    assert "brev.pdf" in shown
    assert "***" in shown


def test_a_private_field_left_out_is_shown_as_none() -> None:
    assert "adresselinje2=None" in repr(
        domain.NorskAdresse(adresselinje1="Torget 1", postnummer="0151", poststed="OSLO")
    )


def test_every_public_value_is_frozen_and_refuses_unknown_fields() -> None:
    models = [
        value
        for name in domain.__all__
        if inspect.isclass(value := getattr(domain, name)) and issubclass(value, BaseModel)
    ]
    assert len(models) > 30
    for model in models:
        assert model.model_config["frozen"]
        assert model.model_config["extra"] == "forbid"


def test_a_value_that_is_not_made_yet_can_be_printed_by_debuggers() -> None:
    made = domain.Avsender(organisasjonsnummer="991825827")
    assert repr(domain.Avsender.__new__(domain.Avsender)) == "Avsender()"
    assert "991825827" in repr(made)
