"""The environment answers as the national systems were seen to."""

from __future__ import annotations

import pytest

from sdp.testmiljo.signing import sign
from sdp.testmiljo.validators.jose import Token
from sdp.testmiljo.validators.package import ManifestFile, check_content, is_shown
from sdp.testmiljo.validators.post import Address, check_texts
from sdp.testmiljo.validators.rejection import LetterRejection
from tests.unit.testmiljo.dpi_world import World

NORSK = {"adresselinje1": "Storgata 1", "postnummer": "0155", "poststed": "OSLO"}


class TestPrinter:
    def test_it_prints_neither_land_nor_landkode(self) -> None:
        address = Address.printed("Kari", {"adresselinje1": "1 High St", "landkode": "GB"})
        assert (address.linjer, address.land) == (("1 High St",), "GB")

    def test_a_country_that_is_the_last_line_is_printed(self) -> None:
        given = {"adresselinje1": "1 High St", "adresselinje2": "United Kingdom", "land": "GB"}
        assert Address.printed("Kari", given).linjer == ("1 High St", "United Kingdom")

    @pytest.mark.parametrize("blank", ["", " ", "\t"])
    def test_a_blank_line_is_not_given(self, blank: str) -> None:
        given = {**NORSK, "adresselinje2": blank}
        assert Address.printed("Kari", given).linjer == ("Storgata 1", "0155", "OSLO")

    @pytest.mark.parametrize("blank", ["", " ", "\n"])
    @pytest.mark.parametrize("field", ["navn", "adresselinje1", "postnummer", "poststed"])
    def test_an_address_that_cannot_be_printed_is_refused(self, field: str, blank: str) -> None:
        given = {"navn": "Kari", **NORSK, field: blank}
        with pytest.raises(LetterRejection, match="cannot be printed"):
            Address.printed(given.pop("navn"), given)

    @pytest.mark.parametrize("sign", ["\n", "\r", "\t", "\0", "\x85"])
    @pytest.mark.parametrize("field", ["navn", "adresselinje1", "poststed"])
    def test_a_line_break_within_a_line_is_refused(self, field: str, sign: str) -> None:
        given = {"navn": "Kari", **NORSK, field: f"a{sign}b"}
        with pytest.raises(LetterRejection, match="line break"):
            Address.printed(given.pop("navn"), given)


class TestMailbox:
    @pytest.mark.parametrize("sign", ["\n", "\r\n", "\t", "\x00"])
    def test_a_title_with_a_line_break_is_refused(self, sign: str) -> None:
        with pytest.raises(LetterRejection, match="line break"):
            check_texts(["Vedtak", None, f"Ved{sign}tak"])

    @pytest.mark.parametrize(
        ("filnavn", "content"),
        [
            ("brev.pdf", b"%PDF-1.7"),
            ("brev.PDF", b"\n\n%PDF-1.4"),
            ("bilde.png", b"\x89PNG\r\n\x1a\n"),
            ("bilde.jpg", b"\xff\xd8\xff\xe0"),
            ("bilde.gif", b"GIF89a"),
            ("brev.txt", "æøå".encode("latin-1")),
            ("brev.html", b"<p>Hei</p>"),
            ("ark.docx", b"PK\x03\x04"),
            ("annet.ukjent", b"hva som helst"),
        ],
    )
    def test_content_that_is_what_its_name_says_is_taken(
        self, filnavn: str, content: bytes
    ) -> None:
        check_content(ManifestFile(filnavn, "application/octet-stream"), content)

    @pytest.mark.parametrize(
        ("filnavn", "content"),
        [
            ("brev.pdf", b"data"),
            ("brev.pdf", b"PK\x03\x04"),
            ("brev.PDF", b"<html>"),
            ("bilde.png", b"\xff\xd8\xff"),
            ("bilde.jpg", b"GIF89a"),
            ("bilde.gif", b"\x89PNG\r\n\x1a\n"),
            ("brev.txt", b"%PDF-1.7"),
            ("brev.html", b"\x89PNG\r\n\x1a\n"),
            ("ark.docx", b"%PDF-1.7"),
        ],
    )
    def test_content_that_is_not_what_its_name_says_is_refused(
        self, filnavn: str, content: bytes
    ) -> None:
        with pytest.raises(LetterRejection, match="is of another kind"):
            check_content(ManifestFile(filnavn, "application/pdf"), content)

    @pytest.mark.parametrize("name", ["lenke", "bevis"])
    def test_extensions_of_the_national_table_are_shown(self, name: str) -> None:
        extension = ManifestFile(f"{name}.xml", f"application/vnd.difi.dpi.{name}+xml")
        assert is_shown(extension)

    @pytest.mark.parametrize("name", ["arrangement", "nytt"])
    def test_another_extension_is_dropped(self, name: str) -> None:
        extension = ManifestFile(f"{name}.xml", f"application/vnd.difi.dpi.{name}+xml")
        assert not is_shown(extension)


class TestReceiptsOfTheDpiWire:
    def test_they_are_signed_with_rs512_and_written_with_a_capital_i(self, world: World) -> None:
        world.send()
        (receipt,) = world.listed()
        token = Token.read(receipt.jws)
        header = token.claims()["standardBusinessDocument"]["standardBusinessDocumentHeader"]
        assert token.header["alg"] == "RS512"
        assert "xsd::Innbyggerpost##" in header["documentIdentification"]["standard"]

    def test_a_letter_itself_is_signed_with_rs256_as_documented(self, world: World) -> None:
        assert Token.read(sign({}, world.issued.key)).header["alg"] == "RS256"
