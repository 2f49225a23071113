from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from sdp.testmiljo.ca import Issued, TestCA
from sdp.testmiljo.mailbox.ebms import EbmsDelivery, EbmsPostkasse, EbmsPrinter, EbmsWire
from sdp.testmiljo.signing import Actor
from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.certificates import Trust
from sdp.testmiljo.validators.sbd import BusinessMessage
from sdp.testmiljo.world.letters import Letter, LetterStore
from sdp.testmiljo.world.receipts import Queue, Queues
from tests.unit.testmiljo.packer import MANIFEST, MIME_TYPES, Package, encrypt

if TYPE_CHECKING:
    from collections.abc import Callable

AVSENDER = "991825827"
MAILBOX = "922020175"
QUEUE = Queue(AVSENDER, "urn:normal")

DIGITAL = f"""\
<digitalPost xmlns="{names.SDP}"><mottaker><person>\
<personidentifikator>01815800083</personidentifikator>\
<postkasseadresse>kari.nordmann#1234</postkasseadresse></person></mottaker><digitalPostInfo>\
<virkningsdato>2026-11-24</virkningsdato><aapningskvittering>true</aapningskvittering>\
<sikkerhetsnivaa>3</sikkerhetsnivaa><ikkeSensitivTittel lang="no">Brev</ikkeSensitivTittel>\
<varsler><epostVarsel><epostadresse>kari@example.com</epostadresse>\
<varslingsTekst lang="no">Du har post</varslingsTekst><repetisjoner><dagerEtter>0</dagerEtter>\
<dagerEtter>7</dagerEtter></repetisjoner></epostVarsel></varsler></digitalPostInfo></digitalPost>"""

PRINT = f"""\
<digitalPost xmlns="{names.SDP}"><fysiskPostInfo><mottaker><navn>Kari Nordmann</navn>\
<norskAdresse><adresselinje1>Storgata 1</adresselinje1><postnummer>0155</postnummer>\
<poststed>OSLO</poststed></norskAdresse></mottaker><posttype>A</posttype>\
<utskriftsfarge>FARGE</utskriftsfarge><retur><postHaandtering>MAKULERING_MED_MELDING\
</postHaandtering><mottaker><navn>Etaten</navn><utenlandskAdresse><adresselinje1>Gata 2\
</adresselinje1><land>Sverige</land></utenlandskAdresse></mottaker></retur>\
<printinstruksjoner><printinstruksjon><navn>konvolutt</navn><verdi>C5</verdi>\
</printinstruksjon></printinstruksjoner></fysiskPostInfo></digitalPost>"""

PRINT_MANIFEST = f"""\
<manifest xmlns="{names.SDP}"><avsender><organisasjon>9908:991825827</organisasjon></avsender>\
<hoveddokument href="brev.pdf" mime="application/pdf"/></manifest>""".encode()


class Mailbox:
    """A mailbox and a printer that letters can be put straight into."""

    def __init__(self, ca: TestCA, sender: Issued, receiver: Issued, moment: datetime) -> None:
        self.now, self.sender = moment, sender
        self.queues = Queues(lambda: moment, timedelta(minutes=5))
        self.letters = LetterStore()
        actor = Actor(MAILBOX, receiver.certificate, receiver.key)
        wire = EbmsWire(self.queues, Trust(ca.certificates))
        self.postkasse = EbmsPostkasse(actor, wire, letters=self.letters, clock=lambda: moment)
        self.printer = EbmsPrinter(actor, wire, letters=self.letters, clock=lambda: moment)

    def deliver(
        self, package: Package | bytes, order: str = DIGITAL, fingerprint: bytes | None = None
    ) -> None:
        receiver: EbmsPostkasse | EbmsPrinter = self.printer if order == PRINT else self.postkasse
        if isinstance(package, Package):
            package = package.pack(self.sender, receiver.actor.certificate, self.now)
        message = BusinessMessage(
            meldings_id="message",
            konversasjons_id="conversation",
            databehandler=AVSENDER,
            teknisk_mottaker=MAILBOX,
            avsender=AVSENDER,
            avsenderidentifikator=None,
            fingerprint=fingerprint or hashlib.sha256(package).digest(),
            post=etree.fromstring(order),
            raw=b"",
        )
        receiver.deliver(EbmsDelivery(message, package, QUEUE))

    def receipts(self) -> list[str]:
        """The kind of each receipt that waits, and what a feil says."""
        return [_kind(etree.fromstring(receipt.sbd)) for receipt in self.queues.waiting]

    def letter(self) -> Letter:
        (letter,) = self.letters.all
        return letter


