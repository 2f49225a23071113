from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from cryptography.x509 import Certificate
from hypothesis import given, settings

from sdp import domain
from sdp.errors import InvalidInputError
from sdp.gate import canonical_uuid
from tests.examples import examples
from tests.strategies import digitale_forsendelser, fysiske_forsendelser
from tests.unit.domain.conftest import self_signed


@pytest.fixture
def pakke(brev: domain.Dokument) -> domain.Dokumentpakke:
    return domain.Dokumentpakke(hoveddokument=brev)


@pytest.fixture
def digital(
    avsender: domain.Avsender, mottaker: domain.Mottaker, pakke: domain.Dokumentpakke
) -> domain.DigitalForsendelse:
    return domain.Forsendelse.digital(
        avsender=avsender,
        mottaker=mottaker,
        digital_post=domain.DigitalPost(ikke_sensitiv_tittel="Brev"),
        dokumentpakke=pakke,
    )


@pytest.fixture
def fysisk_post(hjem: domain.Postadresse) -> domain.FysiskPost:
    retur = domain.Retur(posthaandtering=domain.Posthaandtering.DIREKTE_RETUR, mottaker=hjem)
    return domain.FysiskPost(mottaker=hjem, retur=retur)


CERTIFICATE = self_signed("Postkassen AS")


@settings(max_examples=examples(0.5), deadline=None)
@given(digitale_forsendelser(CERTIFICATE))
def test_every_digital_letter_goes_to_the_mailbox_of_its_citizen(
    letter: domain.DigitalForsendelse,
) -> None:
    assert letter.teknisk_mottaker == letter.mottaker.postkasse
    assert letter.uses_synthetic_person == domain.is_synthetic(letter.mottaker.personidentifikator)


@settings(max_examples=examples(0.5), deadline=None)
@given(fysiske_forsendelser(CERTIFICATE))
def test_every_print_letter_goes_to_its_printer(letter: domain.FysiskForsendelse) -> None:
    assert letter.teknisk_mottaker == letter.printer
    assert not letter.uses_synthetic_person


def test_a_letter_is_normal_norwegian_and_has_ids_of_its_own(
    digital: domain.DigitalForsendelse,
) -> None:
    assert digital.prioritet is domain.Prioritet.NORMAL
    assert digital.mpc_id is None
    assert digital.spraakkode == "NO"
    assert digital.digital_post.sikkerhetsnivaa is domain.Sikkerhetsnivaa.NIVAA_4
    assert digital.konversasjons_id != digital.meldings_id
    assert UUID(digital.meldings_id).version == 4


def test_ids_given_by_the_caller_are_kept(
    avsender: domain.Avsender, mottaker: domain.Mottaker, pakke: domain.Dokumentpakke
) -> None:
    letter = domain.Forsendelse.digital(
        avsender=avsender,
        mottaker=mottaker,
        digital_post=domain.DigitalPost(ikke_sensitiv_tittel="Brev"),
        dokumentpakke=pakke,
        konversasjons_id=UUID(int=1),
        meldings_id=UUID(int=2),
    )
    assert letter.konversasjons_id == "00000000-0000-0000-0000-000000000001"
    assert letter.meldings_id == "00000000-0000-0000-0000-000000000002"


@pytest.mark.parametrize("written", [str(UUID(int=0xAB)), str(UUID(int=0xAB)).upper()])
def test_ids_may_be_given_as_text(digital: domain.DigitalForsendelse, written: str) -> None:
    letter = digital.model_copy(update={"konversasjons_id": written})

    assert letter.konversasjons_id == str(UUID(int=0xAB))


@pytest.mark.parametrize("written", ["urn:uuid:" + str(UUID(int=1)), UUID(int=1).hex, "", "x"])
def test_text_that_is_no_plain_uuid_is_no_id(
    digital: domain.DigitalForsendelse, written: str
) -> None:
    with pytest.raises(InvalidInputError, match="konversasjons_id: must be a UUID"):
        digital.model_copy(update={"konversasjons_id": written})


def test_a_letter_that_is_neither_digital_nor_print_cannot_be_made(
    avsender: domain.Avsender, pakke: domain.Dokumentpakke
) -> None:
    with pytest.raises(TypeError, match="abstract"):
        domain.Forsendelse(avsender=avsender, dokumentpakke=pakke)  # type: ignore[abstract]


def test_a_print_letter_takes_pdf_without_metadata_only(
    avsender: domain.Avsender, postkasse: domain.TekniskMottaker, fysisk_post: domain.FysiskPost
) -> None:
    link = domain.Lenke(url="https://a.no")
    pakke = domain.Dokumentpakke(
        hoveddokument=domain.Dokument.from_bytes(b"x", filnavn="brev.html"),
        vedlegg=(
            domain.Dokument.from_bytes(b"x", filnavn="ok.pdf"),
            domain.Dokument.from_bytes(b"x", filnavn="lenke.pdf", metadata=link),
        ),
    )
    with pytest.raises(InvalidInputError) as caught:
        domain.Forsendelse.fysisk(
            avsender=avsender, printer=postkasse, fysisk_post=fysisk_post, dokumentpakke=pakke
        )
    assert [problem.field for problem in caught.value.problems] == [
        "dokumentpakke.hoveddokument.mime_type",
        "dokumentpakke.vedlegg[1].metadata",
    ]
    assert "must be application/pdf in a print letter; it is text/html" in str(caught.value)


