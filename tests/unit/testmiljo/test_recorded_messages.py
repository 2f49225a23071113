"""The checks of the test environment accept what was really sent, so that they are not our own idea."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from lxml import etree

from sdp.testmiljo.checks import enveloped, wssecurity
from sdp.testmiljo.checks.certificates import Trust
from sdp.testmiljo.checks.envelope import read_envelope
from sdp.testmiljo.checks.manifest import read_manifest
from sdp.testmiljo.checks.message import Pull, read_signals, read_user_message
from sdp.testmiljo.checks.package import unpack
from sdp.testmiljo.checks.rejection import EbmsRejection, LetterRejection
from sdp.testmiljo.checks.sbd import read_business_message
from sdp.testmiljo.checks.xades import check_xades
from tests.reference import reference

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.testmiljo.checks.envelope import Envelope

pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

LETTER = "1_request_forretningsmelding_fra_postavsender_til_meldingsformidler.xml"
RECEIPT = (
    "1_response_kvittering_for_mottatt_forretningsmelding_fra_meldingsformidler_til_postavsender.xml"
)
PULL = "6_request_forespoersel_om_forretningskvittering_fra_postavsender_til_meldingsformidler.xml"
EMPTY = "6_response_error_fra_meldingsformidler_til_postavsender.xml"
THEN = datetime.fromisoformat("2014-10-13T13:13:01Z")


class _TrustsEveryone(Trust):
    """The recorded certificates were issued by a CA that was never published."""

    def __init__(self) -> None:
        super().__init__(())

    def check(
        self, leaf: x509.Certificate, moment: datetime, refuse: Callable[[str], Exception]
    ) -> tuple[x509.Certificate, ...]:
        return (leaf,)


def recorded(name: str) -> Envelope:
    root = etree.fromstring(
        reference(f"examples/soap/{name}").read_bytes(), etree.XMLParser(remove_blank_text=True)
    )
    return read_envelope(etree.tostring(root))


def check(envelope: Envelope, moment: datetime = THEN) -> wssecurity.Signed:
    return wssecurity.check_security(
        envelope,
        attachments={},
        trust=_TrustsEveryone(),
        moment=moment,
        longest_life=timedelta(minutes=5),
    )


@pytest.mark.parametrize("name", [RECEIPT, PULL, EMPTY])
def test_the_signature_of_a_recorded_message_holds(name: str) -> None:
    assert len(check(recorded(name)).references) == 3


def test_a_recorded_message_is_refused_once_it_has_expired() -> None:
    with pytest.raises(EbmsRejection, match="EBMS:0101.*expired"):
        check(recorded(PULL), THEN + timedelta(minutes=10))


def test_a_recorded_message_is_refused_when_its_header_is_altered() -> None:
    envelope = recorded(PULL)
    envelope.messaging[0][1].set("mpc", "urn:prioritert")
    with pytest.raises(EbmsRejection, match="EBMS:0101"):
        check(envelope)


def test_a_recorded_pull_is_read() -> None:
    signals = read_signals(recorded(PULL).messaging)
    assert signals.pull == Pull("cad56089-3ad2-4f79-928a-12f733557f54", "urn:normal")
    assert signals.confirmation is None


def test_a_recorded_letter_is_read() -> None:
    message = read_user_message(recorded(LETTER).messaging, "123456789")
    assert (message.databehandler, message.mpc) == ("889640782", "urn:normal")
    assert message.conversation_id == "2e0858c6-4662-4ba5-8d52-af813262d8ce"


def test_the_business_message_of_a_recorded_letter_verifies_when_cut_out_of_its_envelope() -> None:
    message = read_business_message(recorded(LETTER).body, _TrustsEveryone(), THEN)
    assert message.avsender == message.databehandler == "889640782"
    assert message.meldings_id == "2e0858c6-4662-4ba5-8d52-af813262d8ce"
    assert len(message.fingerprint) == 32


def test_a_recorded_business_message_is_refused_when_one_letter_of_it_is_altered() -> None:
    body = recorded(LETTER).body
    (address,) = body.iter("{*}postkasseadresse")
    address.text = "ola.nordmann#0ABD"
    with pytest.raises(EbmsRejection, match="EBMS:0101"):
        read_business_message(body, _TrustsEveryone(), THEN)


@pytest.mark.parametrize("name", ["levering", "feilet"])
def test_a_recorded_receipt_verifies(name: str) -> None:
    path = reference(f"examples/sdp-xml/{name}kvitteringStandardBusinessDocument.xml")
    parser = etree.XMLParser(remove_blank_text=True)
    document = etree.fromstring(path.read_bytes().strip(), parser)
    assert enveloped.check_enveloped(document, document[1]).not_valid_before_utc.year >= 2014


def test_the_recorded_package_verifies() -> None:
    files = unpack(reference("examples/dokumentpakke/post.asice").read_bytes())
    manifest = read_manifest(files["manifest.xml"])
    moment = _signing_time(files["META-INF/signatures.xml"])
    certificate = check_xades(files, manifest.mime_types(), _TrustsEveryone(), moment)
    assert len(manifest.documents) == 5
    assert certificate.subject


@pytest.mark.parametrize("name", ["hoveddokument.txt", "manifest.xml", "META-INF/signatures.xml"])
def test_the_recorded_package_is_refused_when_one_byte_of_a_file_is_altered(name: str) -> None:
    files = unpack(reference("examples/dokumentpakke/post.asice").read_bytes())
    mime_types = read_manifest(files["manifest.xml"]).mime_types()
    moment = _signing_time(files["META-INF/signatures.xml"])
    altered = bytearray(files[name])
    altered[len(altered) // 2] ^= 1
    with pytest.raises(LetterRejection):
        check_xades(
            files | {name: bytes(altered)}, mime_types, _TrustsEveryone(), moment
        )


def test_a_chain_is_built_from_a_leaf_to_the_root_of_the_recorded_package() -> None:
    files = unpack(reference("examples/dokumentpakke/post.asice").read_bytes())
    root = etree.fromstring(files["META-INF/signatures.xml"])
    leaf, *authorities = (
        x509.load_der_x509_certificate(base64.b64decode(each.text or ""))
        for each in root.iter("{*}X509Certificate")
    )
    moment = _signing_time(files["META-INF/signatures.xml"])
    assert Trust(authorities).check(leaf, moment, LetterRejection) == (leaf, *authorities)
    with pytest.raises(LetterRejection, match="not valid now"):
        Trust(authorities).check(leaf, moment + timedelta(days=10_000), LetterRejection)
    with pytest.raises(LetterRejection, match="not issued by a CA"):
        Trust(authorities[:1]).check(leaf, moment, LetterRejection)


def _signing_time(signatures: bytes) -> datetime:
    (element,) = etree.fromstring(signatures).iter("{*}SigningTime")
    return datetime.fromisoformat(element.text or "")