def _kind(document: etree._Element) -> str:
    body = document[1]
    if body.tag == f"{{{names.SDP}}}feil":
        return f"feil: {body.findtext('sdp:detaljer', '', names.PREFIXES)}"
    return etree.QName(body[2]).localname


@pytest.fixture(scope="module")
def mailbox_issued(ca: TestCA, moment: datetime) -> Issued:
    return ca.issue(MAILBOX, "Mailbox", moment=moment)


@pytest.fixture
def mailbox(
    ca: TestCA, avsender_issued: Issued, mailbox_issued: Issued, moment: datetime
) -> Mailbox:
    return Mailbox(ca, avsender_issued, mailbox_issued, moment)


@pytest.mark.parametrize("oaep_hash", ["sha256", "sha1"])
def test_a_good_letter_is_kept_whole_and_answered_with_levering(
    mailbox: Mailbox, oaep_hash: str
) -> None:
    mailbox.deliver(Package(oaep_hash=oaep_hash))
    assert mailbox.receipts() == ["levering"]
    letter = mailbox.letter()
    assert letter.hoveddokument.content == b"%PDF-1.4"
    assert letter.hoveddokument.tittel == "Vedtak"
    assert letter.hoveddokument.metadata is not None
    assert letter.hoveddokument.metadata.content == b"<lenke/>"
    assert [each.filnavn for each in letter.vedlegg] == ["100%25 av 1.txt"]
    assert letter.digital.sikkerhetsnivaa == 3
    assert letter.digital.virkningsdato == "2026-11-24"
    assert letter.digital.sms_varsel is None
    assert letter.digital.epost_varsel is not None
    assert letter.digital.epost_varsel.repetisjoner == (0, 7)
    assert mailbox.postkasse.letters == (letter,)
    assert mailbox.printer.letters == ()


def test_nothing_private_is_shown_when_a_letter_is_printed(mailbox: Mailbox) -> None:
    mailbox.deliver(Package())
    shown = repr(mailbox.letter())
    for private in ("01815800083", "kari", "Vedtak", "Du har post", "PDF-1", "Brev"):
        assert private not in shown


def test_a_good_print_letter_is_answered_with_mottak_and_levering(mailbox: Mailbox) -> None:
    package = Package(files={"brev.pdf": b"%PDF-1.4", "manifest.xml": PRINT_MANIFEST})
    mailbox.deliver(package, PRINT)
    assert mailbox.receipts() == ["mottak", "mottak", "levering"]
    order = mailbox.letter().fysisk
    assert order.mottaker.linjer == ("Storgata 1", "0155", "OSLO")
    assert (order.retur.linjer, order.retur.land) == (("Gata 2",), "Sverige")
    assert order.posthaandtering == "MAKULERING_MED_MELDING"
    assert order.printinstruksjoner == (("konvolutt", "C5"),)


def test_receipts_are_sent_on_demand(mailbox: Mailbox) -> None:
    mailbox.postkasse.automatic = False
    mailbox.deliver(Package())
    assert mailbox.receipts() == []
    letter = mailbox.letter()
    mailbox.postkasse.accept(letter)
    mailbox.postkasse.open(letter)
    mailbox.postkasse.fail_notification(letter, "SMS", "Nummer ikke i bruk")
    mailbox.printer.return_letter(letter)
    mailbox.postkasse.refuse(letter, "Ugyldig PDF", feiltype="SERVER")
    assert mailbox.receipts() == [
        "levering",
        "aapning",
        "varslingfeilet",
        "returpost",
        "feil: Ugyldig PDF",
    ]


