"""Software that shares no code with our maker verifies what we sign."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from sdp.domain import DigitalForsendelse, FysiskForsendelse, Kvitteringsreferanse, Prioritet
from sdp.ebms import EbmsWire
from sdp.ebms.envelope import sign_envelope
from sdp.ebms.messages import confirmation
from sdp.pki import Identity
from sdp.testmiljo.validators.names import PREFIXES, SBDH, WSU
from sdp.wire import ReceiptQueue
from tests.driver import first_request
from tests.unit.ebms.counterpart import Package, Taken
from tests.wire.ebms.libxmlsec import verifies
from tests.wire.ebms.test_schemas import REFERENCE
from tests.witness import program


def cut_with_tool(envelope: etree._Element) -> bytes:
    """The business message, as a document of its own, cut out of the bytes that go out."""
    whole = etree.tostring(envelope)
    start = whole.index(b"<sbd:StandardBusinessDocument ")
    end = whole.index(b"</sbd:StandardBusinessDocument>")
    return whole[start:end] + b"</sbd:StandardBusinessDocument>"


def run_xmlsec1(
    document: bytes, certificate: bytes, folder: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    (folder / "document.xml").write_bytes(document)
    (folder / "certificate.pem").write_bytes(certificate)
    return subprocess.run(
        [
            program("xmlsec1"),
            "--verify",
            "--pubkey-cert-pem",
            str(folder / "certificate.pem"),
            *options,
            str(folder / "document.xml"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def certificate(avsender_identity: Identity) -> bytes:
    return avsender_identity.certificate.public_bytes(Encoding.PEM)


def test_xmlsec1_verifies_the_business_message_of_a_digital_letter(
    letter: Taken, certificate: bytes, tmp_path: Path
) -> None:
    sbd = cut_with_tool(letter.envelope)

    outcome = run_xmlsec1(sbd, certificate, tmp_path)
    assert outcome.returncode == 0, outcome.stderr

    outcome = run_xmlsec1(sbd.replace(b"kari.nordmann", b"ola.nordmann"), certificate, tmp_path)
    assert outcome.returncode != 0


def test_xmlsec1_verifies_the_business_message_of_a_print_letter(
    wire: EbmsWire,
    fysisk_forsendelse: Callable[[], FysiskForsendelse],
    certificate: bytes,
    tmp_path: Path,
) -> None:
    taken = Taken.apart(first_request(wire.send(fysisk_forsendelse(), Package())))

    outcome = run_xmlsec1(cut_with_tool(taken.envelope), certificate, tmp_path)

    assert outcome.returncode == 0, outcome.stderr


def test_xmlsec1_verifies_the_signature_of_a_pull(
    wire: EbmsWire, certificate: bytes, tmp_path: Path
) -> None:
    taken = Taken.apart(first_request(wire.pull(ReceiptQueue(Prioritet.NORMAL, "lonn"))))
    assert_xmlsec1_verifies_envelope(taken.envelope, certificate, tmp_path)


def test_xmlsec1_verifies_the_signature_of_a_confirmation(
    avsender_identity: Identity, moment: datetime, certificate: bytes, tmp_path: Path
) -> None:
    referanse = Kvitteringsreferanse(
        message_id="m-1", prioritet=Prioritet.NORMAL, references=(REFERENCE,)
    )
    signed = sign_envelope(confirmation(referanse, moment=moment), avsender_identity, moment=moment)
    assert_xmlsec1_verifies_envelope(etree.fromstring(signed.content), certificate, tmp_path)


def assert_xmlsec1_verifies_envelope(
    envelope: etree._Element, certificate: bytes, folder: Path
) -> None:
    ids = {
        f"{etree.QName(each).namespace}:{etree.QName(each).localname}"
        for each in envelope.iter()
        if each.get(f"{{{WSU}}}Id")
    }
    options = [option for name in ids for option in ("--id-attr:Id", name)]
    outcome = run_xmlsec1(etree.tostring(envelope), certificate, folder, *options)
    assert outcome.returncode == 0, outcome.stderr
    assert "3/3" in outcome.stdout + outcome.stderr


def test_libxmlsec_verifies_a_whole_letter_with_its_attachment(
    letter: Taken, avsender_identity: Identity
) -> None:
    (content_id,) = (uri for uri in letter.references() if uri.startswith("cid:"))
    assert letter.attachment is not None
    attachments = {content_id.removeprefix("cid:"): letter.attachment}

    assert verifies(letter.envelope, avsender_identity.certificate, attachments)


def test_libxmlsec_refuses_a_letter_with_one_byte_of_its_attachment_flipped(
    letter: Taken, avsender_identity: Identity
) -> None:
    (content_id,) = (uri for uri in letter.references() if uri.startswith("cid:"))
    assert letter.attachment is not None
    flipped = bytes([letter.attachment[0] ^ 1]) + letter.attachment[1:]

    attachments = {content_id.removeprefix("cid:"): flipped}
    assert not verifies(letter.envelope, avsender_identity.certificate, attachments)


@pytest.mark.parametrize(
    "path", ["wsu:Timestamp/wsu:Created", "eb:MessageId", "sbdh:HeaderVersion"]
)
def test_libxmlsec_refuses_a_letter_with_a_signed_part_changed(
    letter: Taken, avsender_identity: Identity, path: str
) -> None:
    (content_id,) = (uri for uri in letter.references() if uri.startswith("cid:"))
    assert letter.attachment is not None
    letter.all(path)[0].text = "2001-01-01T00:00:00Z"

    attachments = {content_id.removeprefix("cid:"): letter.attachment}
    assert not verifies(letter.envelope, avsender_identity.certificate, attachments)


def test_openssl_computes_the_digest_of_the_attachment(letter: Taken, tmp_path: Path) -> None:
    assert letter.attachment is not None
    (tmp_path / "attachment").write_bytes(letter.attachment)

    printed = subprocess.run(
        [program("openssl"), "dgst", "-sha256", "-binary", str(tmp_path / "attachment")],
        capture_output=True,
        check=True,
    ).stdout

    (reference,) = (each for uri, each in letter.references().items() if uri.startswith("cid:"))
    written = reference.findtext("ds:DigestValue", namespaces=PREFIXES) or ""
    assert base64.b64decode(written) == printed
    fingerprint = letter.text("sdp:dokumentpakkefingeravtrykk/ds:DigestValue")
    assert base64.b64decode(fingerprint) == printed


def test_the_business_message_declares_only_what_it_uses(letter: Taken) -> None:
    document = etree.fromstring(cut_with_tool(letter.envelope))

    assert document.nsmap == {"sbd": SBDH}


def test_every_envelope_has_ids_of_its_own_and_a_letter_one_message_id(
    wire: EbmsWire, digital_forsendelse: Callable[[], DigitalForsendelse]
) -> None:
    letter = digital_forsendelse()
    first, second = (Taken.apart(first_request(wire.send(letter, Package()))) for _ in range(2))

    ids = [
        each.get(f"{{{WSU}}}Id")
        for taken in (first, second)
        for each in taken.envelope.iter()
        if each.get(f"{{{WSU}}}Id") not in (None, "soapBody")
    ]
    assert len(set(ids)) == len(ids) == 6
    # The broker finds duplicates by MessageId alone, so a letter keeps it from process to process.
    assert first.text("eb:MessageId") == second.text("eb:MessageId") == str(letter.meldings_id)
