"""Real answers of the national register are verified at their own date and read."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from lxml import etree

from sdp.errors import (
    CertificateError,
    CertificateProblem,
    SignatureError,
    SoapFaultError,
    UnreadableAnswerError,
)
from sdp.krr import Person, Status
from sdp.krr.soap import KrrSoap, KrrSoapSettings
from sdp.krr.soap.conversation import Description
from sdp.krr.soap.reading import read_endringer
from sdp.pki import Identity, TrustStore, Usage, organisasjonsnummer
from sdp.transport.effects import Flow
from sdp.transport.request import HttpResponse
from tests.driver import drive
from tests.reference import reference
from tests.unit.krr_soap.counterpart import NS, SOAP, Clock, one

pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

PERSON = "08077000292"
THEN = datetime(2016, 3, 3, 8, 4, 41, tzinfo=UTC)
THEN_PRINTER = datetime(2016, 3, 3, 8, 20, 23, tzinfo=UTC)
THEN_ENCRYPTED = datetime(2016, 3, 1, 14, 15, 5, tzinfo=UTC)
ASKED_FOR = 113797202800340228423187
"""The serial number that the recorded answers were encrypted for."""


class OfThatTime(TrustStore):
    """Checks the chain as it was checked before SHA-1 was given up, one step at a time."""

    def validate(
        self,
        certificate: x509.Certificate,
        *,
        moment: datetime,
        organisasjonsnummer: str | None = None,
        **_: object,
    ) -> tuple[x509.Certificate, ...]:
        chain = [certificate]
        while chain[-1].issuer != chain[-1].subject:
            (issuer,) = (
                each
                for each in (*self.intermediates, *self.anchors)
                if each.subject == chain[-1].issuer
            )
            key, how = issuer.public_key(), chain[-1].signature_hash_algorithm
            assert isinstance(key, rsa.RSAPublicKey)
            assert how is not None
            key.verify(chain[-1].signature, chain[-1].tbs_certificate_bytes, PKCS1v15(), how)
            chain.append(issuer)
        for each in chain:
            assert each.not_valid_before_utc <= moment <= each.not_valid_after_utc
        assert number_in(certificate) == organisasjonsnummer
        return tuple(chain)


number_in = organisasjonsnummer


def recorded(name: str) -> etree._Element:
    """A recorded message without the whitespace that its publisher added."""
    parser = etree.XMLParser(remove_blank_text=True)
    path = reference(f"examples/krr-soap/{name}.xml")
    return etree.fromstring(path.read_bytes(), parser)


class SaidIt:
    """Signs as the one did whose questions were recorded. Decrypts nothing."""

    def __init__(self, identity: Identity, signature_value: str) -> None:
        self.chain = identity.chain
        self.certificate = identity.certificate
        self._identity = identity
        self._value = base64.b64decode(signature_value)

    def sign(self, digest: bytes) -> bytes:
        return self._value

    def unwrap(self, encrypted_key: bytes, **hashes: Any) -> bytes:
        return self._identity.unwrap(encrypted_key, **hashes)


@pytest.fixture
def register_of(avsender_identity: Identity) -> Callable[..., KrrSoap]:
    """The national register as it was, for the one who asked."""

    def build(
        root: etree._Element,
        moment: datetime,
        *,
        trust: TrustStore | None = None,
        signature_value: str | None = None,
        **settings: Any,
    ) -> KrrSoap:
        confirmed = one(root, "wsse11:SignatureConfirmation").get("Value", "")
        asker = SaidIt(avsender_identity, signature_value or confirmed)
        return KrrSoap(
            KrrSoapSettings(
                url="https://register.example/", **{"encrypted_answers": False, **settings}
            ),
            signer=asker,
            decryptor=asker,
            trust=trust or OfThatTime.from_path(reference("certs/prod")),
            clock=Clock(moment),
        )

    return build


def answered(flow: Flow[Any], root: etree._Element) -> Any:
    return drive(flow, lambda _: HttpResponse(200, SOAP, etree.tostring(root)))


def test_the_recorded_person_is_verified_and_read(register_of: Callable[..., KrrSoap]) -> None:
    root = recorded("HentPersoner")

    (person,) = answered(register_of(root, THEN).lookup([PERSON]), root)

    assert isinstance(person, Person)
    assert (person.personidentifikator, person.status) == (PERSON, Status.AKTIV)
    assert (person.reservert, person.kan_varsles) == (False, True)
    assert person.mobil is not None
    assert person.mobil.adresse == "+4799999999"
    assert person.mobil.sist_verifisert == datetime.fromisoformat("2016-02-18T13:12:00+01:00")
    assert person.epost is not None
    assert person.epost.adresse == f"{PERSON}-test@minid.norge.no"
    assert person.digital_post is not None
    assert person.digital_post.postkasseadresse == "id.porten.testuser#2346"
    assert person.digital_post.leverandoer == "984661185"
    pem = reference("examples/krr-soap/testmottakersertifikatFraOppslagstjenesten.pem")
    assert person.sertifikat == x509.load_pem_x509_certificate(
        pem.read_text(encoding="utf-8-sig").encode()
    )


def test_the_recorded_printer_is_verified_and_read(register_of: Callable[..., KrrSoap]) -> None:
    root = recorded("HentPrintSertifikat")

    printer = answered(register_of(root, THEN_PRINTER).print_certificate(), root)

    assert printer.leverandoer == "984661185"
    assert number_in(printer.sertifikat) == "984661185"
    TrustStore.from_path(reference("certs/test")).validate(
        printer.sertifikat, moment=THEN_PRINTER, usage=Usage.ENCRYPTION
    )


def test_the_recorded_changes_are_read() -> None:
    class TakesTheBody:
        def ingress(self, envelope: etree._Element, headers: object, _: object) -> Any:
            return envelope, headers

    content = etree.tostring(recorded("HentEndringer"))

    found = read_endringer(Description().read(TakesTheBody(), "HentEndringer", content))

    assert (found.fra, found.til, found.siste) == (600, 5791, 2925086)
    assert (len(found.personer), found.uleselige, found.flere) == (3, 0, True)
    assert all(isinstance(each, Person) for each in found.personer)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("b:reservasjon", "JA"),
        ("b:Epostadresse", "en@annen.no"),
        ("b:postkasseleverandoerAdresse", "922020175"),
        ("wsu:Expires", "2016-03-03T09:05:40.769Z"),
    ],
)
def test_a_recorded_answer_is_refused_when_altered(
    register_of: Callable[..., KrrSoap], path: str, text: str
) -> None:
    root = recorded("HentPersoner")
    one(root, path).text = text

    with pytest.raises(SignatureError, match="does not hold"):
        answered(register_of(root, THEN).lookup([PERSON]), root)


def test_a_recorded_answer_is_refused_as_the_answer_to_another_question(
    register_of: Callable[..., KrrSoap],
) -> None:
    root = recorded("HentPersoner")
    asked = one(recorded("HentPersoner-request"), "ds:SignatureValue").text
    register = register_of(root, THEN, signature_value=asked)

    with pytest.raises(SignatureError, match="another question"):
        answered(register.lookup([PERSON]), root)


def test_a_recorded_answer_is_refused_when_its_time_is_over(
    register_of: Callable[..., KrrSoap],
) -> None:
    root = recorded("HentPersoner")

    with pytest.raises(UnreadableAnswerError, match="another time"):
        answered(register_of(root, THEN + timedelta(minutes=10)).lookup([PERSON]), root)


def test_the_recorded_signers_certificate_is_too_weak_for_the_trust_store_of_today(
    register_of: Callable[..., KrrSoap],
) -> None:
    root = recorded("HentPersoner")
    trust = TrustStore.from_path(reference("certs/prod"))

    with pytest.raises(CertificateError) as caught:
        answered(register_of(root, THEN, trust=trust).lookup([PERSON]), root)

    assert caught.value.problem is CertificateProblem.UNTRUSTED
    assert "RsaWithSha1" in str(caught.value.__cause__)


def test_the_recorded_encrypted_answer_has_the_form_we_read_and_is_for_another(
    register_of: Callable[..., KrrSoap],
) -> None:
    root = recorded("HentPersonerEncrypted")
    number = one(root, "xenc:EncryptedKey").findtext(".//ds:X509SerialNumber", "", NS)
    assert number == str(ASKED_FOR)
    register = register_of(root, THEN_ENCRYPTED, encrypted_answers=True)

    with pytest.raises(UnreadableAnswerError, match="another certificate"):
        answered(register.lookup([PERSON]), root)


def test_the_recorded_encrypted_answer_does_not_open_with_another_key(
    register_of: Callable[..., KrrSoap],
) -> None:
    root = recorded("HentPersonerEncrypted")
    number = one(root, "xenc:EncryptedKey").find(".//ds:X509SerialNumber", NS)
    assert number is not None
    parent = number.getparent()
    assert parent is not None
    parent.remove(number)
    register = register_of(root, THEN_ENCRYPTED, encrypted_answers=True)

    with pytest.raises(SignatureError, match="cannot be decrypted"):
        answered(register.lookup([PERSON]), root)


def test_the_recorded_encrypted_answer_confirms_the_recorded_question() -> None:
    question, answer = recorded("HentPersoner-request"), recorded("HentPersonerEncrypted")

    confirmed = one(answer, "wsse11:SignatureConfirmation").get("Value")

    assert confirmed == one(question, "ds:SignatureValue").text


def test_the_recorded_fault_is_a_refusal(register_of: Callable[..., KrrSoap]) -> None:
    register = register_of(recorded("HentPersoner"), THEN)

    with pytest.raises(SoapFaultError) as caught:
        answered(register.lookup([PERSON]), recorded("SoapFault"))

    assert caught.value.code == "Sender"
    assert "988015814 does not have access" in caught.value.reason