def test_opening_sends_nothing_unless_it_was_ordered(mailbox: Mailbox) -> None:
    mailbox.deliver(Package(), DIGITAL.replace("<aapningskvittering>true", "<aapningskvittering>0"))
    assert mailbox.postkasse.open(mailbox.letter()) is None
    assert mailbox.receipts() == ["levering"]


def spoil(path: str, change: Callable[[etree._Element], None]) -> Callable[[etree._Element], None]:
    def apply(root: etree._Element) -> None:
        element = root.find(path, names.PREFIXES)
        assert element is not None, path
        change(element)

    return apply


def remove(element: etree._Element) -> None:
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def says(value: str) -> Callable[[etree._Element], None]:
    def change(element: etree._Element) -> None:
        element.text = value

    return change


def algorithm(value: str) -> Callable[[etree._Element], None]:
    return lambda element: element.set("Algorithm", value)


def manifest(old: str, new: str) -> Package:
    package = Package()
    changed = MANIFEST.replace(old.encode(), new.encode())
    assert changed != MANIFEST
    package.files["manifest.xml"] = changed
    return package


SIGNED_INFO = "ds:Signature/ds:SignedInfo"
CERT = ".//xades:Cert"


@pytest.mark.parametrize(
    ("package", "why"),
    [
        (Package(more_files={"BREV.pdf": b""}), "the same name"),
        (Package(more_files={"extra.pdf": b""}), "exactly the files"),
        (Package(more_files={"mimetype": b"application/vnd.etsi.asic-e+zip"}), "not allowed"),
        (Package(more_files={"META-INF/manifest.xml": b""}), "not allowed"),
        (Package(more_files={"../out.pdf": b""}), "not allowed"),
        (Package(mime_types=MIME_TYPES | {"brev.pdf": "text/plain"}), "DataObjectFormat"),
        (manifest("9908:991825827", "9908:889640782"), "another avsender"),
        (manifest("01815800083", "01815800164"), "another mottaker"),
        (manifest("kari.nordmann#1234", "kari.nordmann#1235"), "another mottaker"),
        (manifest('href="lenke.xml"', 'href="brev.pdf"'), "DataObjectFormat"),
        (manifest("hoveddokument", "vedlegg"), "exactly one sdp:hoveddokument"),
        (Package(signatures=spoil(f"{SIGNED_INFO}/ds:Reference", remove)), "exactly the files"),
        (Package(signatures_after=spoil(".//xades:SigningTime", says("2020"))), "SigningTime"),
        (
            Package(
                signatures_after=spoil(".//xades:SigningTime", says("2020-01-01T00:00:00+00:00"))
            ),
            "far from now",
        ),
        (
            Package(signatures=spoil(f"{CERT}//ds:DigestMethod", algorithm(names.SHA256))),
            "must be http://www.w3.org/2000/09/xmldsig#sha1",
        ),
        (Package(signatures=spoil(f"{CERT}//ds:DigestValue", says("AAAA"))), "not the one"),
        (Package(signatures=spoil(f"{CERT}//ds:X509SerialNumber", says("1"))), "not the one"),
        (
            Package(signatures=spoil(".//ds:X509Certificate[3]", remove)),
            "the whole chain, from the leaf to the root",
        ),
        (
            Package(
                signatures=spoil(
                    f"{SIGNED_INFO}/ds:CanonicalizationMethod", algorithm(names.EXCLUSIVE_C14N)
                )
            ),
            "CanonicalizationMethod must be",
        ),
        (Package(signatures_after=spoil("ds:Signature", remove)), "exactly one ds:Signature"),
        (
            Package(signatures_after=spoil(".//xades:MimeType", says("image/png"))),
            "DataObjectFormat",
        ),
        (
            Package(signatures_after=spoil(".//ds:X509IssuerName", says("CN=other"))),
            "signature over the package does not hold",
        ),
        (Package(oaep_hash="sha512"), "SHA-256 or SHA-1"),
    ],
)
def test_a_package_against_the_profile_is_answered_with_feil_and_the_reason(
    mailbox: Mailbox, package: Package, why: str
) -> None:
    mailbox.deliver(package)
    (receipt,) = mailbox.receipts()
    assert receipt.startswith("feil: ")
    assert why in receipt
    assert not mailbox.letters.all


