from __future__ import annotations

from typing import Any

import pytest

from sdp.domain import (
    Avsender,
    Brev,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    EpostVarsel,
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
