"""Every text of the schemas, at its limits and one beyond."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from sdp import domain
from sdp.errors import InvalidInputError
from tests.reference import reference

XSD = "{http://www.w3.org/2001/XMLSchema}"

RECEIPT: dict[str, Any] = {
    "meldings_id": "m",
    "konversasjons_id": "k",
    "tidspunkt": datetime(2026, 11, 23, tzinfo=UTC),
    "avsender": "984661185",
    "raw": b"<sbd/>",
    "referanse": domain.Kvitteringsreferanse(message_id="m", prioritet=domain.Prioritet.NORMAL),
    "feiltype": domain.Feiltype.KLIENT,
}


@dataclass(frozen=True)
class Limit:
    make: Callable[[str], object]
    field: str
    minimum: int
    maximum: int
    schema: str
    type: str
    """The named type, or the element that holds an unnamed one."""
    stricter: bool = False
    """Whether we ask for at least one character where the schema takes none."""
    readable: bool = False
    """Whether blanks alone are taken as no text."""

    def __str__(self) -> str:
        return f"{self.type}-{self.field}"


def adresse(**changes: str) -> domain.NorskAdresse:
    given = {"adresselinje1": "Torget 1", "postnummer": "0151", "poststed": "OSLO"}
    return domain.NorskAdresse(**given | changes)


def utlandet(**changes: str) -> domain.UtenlandskAdresse:
    given = {"adresselinje1": "1 High Street"} | changes
    if "land" not in given:
        given["landkode"] = "GB"
    return domain.UtenlandskAdresse(**given)


def arrangement(**changes: Any) -> domain.Arrangement:
    given: dict[str, Any] = {"tittel": "Valg"} | changes
    return domain.Arrangement(moeteplass=domain.Moeteplass(tittel="Møt", navn=""), **given)


def strekkode(**changes: Any) -> domain.Strekkode:
    return domain.Strekkode(**{"verdi": "1", "type": domain.Strekkodetype.CODE_39} | changes)


def feil(text: str) -> domain.Feil:
    return domain.Feil(**RECEIPT | {"detaljer": text})


def varsling(text: str) -> domain.VarslingFeiletKvittering:
    kind = {"kanal": domain.Varslingskanal.SMS, "beskrivelse": text}
    common = {name: value for name, value in RECEIPT.items() if name != "feiltype"}
    return domain.VarslingFeiletKvittering(**common | kind)


LIMITS = [
    Limit(
        lambda t: domain.Avsender(organisasjonsnummer="991825827", avsenderidentifikator=t),
        "avsenderidentifikator", 0, 100, "sdp-felles.xsd", "avsenderidentifikator",
    ),
    Limit(
        lambda t: domain.Avsender(organisasjonsnummer="991825827", fakturareferanse=t),
        "fakturareferanse", 0, 40, "sdp-felles.xsd", "fakturaReferanse",
    ),
    Limit(
        lambda t: domain.DigitalPost(ikke_sensitiv_tittel=t),
        "ikke_sensitiv_tittel", 1, 255, "sdp-felles.xsd", "TittelString",
    ),
    Limit(
        lambda t: domain.Dokument.from_bytes(b"x", filnavn="brev.pdf", tittel=t),
        "tittel", 1, 255, "sdp-felles.xsd", "TittelString",
    ),
    Limit(
        lambda t: domain.EpostVarsel(epostadresse="a@b.no", varslingstekst=t),
        "varslingstekst", 1, 500, "sdp-melding.xsd", "EpostVarselTekstString",
    ),
    Limit(
        lambda t: domain.SmsVarsel(mobiltelefonnummer="99999999", varslingstekst=t),
        "varslingstekst", 1, 160, "sdp-melding.xsd", "SmsVarselTekstString",
    ),
    Limit(
        lambda t: domain.Postadresse(navn=t, adresse=adresse()),
        "navn", 1, 130, "sdp-melding.xsd", "Navn", stricter=True, readable=True,
    ),
    *(
        Limit(
            lambda t, line=line: adresse(**{"adresselinje2": "c/o", line: t}),  # type: ignore[misc]
            line, 1, 100, "sdp-melding.xsd", "Adresselinje", stricter=True, readable=True,
        )
        for line in ("adresselinje1", "adresselinje2", "adresselinje3")
    ),
    Limit(
        lambda t: utlandet(adresselinje1=t),
        "adresselinje1", 1, 100, "sdp-melding.xsd", "Adresselinje", stricter=True, readable=True,
    ),
    *(
        Limit(
            lambda t, line=line: utlandet(**{"adresselinje2": "c/o", line: t}),  # type: ignore[misc]
            line, 1, 100, "sdp-melding.xsd", "Adresselinje", stricter=True, readable=True,
        )
        for line in ("adresselinje2", "adresselinje3")
    ),
    Limit(
        lambda t: adresse(poststed=t),
        "poststed", 1, 80, "sdp-melding.xsd", "Poststed", stricter=True, readable=True,
    ),
    Limit(
        lambda t: utlandet(land=t),
        "land", 1, 80, "sdp-melding.xsd", "Land", stricter=True, readable=True,
    ),
    Limit(
        lambda t: domain.Lenke(url="https://a.no", beskrivelse=t),
        "beskrivelse", 1, 70, "utvidelser/lenke.xsd", "LenkeBeskrivelseTekstString",
    ),
    Limit(
        lambda t: domain.Lenke(url="https://a.no", knapp_tekst=t),
        "knapp_tekst", 1, 30, "utvidelser/lenke.xsd", "LenkeKnappTekstString",
    ),
    Limit(
        lambda t: arrangement(tittel=t),
        "tittel", 1, 100, "utvidelser/arrangement.xsd", "TittelString",
    ),
    Limit(
        lambda t: arrangement(tidsrom_tittel=t),
        "tidsrom_tittel", 1, 100, "utvidelser/arrangement.xsd", "TittelString",
    ),
    Limit(
        lambda t: arrangement(oppmoete_informasjon=t),
        "oppmoete_informasjon", 1, 400, "utvidelser/arrangement.xsd", "BeskrivelseString",
    ),
    Limit(
        lambda t: domain.Moeteplass(tittel=t, navn=""),
        "tittel", 1, 100, "utvidelser/arrangement.xsd", "TittelString",
    ),
    Limit(
        lambda t: strekkode(verdi=t),
        "verdi", 1, 20, "utvidelser/arrangement.xsd", "Strekkodeverdi",
    ),
    Limit(
        lambda t: strekkode(tittel=t),
        "tittel", 1, 100, "utvidelser/arrangement.xsd", "TittelString",
    ),
    Limit(
        lambda t: strekkode(tekst=t),
        "tekst", 1, 400, "utvidelser/arrangement.xsd", "BeskrivelseString",
    ),
    Limit(
        lambda t: domain.Arrangementsinfo(tittel=t, tekst="x"),
        "tittel", 1, 100, "utvidelser/arrangement.xsd", "TittelString",
    ),
    Limit(
        lambda t: domain.Arrangementsinfo(tittel="x", tekst=t),
        "tekst", 1, 400, "utvidelser/arrangement.xsd", "BeskrivelseString",
    ),
    Limit(
        lambda t: domain.Arrangementslenke(navn=t, url="https://a.no"),
        "navn", 1, 100, "utvidelser/arrangement.xsd", "TittelString",
    ),
    Limit(varsling, "beskrivelse", 0, 1000, "sdp-kvittering.xsd", "Beskrivelse"),
    Limit(feil, "detaljer", 0, 1000, "sdp-feil.xsd", "Detaljer"),
]  # fmt: skip

each_limit = pytest.mark.parametrize("limit", LIMITS, ids=str)


@each_limit
@pytest.mark.parametrize("character", ["ø", "😀", " "])
def test_a_text_of_the_shortest_and_longest_length_is_kept_as_it_is(
    limit: Limit, character: str
) -> None:
    for length in (limit.minimum, limit.maximum):
        text = character * length
        if limit.readable and text.isspace():
            continue  # tests/unit/domain/test_forsendelse.py tells what becomes of blanks
        assert getattr(limit.make(text), limit.field) == text


@each_limit
def test_a_text_one_character_too_long_is_refused_with_field_rule_and_length(limit: Limit) -> None:
    with pytest.raises(InvalidInputError) as caught:
        limit.make("ø" * (limit.maximum + 1))
    (problem,) = caught.value.problems
    assert problem.field == limit.field
    assert str(limit.maximum) in problem.rule
    assert problem.rule.endswith(f"characters; it is {limit.maximum + 1}")


@each_limit
def test_a_text_shorter_than_the_minimum_is_refused(limit: Limit) -> None:
    if limit.minimum == 0 or limit.readable:
        return
    with pytest.raises(InvalidInputError, match=f"{limit.field}: must be 1 to .* it is 0"):
        limit.make("")


@each_limit
@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_a_character_xml_cannot_carry_is_refused_by_name(limit: Limit, character: str) -> None:
    with pytest.raises(InvalidInputError, match=f"U\\+{ord(character):04X}") as caught:
        limit.make(f"a{character}b")
    assert [problem.field for problem in caught.value.problems] == [limit.field]


@each_limit
def test_the_limit_is_the_one_in_the_schema(limit: Limit) -> None:
    schema = etree.parse(reference(f"schemas/xsd/{limit.schema}"))
    holder = schema.find(f".//*[@name='{limit.type}']")
    assert holder is not None
    facets = {
        re.sub(r"\{.*\}", "", str(facet.tag)): int(facet.attrib["value"])
        for facet in holder.iter(f"{XSD}minLength", f"{XSD}maxLength")
    }
    assert facets["maxLength"] == limit.maximum
    assert facets.get("minLength", 0) == (0 if limit.stricter else limit.minimum)