@pytest.mark.parametrize("mpc_id", ["a", "A-z_0.9", "x" * 64])
def test_a_queue_name_of_plain_characters_is_accepted(
    digital: domain.DigitalForsendelse, mpc_id: str
) -> None:
    assert digital.model_copy(update={"mpc_id": mpc_id}).mpc_id == mpc_id


@pytest.mark.parametrize("mpc_id", ["", "x" * 65, "a:b", "a b", "kø", "a/b"])
def test_a_queue_name_of_other_characters_is_refused(
    digital: domain.DigitalForsendelse, mpc_id: str
) -> None:
    with pytest.raises(InvalidInputError, match="mpc_id: must be 1 to 64 characters"):
        digital.model_copy(update={"mpc_id": mpc_id})


def test_a_letter_becomes_available_at_a_moment_or_on_a_day_but_not_both() -> None:
    moment = datetime(2026, 11, 24, 8, tzinfo=UTC)
    domain.DigitalPost(ikke_sensitiv_tittel="Brev", virkningstidspunkt=moment)
    domain.DigitalPost(ikke_sensitiv_tittel="Brev", virkningsdato=moment.date())
    with pytest.raises(InvalidInputError, match="virkningsdato: must not be given with"):
        domain.DigitalPost(
            ikke_sensitiv_tittel="Brev", virkningstidspunkt=moment, virkningsdato=moment.date()
        )


@pytest.mark.parametrize(
    ("moment", "rule"),
    [
        (datetime(2026, 11, 24), "must say its time zone"),  # noqa: DTZ001
        (datetime(1890, 1, 1, tzinfo=timezone(timedelta(seconds=2580 + 1))), "whole minutes"),
        (datetime(2026, 11, 24, tzinfo=timezone(timedelta(hours=15))), "at most 14 hours"),
        (date(2026, 11, 24), "must be a datetime"),
        ("2026-11-24T08:00:00Z", "must be a datetime"),
    ],
)
def test_a_moment_xml_could_not_carry_is_refused(moment: datetime, rule: str) -> None:
    with pytest.raises(InvalidInputError, match=f"virkningstidspunkt: .*{rule}"):
        domain.DigitalPost(ikke_sensitiv_tittel="Brev", virkningstidspunkt=moment)


def test_a_day_with_a_time_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="virkningsdato: must be a date without a time"):
        domain.DigitalPost(
            ikke_sensitiv_tittel="Brev", virkningsdato=datetime(2026, 11, 24, tzinfo=UTC)
        )


@pytest.mark.parametrize("postnummer", ["", "151", "01511", "O151", "०१५१", "0151 "])
def test_a_norwegian_postnummer_is_four_digits(postnummer: str) -> None:
    with pytest.raises(InvalidInputError, match="postnummer: must be 4 digits"):
        domain.NorskAdresse(adresselinje1="Torget 1", postnummer=postnummer, poststed="OSLO")


@pytest.mark.parametrize("landkode", ["N", "NOR", "N0", "ÅL", "UK", "XX", "XK"])
def test_a_country_code_is_two_letters(landkode: str) -> None:
    with pytest.raises(InvalidInputError, match="landkode: must be 2 letters"):
        domain.UtenlandskAdresse(adresselinje1="1 High Street", landkode=landkode)


def test_the_code_that_is_meant_is_told() -> None:
    with pytest.raises(InvalidInputError, match="for United Kingdom it is GB"):
        domain.UtenlandskAdresse(adresselinje1="1 High Street", landkode="UK")
    with pytest.raises(InvalidInputError, match="is given by its name, in land"):
        domain.UtenlandskAdresse(adresselinje1="1 High Street", landkode="XK")


@pytest.mark.parametrize(
    ("country", "lines", "printed"),
    [
        ({"landkode": "SE"}, ["Kungsgatan 1", "111 22 Stockholm"], "SWEDEN"),
        ({"landkode": "se"}, ["Kungsgatan 1"], "SWEDEN"),
        ({"land": "Sverige"}, ["Kungsgatan 1", "111 22 Stockholm"], "Sverige"),
        ({"land": "Kosovo"}, ["Rruga 1", "10000 Pristina"], "Kosovo"),
        ({"landkode": "GB"}, ["1 High Street", "London", "SW1A 1AA"], "UNITED KINGDOM"),
    ],
)
def test_the_country_is_added_as_the_last_line(
    country: dict[str, str], lines: list[str], printed: str
) -> None:
    adresse = abroad(lines, **country)

    assert shown(adresse) == [*lines, printed]


