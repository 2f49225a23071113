from __future__ import annotations

import pickle
from typing import Any

import pytest

from sdp.domain import (
    Avsender,
    Brev,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    EpostVarsel,
    Formaal,
    FysiskPost,
    Mottaker,
    NorskAdresse,
    Postadresse,
    Posthaandtering,
    Retur,
    TekniskMottaker,
    Varseltekster,
)
from sdp.errors import InvalidInputError
from tests.documents import pdf

ADRESSE = Postadresse(
    navn="Ola Nordmann",
    adresse=NorskAdresse(adresselinje1="Veien 1", postnummer="0101", poststed="Oslo"),
)
FYSISK = FysiskPost(
    mottaker=ADRESSE, retur=Retur(posthaandtering=Posthaandtering.DIREKTE_RETUR, mottaker=ADRESSE)
)

NEUTRAL = {
    "nb": "Du har fått et brev i den digitale postkassen din.",
    "nn": "Du har fått eit brev i den digitale postkassa di.",
    "en": "You have received a letter in your digital mailbox.",
    "se": "Don leat ožžon reivve digitála poastakássii.",
}


def brev(**changes: Any) -> Brev:
    values: dict[str, Any] = {
        "avsender": Avsender(organisasjonsnummer="991825827"),
        "dokumentpakke": Dokumentpakke(
            hoveddokument=Dokument.from_bytes(pdf(), filnavn="brev.pdf", tittel="Vedtak")
        ),
        "digital_post": DigitalPost(ikke_sensitiv_tittel="Brev"),
    }
    return Brev(**(values | changes))


def test_both_ways_keep_the_ids_of_the_letter(
    mottaker: Mottaker, postkasse: TekniskMottaker
) -> None:
    letter = brev(fysisk_post=FYSISK)
    digital = letter.digital(mottaker, epost=None, mobil=None)
    fysisk = letter.fysisk(postkasse)

    assert {digital.meldings_id, fysisk.meldings_id} == {letter.meldings_id}
    assert {digital.konversasjons_id, fysisk.konversasjons_id} == {letter.konversasjons_id}


def test_a_notice_needs_both_a_text_and_an_address(mottaker: Mottaker) -> None:
    letter = brev(varseltekster=Varseltekster(epost="Du har fått brev", repetisjoner=(0, 7)))
    digital = letter.digital(mottaker, epost="ola@example.no", mobil="99999999").digital_post

    assert digital.epost_varsel == EpostVarsel(
        epostadresse="ola@example.no", varslingstekst="Du har fått brev", repetisjoner=(0, 7)
    )
    assert digital.sms_varsel is None
    assert letter.digital(mottaker, epost=None, mobil=None).digital_post.epost_varsel is None


def test_notices_with_addresses_of_the_callers_own_are_refused() -> None:
    varsel = EpostVarsel(epostadresse="ola@example.no", varslingstekst="Brev")
    post = DigitalPost(ikke_sensitiv_tittel="Brev", epost_varsel=varsel)

    with pytest.raises(InvalidInputError, match=r"digital_post\.epost_varsel"):
        brev(digital_post=post)


def test_what_cannot_be_printed_is_refused_before_anybody_is_looked_up() -> None:
    tekst = Dokument.from_bytes(b"hei", filnavn="brev.txt", tittel="Vedtak")

    with pytest.raises(InvalidInputError, match="application/pdf"):
        brev(dokumentpakke=Dokumentpakke(hoveddokument=tekst), fysisk_post=FYSISK)


def test_a_letter_without_postal_address_cannot_be_printed(
    postkasse: TekniskMottaker,
) -> None:
    with pytest.raises(InvalidInputError, match="fysisk_post"):
        brev().fysisk(postkasse)


def test_a_letter_is_a_vedtak_unless_told_otherwise(mottaker: Mottaker) -> None:
    letter = brev()

    assert letter.formaal is Formaal.VEDTAK
    assert letter.digital(mottaker, epost=None, mobil=None).formaal is Formaal.VEDTAK


def test_only_informasjon_can_be_let_past_a_reservation() -> None:
    assert brev(formaal=Formaal.INFORMASJON, tross_reservasjon=True).tross_reservasjon
    with pytest.raises(InvalidInputError, match="tross_reservasjon: must be False for a vedtak"):
        brev(tross_reservasjon=True)


@pytest.mark.parametrize(
    ("formaal", "days"), [(Formaal.VEDTAK, (0, 7)), (Formaal.INFORMASJON, (0,))]
)
def test_notices_repeat_as_the_purpose_asks(
    formaal: Formaal, days: tuple[int, ...], mottaker: Mottaker
) -> None:
    letter = brev(formaal=formaal, varseltekster=Varseltekster(epost="Brev", sms="Brev"))
    digital = letter.digital(mottaker, epost="a@b.no", mobil="99999999").digital_post

    assert digital.epost_varsel is not None
    assert digital.sms_varsel is not None
    assert digital.epost_varsel.repetisjoner == digital.sms_varsel.repetisjoner == days


