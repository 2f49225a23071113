"""What is asked obeys the published schemas, and what we describe is what they describe."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import pytest
from lxml import etree

from sdp.krr.soap import KrrSoap, KrrSoapSettings
from sdp.pki import Identity, TrustStore
from sdp.testmiljo.validators.names import PREFIXES
from sdp.transport.effects import Flow
from tests.driver import first_request
from tests.reference import reference
from tests.schemas import assert_valid
from tests.unit.krr_soap.counterpart import Clock, envelope_of, person, personer
from tests.unit.krr_soap.test_changes import changes
from tests.unit.krr_soap.test_lookup import contact, mailbox
from tests.unit.krr_soap.test_print_certificate import printer

KARI = "01815800083"
NS = {
    **PREFIXES,
    "w": "http://schemas.xmlsoap.org/wsdl/",
    "s": "http://schemas.xmlsoap.org/wsdl/soap12/",
    "xs": "http://www.w3.org/2001/XMLSchema",
    "o": "http://kontaktinfo.difi.no/xsd/oppslagstjeneste/16-02",
}
WSDL = "oppslagstjeneste-ws-16-02.wsdl"
XSD = "oppslagstjeneste-ws-16-02.xsd"


@cache
def published_schema() -> etree.XMLSchema:
    return etree.XMLSchema(file=str(reference(f"schemas/krr-wsdl/{XSD}")))


def published(name: str) -> etree._Element:
    return etree.parse(str(reference(f"schemas/krr-wsdl/{name}"))).getroot()


def ours(name: str) -> etree._Element:
    return etree.fromstring((files("sdp.krr.soap") / name).read_bytes())


def alone(element: etree._Element) -> etree._Element:
    return etree.fromstring(etree.tostring(element))


@pytest.fixture
def krr(avsender_identity: Identity, trust: TrustStore, clock: Clock) -> KrrSoap:
    return KrrSoap(
        KrrSoapSettings(url="https://register.example/", paa_vegne_av="991825827"),
        signer=avsender_identity,
        decryptor=avsender_identity,
        trust=trust,
        clock=clock,
    )


def asked(flow: Flow[object]) -> etree._Element:
    return envelope_of(first_request(flow))


QUESTIONS = {
    "HentPersonerForespoersel": lambda krr: krr.lookup([KARI, "15886910042"]),
    "HentEndringerForespoersel": lambda krr: krr.changes_since(600),
    "HentPrintSertifikatForespoersel": lambda krr: krr.print_certificate(),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_obeys_the_published_schema(krr: KrrSoap, question: str) -> None:
    envelope = asked(QUESTIONS[question](krr))

    assert_valid(envelope)  # SOAP 1.2
    (body,) = envelope.findall("env:Body/*", NS)
    assert body.tag == f"{{{NS['o']}}}{question}"
    assert_valid(alone(body), published_schema())
    (header,) = envelope.findall("env:Header/o:*", NS)
    unsigned = alone(header)
    unsigned.attrib.clear()  # the schema has no place for the wsu:Id that every stack puts there
    assert_valid(unsigned, published_schema())


def test_the_published_schema_reaches_what_is_asked(krr: KrrSoap) -> None:
    (body,) = asked(krr.lookup([KARI])).findall("env:Body/*", NS)
    number = body[-1]
    number.text = "1"

    assert not published_schema().validate(alone(body))


@pytest.mark.parametrize(
    "answer",
    [
        personer(person(KARI)),
        personer(person(KARI, contact("<b:Epostadresse>a@b.no</b:Epostadresse>"))),
        personer(person(KARI, mailbox("kari.nordmann#1234", "984661185"))),
        changes(person(KARI)),
        changes(),
        printer("974761076", "MIIB"),
    ],
)
def test_what_the_register_answers_in_tests_obeys_the_published_schema(answer: str) -> None:
    assert_valid(etree.fromstring(answer), published_schema())


def operations(wsdl: etree._Element) -> dict[str, tuple[str, ...]]:
    """The elements that each operation asks, answers and is headed with, and how it is bound."""
    elements = {
        message.get("name", ""): part.get("element", "").rpartition(":")[2]
        for message in wsdl.iterfind("w:message", NS)
        for part in message
    }

    def element(node: etree._Element) -> str:
        return elements[node.get("message", "").rpartition(":")[2]]

    found = {}
    for operation in wsdl.iterfind("w:portType/w:operation", NS):
        name = operation.get("name", "")
        (bound,) = wsdl.findall(f"w:binding/w:operation[@name='{name}']", NS)
        (header,) = bound.findall("w:input/s:header", NS)
        (action,) = bound.findall("s:operation", NS)
        (binding,) = wsdl.findall("w:binding/s:binding", NS)
        parts = [element(part) for part in operation] + [element(header)]
        form = (binding.get("style", ""), binding.get("transport", ""))
        found[name] = (*parts, str(header.get("part")), str(action.get("soapAction")), *form)
    return found


def test_our_operations_are_the_published_ones() -> None:
    assert operations(ours("oppslagstjenesten.wsdl")) == operations(published(WSDL))
    assert ours("oppslagstjenesten.wsdl").get("targetNamespace") == published(WSDL).get(
        "targetNamespace"
    )


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("oppslagstjenesten.xsd", XSD),
        ("begrep.xsd", "oppslagstjeneste-metadata-16-02.xsd"),
    ],
)
def test_our_elements_attributes_and_codes_are_the_published_ones(name: str, theirs: str) -> None:
    def words(schema: etree._Element, path: str, attribute: str) -> set[str]:
        return {each.get(attribute, "") for each in schema.iterfind(f".//{path}", NS)}

    mine, published_ = ours(name), published(theirs)
    assert mine.get("targetNamespace") == published_.get("targetNamespace")
    assert words(mine, "xs:element", "name") == words(published_, "xs:element", "name")
    assert words(mine, "xs:attribute", "name") == words(published_, "xs:attribute", "name")
    if name == "oppslagstjenesten.xsd":
        codes = "xs:enumeration"
        assert words(mine, codes, "value") == words(published_, codes, "value")
