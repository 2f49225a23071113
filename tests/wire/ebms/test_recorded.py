"""Real messages between sender, broker and mailbox are read, and every digest recomputed."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from lxml import etree

from sdp.domain import (
    Feil,
    Feiltype,
    Kvittering,
    Kvitteringsreferanse,
    Leveringskvittering,
    Prioritet,
)
from sdp.ebms.answers import ReceiptAnswer, classify
from sdp.ebms.envelope import read_envelope, verify_envelope
from sdp.ebms.kvittering import read_kvittering
from sdp.errors import (
    CertificateError,
    CertificateProblem,
    EbmsError,
    SignatureError,
    SoapFaultError,
    UnreadableAnswerError,
)
from sdp.pki import TrustStore
from sdp.testmiljo.validators.names import PREFIXES, WSU
from sdp.transport.request import HttpResponse
from sdp.wire import MAILBOX_PROVIDERS, Signers
from sdp.xmlsec import cut_out, parse, read_certificate, verify
from tests.reference import reference
from tests.unit.ebms.counterpart import SOAP

pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

_FROM_SENDER = "fra_postavsender_til_meldingsformidler.xml"
SIGNERS = Signers(MAILBOX_PROVIDERS, {}, lambda _: (), section="ebms")
_TO_SENDER = "fra_meldingsformidler_til_postavsender.xml"
_FROM_MAILBOX = "fra_postkasse_til_meldingsformidler.xml"
_TO_MAILBOX = "fra_meldingsformidler_til_postkasse.xml"

LETTER = f"1_request_forretningsmelding_{_FROM_SENDER}"
TRANSPORT_RECEIPT = f"1_response_kvittering_for_mottatt_forretningsmelding_{_TO_SENDER}"
LETTER_ON = f"3_request_forretningsmelding_{_TO_MAILBOX}"
TRANSPORT_RECEIPT_ON = f"3_response_kvittering_for_mottatt_forretningsmelding_{_FROM_MAILBOX}"
RECEIPT_IN = f"4_request_forretningsmelding_{_FROM_MAILBOX}"
PULL = f"6_request_forespoersel_om_forretningskvittering_{_FROM_SENDER}"
EMPTY = f"6_response_error_{_TO_SENDER}"
FAULT = "eksempel_soap_fault_med_ebms_error.xml"

THEN = datetime(2014, 10, 13, 13, 13, 1, tzinfo=UTC)
REFERANSE = Kvitteringsreferanse(message_id="m-1", prioritet=Prioritet.NORMAL)


class TrustsEveryone(TrustStore):
    """The recorded envelopes were signed under a CA that was never published."""

    def __init__(self) -> None:
        pass

    def validate(self, certificate: x509.Certificate, **_: object) -> tuple[x509.Certificate, ...]:
        return (certificate,)


def recorded(name: str) -> bytes:
    """A recorded message without the whitespace that its publisher added."""
    parser = etree.XMLParser(remove_blank_text=True)
    return etree.tostring(etree.fromstring(reference(f"examples/{name}").read_bytes(), parser))


def soap(name: str) -> etree._Element:
    return parse(recorded(f"soap/{name}"))


def buypass() -> TrustStore:
    return TrustStore.from_path(reference("certs/test"))


def read(name: str, trust: TrustStore, moment: datetime) -> Kvittering:
    document = parse(recorded(f"sdp-xml/{name}kvitteringStandardBusinessDocument.xml"))
    return read_kvittering(
        document, trust=trust, moment=moment, signers=SIGNERS, referanse=REFERANSE
    )


def test_the_recorded_delivery_receipt_verifies_at_its_own_date() -> None:
    found = read("leverings", buypass(), datetime(2016, 5, 31, 13, tzinfo=UTC))

    assert isinstance(found, Leveringskvittering)
    assert found.meldings_id == "61f66fe5-f7c4-48f7-8057-466ac061b66e"
    assert found.konversasjons_id == "e84a9148-d162-4222-8256-7b440663cf53"
    assert found.tidspunkt.isoformat() == "2016-05-31T14:57:39.825000+02:00"
    assert found.avsender == "984661185"


def test_the_recorded_error_verifies_at_its_own_date() -> None:
    found = read("feilet", buypass(), datetime(2016, 6, 1, 13, tzinfo=UTC))

    assert isinstance(found, Feil)
    assert found.feiltype is Feiltype.KLIENT
    assert found.detaljer == "Recipient is not a Digipost-user"


def test_a_recorded_receipt_is_refused_once_its_certificate_has_expired() -> None:
    with pytest.raises(CertificateError) as caught:
        read("leverings", buypass(), datetime(2026, 11, 23, tzinfo=UTC))

    assert caught.value.problem is CertificateProblem.EXPIRED


@pytest.mark.parametrize(
    ("original", "forged"),
    [
        (b"<ns9:levering/>", b"<ns9:aapning/>"),
        (b"2016-05-31T14:57:39.825+02:00</ns9:tid", b"2016-05-31T14:57:39.826+02:00</ns9:tid"),
        (b"e84a9148", b"e84a9149"),
        (b'xmlns:ns9="http://begrep', b'xmlns:x="urn:x" xmlns:ns9="http://begrep'),
    ],
)
def test_a_recorded_receipt_is_refused_when_altered(original: bytes, forged: bytes) -> None:
    document = recorded("sdp-xml/leveringskvitteringStandardBusinessDocument.xml")
    assert document.count(original) == 1

    with pytest.raises(SignatureError):
        read_kvittering(
            parse(document.replace(original, forged)),
            trust=buypass(),
            moment=datetime(2016, 5, 31, 13, tzinfo=UTC),
            signers=SIGNERS,
            referanse=REFERANSE,
        )


@pytest.mark.parametrize("name", [TRANSPORT_RECEIPT, TRANSPORT_RECEIPT_ON, PULL, EMPTY])
def test_a_recorded_envelope_without_attachment_verifies(name: str) -> None:
    verified = verify_envelope(
        read_envelope(soap(name)), trust=TrustsEveryone(), moment=THEN, organisasjonsnummer="-"
    )

    assert verified.messaging.findall("eb:SignalMessage", PREFIXES)


def test_a_recorded_envelope_is_refused_when_its_time_is_over() -> None:
    envelope = read_envelope(soap(EMPTY))

    with pytest.raises(UnreadableAnswerError, match="another time"):
        verify_envelope(
            envelope,
            trust=TrustsEveryone(),
            moment=THEN + timedelta(minutes=10),
            organisasjonsnummer="-",
        )


@pytest.mark.parametrize(
    "name", [LETTER, LETTER_ON, TRANSPORT_RECEIPT, TRANSPORT_RECEIPT_ON, PULL, EMPTY]
)
def test_every_digest_of_a_recorded_envelope_is_recomputed(name: str) -> None:
    root = soap(name)
    references = root.findall(".//wsse:Security/ds:Signature/ds:SignedInfo/ds:Reference", PREFIXES)
    fingerprint = root.findtext(".//sdp:dokumentpakkefingeravtrykk/ds:DigestValue", None, PREFIXES)
    for reference_ in references:
        written = base64.b64decode(reference_.findtext("ds:DigestValue", "", PREFIXES))
        uri = reference_.get("URI", "")
        if uri.startswith("cid:"):
            # The attachment was not published, and the business message says its digest too.
            assert fingerprint is not None
            assert written == base64.b64decode(fingerprint)
            continue
        (element,) = root.xpath("//*[@wsu:Id = $id]", id=uri[1:], namespaces={"wsu": WSU})
        inclusive = reference_.find(".//{*}InclusiveNamespaces")
        prefixes = None if inclusive is None else inclusive.get("PrefixList", "").split()
        canonical = etree.tostring(
            element, method="c14n", exclusive=True, inclusive_ns_prefixes=prefixes
        )
        assert hashlib.sha256(canonical).digest() == written, uri
    assert len(references) == (4 if fingerprint is not None else 3)


@pytest.mark.parametrize("name", [LETTER, LETTER_ON, RECEIPT_IN])
def test_a_recorded_business_message_verifies_when_cut_out_of_its_envelope(name: str) -> None:
    document = cut_out(read_envelope(soap(name)).body[0])
    (signature,) = document.findall("*/ds:Signature", PREFIXES)
    (token,) = signature.iter("{*}X509Certificate")
    certificate = read_certificate(token)

    signed = verify(signature, {"": document}, certificate=certificate, moment=THEN)[""]

    assert signed.findtext(".//sbdh:ConversationId", None, PREFIXES) is None
    assert signed.findtext(".//sbdh:InstanceIdentifier", None, PREFIXES)


def test_a_recorded_business_message_that_drags_its_envelopes_namespaces_along_is_refused() -> None:
    document = cut_out(read_envelope(soap(LETTER)).body[0])
    dragged = parse(
        etree.tostring(document).replace(b"Document ", b'Document xmlns:env="urn:env" ', 1)
    )
    (signature,) = dragged.findall("*/ds:Signature", PREFIXES)
    (token,) = signature.iter("{*}X509Certificate")

    with pytest.raises(SignatureError):
        verify(signature, {"": dragged}, certificate=read_certificate(token), moment=THEN)


def test_the_recorded_transport_receipt_is_taken_for_one() -> None:
    answer = HttpResponse(200, SOAP, recorded(f"soap/{TRANSPORT_RECEIPT}"))

    assert isinstance(classify(answer), ReceiptAnswer)


def test_the_recorded_empty_queue_is_taken_for_one() -> None:
    with pytest.raises(EbmsError) as caught:
        classify(HttpResponse(200, SOAP, recorded(f"soap/{EMPTY}")))

    assert (caught.value.code, caught.value.severity) == ("EBMS:0006", "warning")
    assert caught.value.short_description == "EmptyMessagePartitionChannel"
    assert caught.value.ref_to_message == "cad56089-3ad2-4f79-928a-12f733557f54"


@pytest.mark.parametrize("status", [200, 400, 500])
def test_the_recorded_fault_is_a_refusal_whatever_the_status(status: int) -> None:
    with pytest.raises(EbmsError) as caught:
        classify(HttpResponse(status, SOAP, recorded(f"soap/{FAULT}")))

    assert (caught.value.code, caught.value.severity) == ("EBMS:xxxx", "failure")


def test_the_recorded_fault_without_its_header_is_a_refusal_too() -> None:
    root = soap(FAULT)
    root.remove(root[0])

    with pytest.raises(SoapFaultError) as caught:
        classify(HttpResponse(500, SOAP, etree.tostring(root)))

    assert (caught.value.code, caught.value.reason) == ("Sender", "...")
