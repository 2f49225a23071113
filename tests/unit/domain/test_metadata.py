from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from lxml import etree

from sdp import domain
from sdp.errors import InvalidInputError
from tests.reference import reference
from tests.strategies import arrangementer, lenker

LENKE = "{http://begrep.difi.no/sdp/utvidelser/lenke}"
ARRANGEMENT = "{http://begrep.difi.no/sdp/utvidelser/arrangement}"


def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(reference(f"schemas/xsd/utvidelser/{name}.xsd")))


@pytest.fixture(scope="module")
def lenke_schema() -> etree.XMLSchema:
    return schema("lenke")


@pytest.fixture(scope="module")
def arrangement_schema() -> etree.XMLSchema:
    return schema("arrangement")


@settings(deadline=None)
@given(lenke=lenker())
def test_every_link_is_valid_by_the_official_schema(
    lenke: domain.Lenke, lenke_schema: etree.XMLSchema
) -> None:
    lenke_schema.assertValid(etree.fromstring(lenke.to_xml()))


@settings(deadline=None)
@given(arrangement=arrangementer())
def test_every_event_is_valid_by_the_official_schema(
    arrangement: domain.Arrangement, arrangement_schema: etree.XMLSchema
) -> None:
    arrangement_schema.assertValid(etree.fromstring(arrangement.to_xml()))


@given(arrangementer())
def test_no_text_of_an_event_is_altered_on_its_way_into_xml(
    arrangement: domain.Arrangement,
) -> None:
    root = etree.fromstring(arrangement.to_xml())
    assert root.findtext(f"{ARRANGEMENT}tittel") == arrangement.tittel
    assert [info.findtext(f"{ARRANGEMENT}tekst") for info in root.iter(f"{ARRANGEMENT}info")] == [
        info.tekst for info in arrangement.info
    ]
    assert {element.get("lang") for element in root.iter(f"{ARRANGEMENT}tittel")} == {
        arrangement.spraakkode
    }


def test_a_link_says_everything_it_was_given() -> None:
    lenke = domain.Lenke(
        url="https://blåbær.no/søk?q=a&b=c",
        beskrivelse="Svar på brevet",
        knapp_tekst="Svar",
        frist=datetime(2026, 12, 1, 12, tzinfo=UTC),
        spraakkode="nb",
    )
    root = etree.fromstring(lenke.to_xml())
    assert [(element.tag, element.text) for element in root] == [
        (f"{LENKE}url", "https://blåbær.no/søk?q=a&b=c"),
        (f"{LENKE}beskrivelse", "Svar på brevet"),
        (f"{LENKE}knappTekst", "Svar"),
        (f"{LENKE}frist", "2026-12-01T12:00:00+00:00"),
    ]


def test_a_postnummer_with_a_leading_zero_keeps_it() -> None:
    place = domain.Moeteplass(tittel="Møt", navn="Sagene skole", postnummer="0473")
    arrangement = domain.Arrangement(tittel="Valg", moeteplass=place)
    root = etree.fromstring(arrangement.to_xml())
    assert root.findtext(f".//{ARRANGEMENT}postnummer") == "0473"


@pytest.mark.parametrize("postnummer", ["", "N-0473", "-1", "9999999999", "\uff10473"])
def test_a_postnummer_that_is_no_number_is_refused(postnummer: str) -> None:
    with pytest.raises(InvalidInputError, match="postnummer: must be digits"):
        domain.Moeteplass(tittel="Møt", navn="Sagene skole", postnummer=postnummer)


@pytest.mark.parametrize("field", ["tidsrom", "info"])
def test_more_than_ten_of_a_kind_are_refused(field: str) -> None:
    items = {
        "tidsrom": (domain.Tidsrom(),) * 11,
        "info": (domain.Arrangementsinfo(tittel="a", tekst="b"),) * 11,
    }
    with pytest.raises(InvalidInputError, match=f"{field}: must hold 0 to 10 items; it holds 11"):
        domain.Arrangement(
            tittel="Valg",
            moeteplass=domain.Moeteplass(tittel="a", navn="b"),
            **{field: items[field]},  # type: ignore[arg-type]
        )