def test_a_package_signed_by_somebody_else_is_answered_with_feil(
    mailbox: Mailbox, ca: TestCA
) -> None:
    mailbox.sender = ca.issue("889640782", "Noen", moment=mailbox.now)
    mailbox.deliver(Package())
    assert mailbox.receipts() == [
        "feil: the package is signed by another organisation than the message"
    ]


def test_a_package_signed_by_a_stranger_is_answered_with_feil(mailbox: Mailbox) -> None:
    mailbox.sender = TestCA.create(mailbox.now).issue(AVSENDER, "Fremmed", moment=mailbox.now)
    mailbox.deliver(Package())
    assert "not issued by a CA" in mailbox.receipts()[0]


def test_only_pdf_can_be_printed(mailbox: Mailbox) -> None:
    text = PRINT_MANIFEST.replace(b"application/pdf", b"text/plain")
    package = Package(
        files={"brev.pdf": b"hei", "manifest.xml": text},
        mime_types=MIME_TYPES | {"brev.pdf": "text/plain"},
    )
    mailbox.deliver(package, PRINT)
    assert mailbox.receipts() == ["feil: only PDF can be printed"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"recipients": 2}, "for one recipient"),
        ({"content_type": "signed_data"}, "must be data"),
        ({"cipher": "aes128_cbc"}, "AES-256-CBC"),
    ],
)
def test_cms_against_the_profile_is_answered_with_feil(
    mailbox: Mailbox, changes: dict[str, object], why: str
) -> None:
    plain = Package().zip(mailbox.sender, mailbox.now)
    mailbox.deliver(encrypt(plain, mailbox.postkasse.actor.certificate, **changes))  # type: ignore[arg-type]
    assert why in mailbox.receipts()[0]


def test_a_package_for_somebody_else_is_answered_with_feil(mailbox: Mailbox) -> None:
    mailbox.deliver(encrypt(b"x", mailbox.sender.certificate))
    assert mailbox.receipts() == ["feil: the package is encrypted for somebody else"]


@pytest.mark.parametrize("package", [b"", b"not CMS", b"\x30\x80\x00\x00"])
def test_what_is_not_cms_is_answered_with_feil(mailbox: Mailbox, package: bytes) -> None:
    mailbox.deliver(package)
    assert mailbox.receipts()[0].startswith("feil: the package")


def test_every_flipped_byte_in_a_package_is_answered_with_feil(mailbox: Mailbox) -> None:
    package = Package().pack(mailbox.sender, mailbox.postkasse.actor.certificate, mailbox.now)
    places = range(0, len(package), 29)
    for place in places:
        mailbox.deliver(flipped(package, place), fingerprint=hashlib.sha256(package).digest())
        assert not mailbox.letters.all, place
    assert len(mailbox.receipts()) == len(places)


@pytest.mark.slow
def test_no_flipped_byte_in_a_zip_changes_what_is_accepted(mailbox: Mailbox) -> None:
    mailbox.deliver(Package())
    documents = mailbox.letter().documents
    plain = Package().zip(mailbox.sender, mailbox.now)
    for place in range(0, len(plain), 13):
        mailbox.deliver(encrypt(flipped(plain, place), mailbox.postkasse.actor.certificate))
    assert {letter.documents for letter in mailbox.letters.all} == {documents}
    assert sum(receipt.startswith("feil") for receipt in mailbox.receipts()) > 100


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def test_the_oldest_letters_give_way_when_there_are_too_many(mailbox: Mailbox) -> None:
    mailbox.deliver(Package())
    letter = mailbox.letter()
    for _ in range(20_000):
        mailbox.letters.add(letter)
    assert len(mailbox.letters.all) == 20_000