@pytest.mark.parametrize("spraak", ["nb", "nn", "en", "se", None])
@pytest.mark.parametrize("texts", [None, Varseltekster(), Varseltekster(repetisjoner=(0, 3))])
def test_a_vedtak_without_texts_gets_one_neutral_notice_in_the_persons_language(
    spraak: str | None, texts: Varseltekster | None, mottaker: Mottaker
) -> None:
    letter = brev(varseltekster=texts)
    with_email = letter.digital(mottaker, epost="a@b.no", mobil="99999999", spraak=spraak)
    with_mobile = letter.digital(mottaker, epost=None, mobil="99999999", spraak=spraak)

    email, sms = with_email.digital_post.epost_varsel, with_mobile.digital_post.sms_varsel
    assert email is not None
    assert sms is not None
    assert with_email.digital_post.sms_varsel is None
    assert email.varslingstekst == sms.varslingstekst == NEUTRAL[spraak or "nb"]
    assert email.repetisjoner == ((0, 3) if texts and texts.repetisjoner else (0, 7))


def test_a_vedtak_is_notified_where_the_person_can_be_although_the_text_was_for_elsewhere(
    mottaker: Mottaker,
) -> None:
    letter = brev(varseltekster=Varseltekster(epost="Du har fått brev"))
    digital = letter.digital(mottaker, epost=None, mobil="99999999", spraak="en").digital_post

    assert digital.sms_varsel is not None
    assert digital.sms_varsel.varslingstekst == NEUTRAL["en"]


def test_informasjon_has_no_notice_that_nobody_asked_for(mottaker: Mottaker) -> None:
    digital = brev(formaal=Formaal.INFORMASJON).digital(mottaker, epost="a@b.no", mobil="99999999")

    assert digital.digital_post.epost_varsel is None
    assert digital.digital_post.sms_varsel is None


@pytest.mark.parametrize(
    ("spraak", "text"),
    [("nb", "Brev"), ("nn", "Brev på nynorsk"), ("en", "Letter"), ("se", "Brev"), (None, "Brev")],
)
def test_texts_are_given_by_language_and_each_person_gets_their_own(
    spraak: str | None, text: str, mottaker: Mottaker
) -> None:
    by_language = {"nb": "Brev", "nn": "Brev på nynorsk", "en": "Letter"}
    letter = brev(varseltekster=Varseltekster(epost=by_language, sms=by_language))
    digital = letter.digital(mottaker, epost="a@b.no", mobil="99999999", spraak=spraak)

    assert digital.digital_post.epost_varsel is not None
    assert digital.digital_post.sms_varsel is not None
    assert digital.digital_post.epost_varsel.varslingstekst == text
    assert digital.digital_post.sms_varsel.varslingstekst == text


def test_the_language_of_the_letter_is_the_persons_unless_given(mottaker: Mottaker) -> None:
    def language(spraak: str | None, **changes: Any) -> str:
        made = brev(**changes).digital(mottaker, epost="a@b.no", mobil=None, spraak=spraak)
        return made.spraakkode

    assert language("se") == "se"
    assert language("nn", spraakkode="en") == "en"
    assert language(None) == language("x-klingon") == "NO"


@pytest.mark.parametrize(
    ("texts", "rule"),
    [
        ({"sms": {"nb": "x" * 161}}, r"sms\.nb: must be 1 to 160 characters; it is 161"),
        ({"epost": {"en": "x" * 501}}, r"epost\.en: must be 1 to 500 characters"),
        ({"epost": {"de": "Brief"}}, r"epost\.de: is not a field that exists"),
        ({"epost": {}}, r"epost\.nb: must be given, or a text in nn, en or se"),
        ({"epost": {"nb": 1}}, r"epost\.nb: must be text"),
        ({"epost": 1}, r"epost: must be of the type str or Spraaktekst"),
        ({"epost": ""}, r"epost: must be 1 to 500 characters"),
    ],
)
def test_a_text_that_cannot_be_sent_is_named_with_its_language(
    texts: dict[str, Any], rule: str
) -> None:
    with pytest.raises(InvalidInputError, match=rule):
        Varseltekster(**texts)


def test_a_letter_with_texts_by_language_crosses_to_another_process() -> None:
    letter = brev(varseltekster=Varseltekster(epost={"nb": "Brev", "se": "Reive"}))

    assert pickle.loads(pickle.dumps(letter)) == letter
