"""The checks of the test environment accept what was really sent."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from lxml import etree

from sdp.testmiljo.validators import signatures
from sdp.testmiljo.validators.certificates import Trust
from sdp.testmiljo.validators.message import (
    Pull,
    check_security,
    read_envelope,
    read_signals,
    read_user_message,
)
from sdp.testmiljo.validators.package import read_manifest, unpack
from sdp.testmiljo.validators.rejection import EbmsRejection, LetterRejection
from sdp.testmiljo.validators.sbd import read_business_message
from sdp.testmiljo.validators.second_witness import check_by_signxml
from sdp.testmiljo.validators.xades import check_xades
from tests.reference import reference

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.testmiljo.validators.message import Envelope, Signed

pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

LETTER = "1_request_forretningsmelding_fra_postavsender_til_meldingsformidler.xml"
RECEIPT = (
    "1_response_kvittering_for_mottatt_forretningsmelding"
    "_fra_meldingsformidler_til_postavsender.xml"
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


def check(envelope: Envelope, moment: datetime = THEN) -> Signed:
    return check_security(
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
    with pytest.raises(EbmsRejection, match="has expired"):
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


def test_signxml_bears_witness_to_a_recorded_business_message() -> None:
    message = read_business_message(recorded(LETTER).body, _TrustsEveryone(), THEN)
    check_by_signxml(message.raw, THEN)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"2e0858c6-4662-4ba5-8d52-af813262d8ce", b"2e0858c6-4662-4ba5-8d52-af813262d8cf"),
        (b'URI=""', b'URI="#else"'),
        (b"SignatureValue", b"SignatureValues"),
    ],
)
def test_signxml_bears_no_witness_to_an_altered_one(old: bytes, new: bytes) -> None:
    raw = read_business_message(recorded(LETTER).body, _TrustsEveryone(), THEN).raw
    assert old in raw
    with pytest.raises(EbmsRejection, match="signxml"):
        check_by_signxml(raw.replace(old, new), THEN)


@pytest.mark.parametrize("name", ["leverings", "feilet"])
def test_a_recorded_receipt_verifies(name: str) -> None:
    path = reference(f"examples/sdp-xml/{name}kvitteringStandardBusinessDocument.xml")
    parser = etree.XMLParser(remove_blank_text=True)
    document = etree.fromstring(path.read_bytes().strip(), parser)
    assert signatures.check_enveloped(document, document[1]).not_valid_before_utc.year >= 2014


@pytest.fixture(scope="module")
def package() -> dict[str, bytes]:
    return unpack(reference("examples/dokumentpakke/post.asice").read_bytes())


def check_package(files: dict[str, bytes], package: dict[str, bytes]) -> x509.Certificate:
    """Check altered files at the time, and by the CA, of the package as it was."""
    signatures = package["META-INF/signatures.xml"]
    _, *authorities = certificates(signatures)
    mime_types = read_manifest(package["manifest.xml"]).mime_types()
    return check_xades(files, mime_types, Trust(authorities), signing_time(signatures))


def certificates(signatures: bytes) -> list[x509.Certificate]:
    found = etree.fromstring(signatures).iter("{*}X509Certificate")
    return [x509.load_der_x509_certificate(base64.b64decode(each.text or "")) for each in found]


def signing_time(signatures: bytes) -> datetime:
    (element,) = etree.fromstring(signatures).iter("{*}SigningTime")
    return datetime.fromisoformat(element.text or "")


def test_the_recorded_package_verifies(package: dict[str, bytes]) -> None:
    assert check_package(package, package) == certificates(package["META-INF/signatures.xml"])[0]


def test_the_manifest_of_the_recorded_package_is_read(package: dict[str, bytes]) -> None:
    manifest = read_manifest(package["manifest.xml"])
    assert [document.filnavn for document in manifest.documents][:2] == [
        "hoveddokument.txt",
        "ts_103174v020201p.pdf",
    ]
    assert manifest.avsender == "991825827"
    assert manifest.postkasseadresse == "dangfart.utnes#1BK5"


@pytest.mark.parametrize("name", ["hoveddokument.txt", "manifest.xml", "META-INF/signatures.xml"])
@pytest.mark.parametrize("place", [0.05, 0.3, 0.5, 0.75, 0.95])
def test_the_recorded_package_is_refused_when_one_byte_of_it_is_altered(
    package: dict[str, bytes], name: str, place: float
) -> None:
    altered = bytearray(package[name])
    altered[int(len(altered) * place)] ^= 1
    with pytest.raises(LetterRejection):
        check_package(package | {name: bytes(altered)}, package)


def test_the_recorded_package_is_refused_with_a_file_too_many_or_too_few(
    package: dict[str, bytes],
) -> None:
    with pytest.raises(LetterRejection, match="exactly the files"):
        check_package(package | {"extra.txt": b"hei"}, package)
    fewer = {name: data for name, data in package.items() if name != "hoveddokument.txt"}
    with pytest.raises(LetterRejection, match="exactly the files"):
        check_package(fewer, package)


def test_a_chain_leads_from_the_leaf_to_a_root_that_is_trusted_now(
    package: dict[str, bytes],
) -> None:
    signatures = package["META-INF/signatures.xml"]
    leaf, *authorities = certificates(signatures)
    moment = signing_time(signatures)
    assert Trust(authorities).check(leaf, moment, LetterRejection) == (leaf, *authorities)
    with pytest.raises(LetterRejection, match="not valid now"):
        Trust(authorities).check(leaf, moment + timedelta(days=10_000), LetterRejection)
    with pytest.raises(LetterRejection, match="not issued by a CA"):
        Trust(authorities[:1]).check(leaf, moment, LetterRejection)
