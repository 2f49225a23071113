"""What mailbox and printer demand of a package on DPI."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from sdp.testmiljo.ca import TestCA
from tests.unit.testmiljo.dpi_packer import (
    CONTAINER_TYPE,
    DPI_MANIFEST,
    DpiPackage,
    as_etsi_spells_it,
    print_package,
)
from tests.unit.testmiljo.dpi_world import AVSENDER, World
from tests.unit.testmiljo.packer import MIME_TYPES, Package, encrypt, nothing

if TYPE_CHECKING:
    from lxml import etree


def test_a_good_letter_is_kept_whole_and_answered_with_leveringskvittering(world: World) -> None:
    world.send(kanal="kanal-1")
    assert world.receipts() == ["leveringskvittering"]
    letter = world.letter()
    assert letter.wire == "dpi"
    assert letter.hoveddokument.content == b"%PDF-1.4"
    assert letter.hoveddokument.metadata is not None
    assert [each.filnavn for each in letter.vedlegg] == ["100%25 av 1.txt"]
    assert letter.digital.personidentifikator is None
    assert letter.digital.spraak == "nb"
    assert letter.digital.sikkerhetsnivaa == 3
    assert letter.digital.epost_varsel is not None
    assert letter.digital.epost_varsel.repetisjoner == (0, 7)
    assert (letter.queue.databehandler, letter.queue.mpc) == (AVSENDER, "kanal-1")
    assert world.postkasse.letters == (letter,)
    assert world.printer.letters == ()


def test_a_good_print_letter_is_answered_with_mottak_and_levering(world: World) -> None:
    world.send(world.sender(kind="utskrift"))
    assert world.receipts() == [*["mottakskvittering"] * 2, "leveringskvittering"]
    order = world.letter().fysisk
    assert order.mottaker.linjer == ("Storgata 1", "0155", "OSLO")
    assert (order.retur.linjer, order.retur.land) == (("Gata 2",), "SE")
    assert order.posthaandtering == "MAKULERING_MED_MELDING"
    assert (order.utskriftsfarge, order.posttype) == ("FARGE", "B")
    assert world.printer.letters == (world.letter(),)


def test_nothing_private_is_shown_when_a_letter_is_printed(world: World) -> None:
    world.send()
    shown = repr(world.letter()) + repr(world.aksesspunkt.waiting_receipts)
    for private in ("kari", "Vedtak", "Du har post", "PDF-1", "Brev", "eyJ"):
        assert private not in shown


def manifest(old: str, new: str) -> DpiPackage:
    changed = DPI_MANIFEST.replace(old.encode(), new.encode())
    assert changed != DPI_MANIFEST
    package = DpiPackage()
    package.files["manifest.xml"] = changed
    return package


def listing(old: bytes, new: bytes) -> DpiPackage:
    package = DpiPackage()
    package.listing = package._true_listing().replace(old, new)
    assert package.listing != package._true_listing()
    return package


def without_a_reference(root: etree._Element) -> None:
    as_etsi_spells_it(root)
    signed_info = root[0][0]
    signed_info.remove(signed_info[2])


FOR_CLASSIC = "must start with the entry mimetype"


@pytest.mark.parametrize(
    ("package", "why"),
    [
        (DpiPackage(container={}), FOR_CLASSIC),
        (DpiPackage(container={"mimetype": b"application/zip"}), FOR_CLASSIC),
        (DpiPackage(container={"mimetype": CONTAINER_TYPE + b"\n"}), FOR_CLASSIC),
        (DpiPackage(container={}, more_files={"mimetype": CONTAINER_TYPE}), FOR_CLASSIC),
        (DpiPackage(first_compression=zipfile.ZIP_DEFLATED), FOR_CLASSIC),
        (DpiPackage(listing=None), "holds no META-INF/manifest.xml"),
        (DpiPackage(listing=b"<manifest/>"), "not an OpenDocument manifest"),
        (listing(b'full-path="/"', b'full-path="rot"'), "as ASiC-E"),
        (listing(b'full-path="lenke.xml"', b'full-path="brev.pdf"'), "lists a file twice"),
        (listing(b"text/plain", b"text/html"), "does not list the files"),
        (listing(b'full-path="lenke.xml"', b'full-path="link.xml"'), "does not list the files"),
        (DpiPackage(signatures=nothing), "not an XAdESSignatures"),
        (DpiPackage(signatures=without_a_reference), "exactly the files"),
        (DpiPackage(more_files={"extra.pdf": b""}), "exactly the files"),
        (DpiPackage(more_files={"META-INF/extra.xml": b""}), "not allowed"),
        (DpiPackage(mime_types=MIME_TYPES | {"brev.pdf": "text/plain"}), "DataObjectFormat"),
        (manifest("0192:", "9908:"), "another avsender"),
        (manifest("0192:991825827", "0192:889640782"), "another avsender"),
        (manifest("kari.nordmann#1234", "kari.nordmann#1235"), "another mottaker"),
        (
            manifest("<person>", "<person><personidentifikator>1</personidentifikator>"),
            "holds a personidentifikator",
        ),
        (Package(), FOR_CLASSIC),
    ],
)
def test_a_package_of_another_kind_is_answered_with_feil(
    world: World, package: Package, why: str
) -> None:
    certificate = world.postkasse.actor.certificate
    world.send(package=package.pack(world.issued, certificate, world.now))
    (receipt,) = world.receipts()
    assert receipt.startswith("feil: ")
    assert why in receipt
    assert world.letters.all == ()


def test_the_package_must_be_signed_with_the_certificate_of_the_message(
    world: World, ca: TestCA
) -> None:
    another = ca.issue(AVSENDER, "Etaten", moment=world.now)
    package = DpiPackage().pack(another, world.postkasse.actor.certificate, world.now)
    world.send(package=package)
    (receipt,) = world.receipts()
    assert "signed with another certificate than the message" in receipt


def test_something_in_front_of_the_zip_is_noticed(world: World) -> None:
    package = b"PK" + DpiPackage().zip(world.issued, world.now)
    world.send(package=encrypt(package, world.postkasse.actor.certificate))
    (receipt,) = world.receipts()
    assert FOR_CLASSIC in receipt


def test_a_package_for_somebody_else_is_answered_with_feil(world: World, ca: TestCA) -> None:
    other = ca.issue("984661185", "En annen", moment=world.now)
    world.send(package=DpiPackage().pack(world.issued, other.certificate, world.now))
    assert world.receipts() == ["feil: the package is encrypted for somebody else"]


def test_only_pdf_is_printed(world: World) -> None:
    package = print_package()
    package.files["manifest.xml"] = package.files["manifest.xml"].replace(
        b"application/pdf", b"text/plain"
    )
    package.mime_types = MIME_TYPES | {"brev.pdf": "text/plain"}
    world.send(world.sender(kind="utskrift"), package=world.packed(package))
    assert world.receipts() == ["feil: only PDF can be printed"]
