"""A manifest that says two things, or breaks its schema, is refused."""

from __future__ import annotations

import pytest

from sdp.dokumentpakke.manifest import read_manifest
from sdp.errors import UnreadablePackageError

GOOD = """<manifest xmlns="http://begrep.difi.no/sdp/schema_v10">
  <mottaker><person><personidentifikator>01018000182</personidentifikator>
    <postkasseadresse>ola.nordmann#1234</postkasseadresse></person></mottaker>
  <avsender><organisasjon authority="iso6523-actorid-upis">9908:991825827</organisasjon>
    <avsenderidentifikator>skole</avsenderidentifikator><fakturaReferanse>42</fakturaReferanse>
  </avsender>
  <hoveddokument href="brev.pdf" mime="application/pdf"><tittel lang="nb">Vedtak</tittel>
    <data href="lenke.xml" mime="application/vnd.difi.dpi.lenke+xml"/></hoveddokument>
  <vedlegg href="kart.png" mime="image/png"/>
</manifest>"""


def read(old: str = "", new: str = "") -> object:
    assert not old or GOOD.count(old) == 1
    return read_manifest(GOOD.replace(old, new).encode() if old else GOOD.encode())


def test_everything_that_the_schema_has_is_read() -> None:
    manifest = read_manifest(GOOD.encode())
    assert manifest.avsender == "991825827"
    assert manifest.avsenderidentifikator == "skole"
    assert manifest.fakturareferanse == "42"
    assert manifest.personidentifikator == "01018000182"
    assert manifest.mime_types() == {
        "brev.pdf": "application/pdf",
        "lenke.xml": "application/vnd.difi.dpi.lenke+xml",
        "kart.png": "image/png",
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (' authority="iso6523-actorid-upis"', ""),
        ("<avsenderidentifikator>skole</avsenderidentifikator>", ""),
        ("<personidentifikator>01018000182</personidentifikator>", ""),
        (
            "<manifest ",
            (
                '<manifest xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
                'xsi:schemaLocation="a b" '
            ),
        ),
        (
            "\n</manifest>",
            (
                '<lenke><url>https://example.org</url><knappTekst lang="nb">Se</knappTekst></lenke>'
                "</manifest>"
            ),
        ),
        ("<avsender>", "<!-- said by nobody --><avsender>"),
    ],
)
def test_all_that_the_schema_allows_is_taken(old: str, new: str) -> None:
    read(old, new)


ORG = "<organisasjon>9908:984661185</organisasjon>"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("<avsender>", f"<avsender>{ORG}</avsender><avsender>", id="two senders"),
        pytest.param("<avsender>", f"<avsender>{ORG}", id="two organisations"),
        pytest.param(
            "<personidentifikator>",
            "<personidentifikator>02028000182</personidentifikator><personidentifikator>",
            id="two persons",
        ),
        pytest.param(
            "<postkasseadresse>",
            "<postkasseadresse>kari#1</postkasseadresse><postkasseadresse>",
            id="two mailboxes",
        ),
        pytest.param(
            "<mottaker>",
            "<mottaker><person><postkasseadresse>kari#1</postkasseadresse></person></mottaker>"
            "<mottaker>",
            id="two recipients",
        ),
        pytest.param('<vedlegg href="kart.png"', '<vedlegg href="brev.pdf"', id="a document twice"),
        pytest.param('href="lenke.xml"', 'href="brev.pdf"', id="a document as its own metadata"),
        pytest.param(
            '<tittel lang="nb">Vedtak</tittel>',
            '<tittel lang="nb">Vedtak</tittel><tittel lang="nn">Noko anna</tittel>',
            id="two titles",
        ),
        pytest.param(
            "<hoveddokument ",
            '<hoveddokument href="annet.pdf" mime="application/pdf"/><hoveddokument ',
            id="two main documents",
        ),
        pytest.param(
            '<vedlegg href="kart.png" mime="image/png"/>\n</manifest>',
            '</manifest><vedlegg href="kart.png" mime="image/png"/>',
            id="an element outside",
        ),
        pytest.param("<avsender>", "<ukjent/><avsender>", id="an unknown element"),
        pytest.param("<avsender>", '<avsender xmlns="http://example.org">', id="another namespace"),
        pytest.param("<avsender>", "tekst<avsender>", id="text between elements"),
        pytest.param('mime="image/png"', 'mime="image/png" type="x"', id="an unknown attribute"),
        pytest.param('href="kart.png"', "", id="a document without a name"),
        pytest.param('href="kart.png"', 'href="a.b"', id="a name that is too short"),
        pytest.param('mime="image/png"', 'mime=""', id="an empty type"),
        pytest.param('lang="nb"', 'lang="nob"', id="a language of three letters"),
        pytest.param('lang="nb"', "", id="a title without a language"),
        pytest.param(">01018000182<", ">0101800018<", id="a person of ten digits"),
        pytest.param(">9908:991825827<", ">991825827<", id="an organisation without prefix"),
        pytest.param(">9908:991825827<", ">9908:9918\n25827<", id="a line break in it"),
        pytest.param("iso6523-actorid-upis", "other", id="another authority"),
        pytest.param(">skole<", "><b/>skole<", id="an element in a text"),
        pytest.param(
            "<manifest ",
            '<manifest xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true" ',
            id="xsi:nil",
        ),
    ],
)
def test_what_says_two_things_or_breaks_the_schema_is_refused(old: str, new: str) -> None:
    with pytest.raises(UnreadablePackageError):
        read(old, new)


def test_more_attachments_than_the_schema_allows_are_refused() -> None:
    more = "".join(f'<vedlegg href="nr-{n}.png" mime="image/png"/>' for n in range(200))
    with pytest.raises(UnreadablePackageError, match="0 to 200 vedlegg"):
        read("\n</manifest>", f"{more}</manifest>")


def test_the_order_of_the_schema_is_kept() -> None:
    with pytest.raises(UnreadablePackageError):
        read(
            '<vedlegg href="kart.png" mime="image/png"/>\n</manifest>',
            '<vedlegg href="kart.png" mime="image/png"/>'
            "<avsender><organisasjon>9908:991825827</organisasjon></avsender></manifest>",
        )
