"""The access point and its receivers accept what was really sent over DPI."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import pkcs12
from lxml import etree

from sdp.testmiljo.access_point import names
from sdp.testmiljo.access_point.message import Melding, Signed, read_melding, read_signed
from sdp.testmiljo.mailbox.dpi import DpiDelivery as Delivery
from sdp.testmiljo.mailbox.dpi import open_letter
from sdp.testmiljo.signing import Actor
from sdp.testmiljo.validators.certificates import Trust
from sdp.testmiljo.validators.package import unpack_asice
from sdp.testmiljo.validators.rejection import HttpRejection, LetterRejection
from sdp.testmiljo.world.receipts import Queue
from tests.reference import reference

pytestmark = [
    pytest.mark.filterwarnings("ignore:Parsed a serial number"),
    pytest.mark.filterwarnings("ignore:Attribute's length must be"),
]

KINDS = ["digital", "utskrift"]


class Recorded:
    """One of the two recorded letters."""

    def __init__(self, kind: str) -> None:
        folder = reference("examples/dpi")
        self.jws = (folder / f"{kind}-forretningsmelding.jwt").read_bytes().strip()
        self.json: dict[str, Any] = json.loads(
            (folder / f"{kind}-forretningsmelding.json").read_bytes()
        )
        self.cms = (folder / f"{kind}-dokumentpakke.cms").read_bytes()
        self.zip = (folder / f"{kind}-dokumentpakke.zip").read_bytes()
        header = self.json["standardBusinessDocument"]["standardBusinessDocumentHeader"]
        self.moment = datetime.fromisoformat(
            header["documentIdentification"]["creationDateAndTime"]
        )
        # The CA that issued the oldest certificate is in the package and nowhere else.
        signatures = unpack_asice(self.zip).files["META-INF/signatures.xml"]
        found = etree.fromstring(signatures).iter("{*}X509Certificate")
        _, *authorities = [
            x509.load_der_x509_certificate(base64.b64decode(each.text or "")) for each in found
        ]
        self.trust = Trust(authorities)

    def signed(self) -> Signed:
        return read_signed(self.jws, self.trust, self.moment)


@pytest.fixture(scope="module", params=KINDS)
def recorded(request: pytest.FixtureRequest) -> Recorded:
    return Recorded(request.param)


@pytest.fixture(scope="module")
def receiver() -> Actor:
    data = reference("examples/dpi/eksempel.p12").read_bytes()
    key, certificate, _ = pkcs12.load_key_and_certificates(data, b"changeit")
    assert isinstance(key, RSAPrivateKey)
    assert certificate is not None
    return Actor("922020175", certificate, key)


def test_the_signature_of_a_recorded_message_holds(recorded: Recorded) -> None:
    signed = recorded.signed()
    assert signed.organisasjonsnummer == "991825827"
    assert signed.document == recorded.json


def test_a_recorded_message_is_refused_once_its_certificate_has_expired(
    recorded: Recorded,
) -> None:
    with pytest.raises(HttpRejection, match="not valid now"):
        read_signed(recorded.jws, recorded.trust, recorded.moment + timedelta(days=3650))


def test_a_recorded_message_is_refused_when_one_character_of_it_is_altered(
    recorded: Recorded,
) -> None:
    header, payload, signature = recorded.jws.split(b".")
    middle = len(payload) // 2
    other = b"A" if payload[middle : middle + 1] != b"A" else b"B"
    altered = payload[:middle] + other + payload[middle + 1 :]
    with pytest.raises(HttpRejection, match="does not hold"):
        read_signed(b".".join((header, altered, signature)), recorded.trust, recorded.moment)


def test_a_recorded_message_is_read(recorded: Recorded) -> None:
    melding = read_melding(recorded.signed().document)
    assert melding.avsender == melding.databehandler == "991825827"
    assert melding.fingerprint == hashlib.sha256(recorded.cms).digest()
    assert melding.teknisk_mottaker in ("922020175", "974761076")


def delivery(recorded: Recorded, melding: Melding | None = None) -> Delivery:
    signed = recorded.signed()
    melding = melding or read_melding(signed.document)
    queue = Queue(melding.databehandler, "")
    return Delivery(melding, signed.certificate, recorded.cms, queue)


def test_a_recorded_letter_is_opened(recorded: Recorded, receiver: Actor) -> None:
    letter = open_letter(delivery(recorded), receiver, recorded.trust, recorded.moment)
    if letter.is_print:
        assert letter.hoveddokument.filnavn == "my.pdf"
        assert letter.fysisk.mottaker.linjer == ("Liksomveien 22", "1234", "Nordby")
    else:
        assert letter.hoveddokument.content == b"Test"
        assert letter.digital.postkasseadresse == "0000487204"


def test_a_recorded_letter_is_refused_long_after_it_was_signed(
    recorded: Recorded, receiver: Actor
) -> None:
    later = recorded.moment + timedelta(hours=2)
    with pytest.raises(LetterRejection, match="SigningTime"):
        open_letter(delivery(recorded), receiver, recorded.trust, later)


@pytest.mark.parametrize(
    "sample",
    [
        "innbyggerpost_dpi_digital_1_0",
        "innbyggerpost_dpi_utskrift_1_0",
        "innbyggerpost_dpi_1_0_nav_sample",
        "innbyggerpost_dpi_1_0_budnad_sample",
        "innbyggerpost_dpi_1_0_budnad2_sample",
    ],
)
def test_the_constants_are_those_of_the_published_samples(sample: str) -> None:
    text = reference(f"examples/dpi/{sample}.json").read_text(encoding="utf-8")
    kind = "utskrift" if "utskrift" in sample else "digital"
    assert f'"{names.standard(kind)}"' in text
    assert f'"{names.process(kind)}"' in text
    assert f'"{names.AUTHORITY}"' in text