@pytest.mark.parametrize(
    ("country", "last"),
    [
        ({"landkode": "SE"}, "SVERIGE"),
        ({"landkode": "SE"}, "  sweden "),
        ({"landkode": "DE"}, "Deutschland"),
        ({"landkode": "GB"}, "England"),
        ({"land": "Sverige"}, "SWEDEN"),
        ({"land": "Kosovo"}, "KOSOVO"),
    ],
)
def test_a_country_that_stands_there_is_not_added_again(country: dict[str, str], last: str) -> None:
    for lines in (["Gata 1", last], ["Gata 1", "c/o", "By", last]):
        assert shown(abroad(lines, **country)) == lines


def test_four_lines_without_the_country_are_refused_and_why_is_told() -> None:
    with pytest.raises(InvalidInputError, match="adresselinje4: must be the name of the country"):
        abroad(["c/o Jane", "1 High Street", "London", "SW1A 1AA"], landkode="GB")


@pytest.mark.parametrize(
    "blank",
    [
        *("", " ", "\t \u00a0", "\u3000", "\u2028", None),
        *("\u00ad", "\u200b", "\u200e", "\u202e", "\u2060", "\ufeff"),
        *("\u034f", "\ufe0f", "\u0300", " \u0301"),
        *("\u115f", "\u1160", "\u2800", "\u3164", "\uffa0"),
    ],
    ids=ascii,
)
def test_blank_is_not_given_and_lines_below_it_move_up(blank: Any) -> None:
    norsk = domain.NorskAdresse(
        adresselinje1=blank, adresselinje2="Torget 1", postnummer="0151", poststed="OSLO"
    )
    assert (norsk.adresselinje1, norsk.adresselinje2) == ("Torget 1", None)

    utenlandsk = abroad(["", "Gata 1"], land="Sverige", landkode=blank)
    assert shown(utenlandsk) == ["Gata 1", "Sverige"]
    for nobody in (
        lambda: domain.NorskAdresse(adresselinje1=blank, postnummer="0151", poststed="OSLO"),
        lambda: abroad([blank, blank], landkode="SE"),
        lambda: abroad(["Gata 1"], land=blank, landkode=blank),
        lambda: domain.NorskAdresse(adresselinje1="a", postnummer="0151", poststed=blank),
        lambda: domain.Postadresse(navn=blank, adresse=norsk),
    ):
        with pytest.raises(InvalidInputError):
            nobody()


def test_a_domestic_address_that_ends_with_norway_stays_domestic() -> None:
    norsk = domain.NorskAdresse(
        adresselinje1="Torget 1", adresselinje2="NORGE", postnummer="0151", poststed="OSLO"
    )
    assert (norsk.adresselinje1, norsk.adresselinje2) == ("Torget 1", "NORGE")


def abroad(lines: list[Any], **country: Any) -> domain.UtenlandskAdresse:
    given = {f"adresselinje{at}": line for at, line in enumerate(lines, 1)}
    return domain.UtenlandskAdresse(**given, **country)


def shown(adresse: domain.UtenlandskAdresse) -> list[str]:
    lines = (
        adresse.adresselinje1,
        adresse.adresselinje2,
        adresse.adresselinje3,
        adresse.adresselinje4,
    )
    return [line for line in lines if line is not None]


def test_an_address_abroad_has_a_country_by_name_or_by_code_and_not_both() -> None:
    with pytest.raises(InvalidInputError, match="landkode: either landkode or land"):
        domain.UtenlandskAdresse(adresselinje1="1 High Street")
    with pytest.raises(InvalidInputError, match="landkode: either landkode or land"):
        domain.UtenlandskAdresse(adresselinje1="1 High Street", land="Sverige", landkode="SE")


def test_an_address_that_is_neither_norwegian_nor_foreign_is_refused() -> None:
    with pytest.raises(
        InvalidInputError, match="must be of the type NorskAdresse or UtenlandskAdresse"
    ):
        domain.Postadresse(navn="Kari", adresse="Storgata 1")  # type: ignore[arg-type]


def test_a_certificate_that_is_only_bytes_is_refused(sertifikat: Certificate) -> None:
    with pytest.raises(InvalidInputError, match="sertifikat: must be of the type Certificate"):
        domain.TekniskMottaker(
            organisasjonsnummer="984661185",
            sertifikat=b"MII...",  # type: ignore[arg-type]
        )


@pytest.mark.parametrize("given", [UUID(int=0xAB), str(UUID(int=0xAB)).upper(), None])
def test_every_id_is_returned_as_text_and_can_be_stored_in_sqlite(
    digital: domain.DigitalForsendelse, given: UUID | str | None
) -> None:
    ids = {} if given is None else {"konversasjons_id": given, "meldings_id": given}
    letter = digital.model_copy(update=ids)

    with closing(sqlite3.connect(":memory:")) as database:
        row = database.execute(
            "SELECT ?, ?", (letter.konversasjons_id, letter.meldings_id)
        ).fetchone()
    assert row == (letter.konversasjons_id, letter.meldings_id)
    assert all(canonical_uuid(each) == each for each in row)


@pytest.mark.parametrize("given", [1, b"\x00" * 16, None])
def test_what_is_neither_a_uuid_nor_text_is_no_id(
    digital: domain.DigitalForsendelse, given: object
) -> None:
    with pytest.raises(InvalidInputError, match="meldings_id: must be text"):
        digital.model_copy(update={"meldings_id": given})