def test_more_than_two_links_are_refused() -> None:
    link = domain.Arrangementslenke(navn="Mer", url="https://valg.no")
    with pytest.raises(InvalidInputError, match="lenker: must hold 0 to 2 items; it holds 3"):
        domain.Arrangement(
            tittel="Valg",
            moeteplass=domain.Moeteplass(tittel="a", navn="b"),
            lenker=(link, link, link),
        )


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    begins = datetime(2026, 11, 23, tzinfo=UTC)
    with pytest.raises(InvalidInputError, match="til: must not be before fra"):
        domain.Tidsrom(fra=begins, til=begins - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("", "must be at least|must not be empty"),
        ("ftp://a.no", "must begin with http"),
        ("javascript:alert(1)", "must begin with http"),
        ("HTTPS://a.no", "must begin with http"),
        (" https://a.no", "must begin with http"),
        ("https://", "must name a host"),
        ("https:///sti", "must name a host"),
        ("https://a.no:port/", "must name a host"),
        ("https://[::1/", "must name a host"),
        ("https://a.no/a b", "percent-encoded"),
        ("https://a.no/\n", "percent-encoded"),
        ("https://a.no/%zz", "percent-encoded"),
        ("https://a.no/<script>", "percent-encoded"),
    ],
)
def test_an_address_that_is_not_a_web_address_is_refused(url: str, rule: str) -> None:
    with pytest.raises(InvalidInputError, match=f"url: .*({rule})"):
        domain.Lenke(url=url)


PERSON = "01815800083"
HOLDER = domain.Bevisholder(
    fornavn="Kari",
    etternavn="Nordmann",
    personidentifikator=PERSON,
    adresse=domain.Bevisadresse(gate="Torget 1", postnummer="0151", sted="OSLO", land="Norge"),
)
YEARLY = domain.AarligPeriode(
    start_aar=2026,
    slutt_aar=2027,
    fra=domain.Maanedstidspunkt(maaned=4, dag=1, time=0, minutt=0, tidssone="+02:00"),
    til=domain.Maanedstidspunkt(maaned=10),
)
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "gyldighet", [None, YEARLY, domain.Bevisperiode(fra=NOON), domain.Bevisperiode(til=NOON)]
)
@pytest.mark.parametrize("full", [True, False])
def test_every_credential_is_valid_by_the_official_schema(
    gyldighet: domain.Bevisperiode | domain.AarligPeriode | None, full: bool
) -> None:
    more: dict[str, Any] = {
        "utsteder_visningsnavn": "Biblioteket",
        "bakgrunnsfarge": "#F0EC99",
        "utstedt_tidspunkt": NOON,
        "bevis_id_navn": "medlemsnr",
        "bevis_id_verdi": "0001",
        "attributter": [domain.Bevisattributt(navn="a", verdi="b")] * 5,
        "info": [domain.Bevisinfo(verdi="uten navn"), domain.Bevisinfo(navn="c", verdi="d")],
    }
    bevis = domain.Bevis(
        bevisholder=HOLDER if full else domain.Bevisholder(fornavn="K", etternavn="N"),
        tittel="Lånekort",
        spraakkode="nb",
        gyldighet=gyldighet,
        **(more if full else {}),
    )

    schema("bevis").assertValid(etree.fromstring(bevis.to_xml()))
    assert PERSON not in repr(bevis)
    assert "Kari" not in repr(bevis)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"bakgrunnsfarge": "red"}, "bakgrunnsfarge: must be a colour"),
        ({"tittel": "x" * 256}, "tittel: must be 1 to 255"),
        ({"attributter": [domain.Bevisattributt(navn="a", verdi="b")] * 6}, "0 to 5 items"),
        ({"info": [domain.Bevisinfo(verdi="b")] * 4}, "info: must hold 0 to 3 items"),
    ],
)
def test_a_credential_that_the_schema_refuses_is_refused(
    changes: dict[str, Any], rule: str
) -> None:
    given: dict[str, Any] = {"bevisholder": HOLDER, "tittel": "Kort"}
    with pytest.raises(InvalidInputError, match=rule):
        domain.Bevis(**(given | changes))


def test_a_credential_stands_beside_its_document_in_the_package() -> None:
    bevis = domain.Bevis(bevisholder=HOLDER, tittel="Kort")
    brev = domain.Dokument.from_bytes(b"x", filnavn="kort.txt", tittel="Kort", metadata=bevis)

    _, metadata = domain.Dokumentpakke(hoveddokument=brev).files()

    assert metadata.filnavn == "kort.txt.bevis.xml"
    assert metadata.mime_type == "application/vnd.difi.dpi.bevis+xml"
