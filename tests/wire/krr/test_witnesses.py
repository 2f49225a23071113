"""Software that shares no code with our maker verifies what we ask."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from sdp.krr.soap import KrrSoap, KrrSoapSettings
from sdp.pki import Identity, TrustStore
from sdp.testmiljo.validators.names import DS, WSU, X509_TYPE
from sdp.transport.effects import Flow
from tests.driver import first_request
from tests.unit.krr_soap.counterpart import NS, Clock, envelope_of, one
from tests.witness import program

KARI = "01815800083"
ID = f"{{{WSU}}}Id"

QUESTIONS: dict[str, Callable[[KrrSoap], Flow[object]]] = {
    "people": lambda krr: krr.lookup([KARI]),
    "changes": lambda krr: krr.changes_since(600),
    "printer": lambda krr: krr.print_certificate(),
}


@pytest.fixture
def asked(
    avsender_identity: Identity, trust: TrustStore, clock: Clock
) -> Callable[[str, str | None], etree._Element]:
    def ask(question: str, paa_vegne_av: str | None) -> etree._Element:
        krr = KrrSoap(
            KrrSoapSettings(url="https://register.example/", paa_vegne_av=paa_vegne_av),
            signer=avsender_identity,
            decryptor=avsender_identity,
            trust=trust,
            clock=clock,
        )
        return envelope_of(first_request(QUESTIONS[question](krr)))

    return ask


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(("paa_vegne_av", "parts"), [(None, "2/2"), ("984661185", "3/3")])
def test_xmlsec1_verifies_every_question(
    asked: Callable[[str, str | None], etree._Element],
    avsender_identity: Identity,
    tmp_path: Path,
    question: str,
    paa_vegne_av: str | None,
    parts: str,
) -> None:
    envelope = asked(question, paa_vegne_av)
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(avsender_identity.certificate.public_bytes(Encoding.PEM))
    document = tmp_path / "document.xml"
    document.write_bytes(etree.tostring(envelope))
    names = {str(each.tag)[1:].replace("}", ":") for each in envelope.iter() if each.get(ID)}
    ids = [option for name in names for option in ("--id-attr:Id", name)]
    command = [program("xmlsec1"), "--verify", "--pubkey-cert-pem", str(certificate), *ids]

    outcome = subprocess.run([*command, str(document)], capture_output=True, text=True, check=False)

    assert outcome.returncode == 0, outcome.stderr
    assert parts in outcome.stdout + outcome.stderr


def holds(envelope: etree._Element, identity: Identity) -> bool:
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(
        identity.certificate.public_bytes(Encoding.PEM), xmlsec.constants.KeyDataFormatCertPem
    )
    for each in envelope.iter():
        if each.get(ID):
            context.register_id(each, "Id", WSU)
    try:
        context.verify(one(envelope, "ds:Signature"))
    except xmlsec.Error:
        return False
    return True


@pytest.mark.parametrize("path", ["o:PaaVegneAv", "o:personidentifikator", "wsu:Created"])
def test_libxmlsec_refuses_a_question_with_a_signed_part_changed(
    asked: Callable[[str, str | None], etree._Element], avsender_identity: Identity, path: str
) -> None:
    envelope = asked("people", "984661185")
    assert holds(envelope, avsender_identity)

    one(envelope, path).text = "x"

    assert not holds(envelope, avsender_identity)


def test_the_signature_points_at_the_certificate_in_the_question(
    asked: Callable[[str, str | None], etree._Element], avsender_identity: Identity
) -> None:
    envelope = asked("people", None)

    token = one(envelope, "wsse:BinarySecurityToken")
    pointer = one(envelope, "ds:KeyInfo/wsse:SecurityTokenReference/wsse:Reference")

    assert pointer.get("URI") == f"#{token.get(ID)}"
    assert token.get("ValueType") == pointer.get("ValueType") == X509_TYPE
    pem = f"-----BEGIN CERTIFICATE-----\n{token.text}\n-----END CERTIFICATE-----\n"
    key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem)
    assert key is not None
    assert token.text
    assert token.text in avsender_identity.certificate.public_bytes(Encoding.PEM).decode().replace(
        "\n", ""
    )


def test_a_question_has_the_algorithms_of_the_profile_alone(
    asked: Callable[[str, str | None], etree._Element],
) -> None:
    envelope = asked("people", "984661185")

    used = {
        str(each.get("Algorithm"))
        for each in one(envelope, "ds:SignedInfo").iter(f"{{{DS}}}*")
        if each.get("Algorithm")
    }

    assert used == {
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "http://www.w3.org/2001/04/xmlenc#sha256",
    }


def test_everything_in_a_question_but_its_signature_and_certificate_is_signed(
    asked: Callable[[str, str | None], etree._Element],
) -> None:
    envelope = asked("people", "984661185")

    signed = {each.get("URI", "")[1:] for each in envelope.iterfind(".//ds:Reference", NS)}
    there = [*envelope[0], *envelope[0][0], envelope[1]]

    assert {str(each.tag).rpartition("}")[2] for each in there if each.get(ID) not in signed} == {
        "Security",
        "Signature",
        "BinarySecurityToken",
    }
