"""What the test environment answers over SOAP has the shape of what the register answered."""

from __future__ import annotations

from lxml import etree

from sdp.client import Client
from sdp.config import KrrConfig
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.register.soap import endringer, personer, print_certificate
from sdp.testmiljo.world.register import Kind, people_of_every_kind, synthetic_personidentifikator
from tests.reference import reference

EVERYTHING = ("Person", "Kontaktinfo", "Sertifikat", "SikkerDigitalPost", "VarslingsStatus")


def shape(element: etree._Element) -> tuple[str, frozenset[str], tuple[object, ...]]:
    """Return the names of an element, its attributes and its children, in order."""
    children = tuple(shape(child) for child in element if isinstance(child.tag, str))
    return str(element.tag), frozenset(map(str, element.attrib)), children


def test_an_encrypted_answer_has_the_shape_of_the_recorded_one(testmiljo: Testmiljo) -> None:
    answers: list[bytes] = []
    config = testmiljo.client_config().model_copy(update={"krr": KrrConfig(wire="soap")})
    with Client(config, on_response=lambda answer: answers.append(answer.content)) as client:
        client.lookup([testmiljo.innbygger().personidentifikator])
    ours = etree.fromstring(answers[-1])
    recorded = etree.parse(reference("examples/krr-soap/HentPersonerEncrypted.xml")).getroot()

    assert shape(ours) == shape(recorded)


def test_answers_are_valid_by_the_published_schema(testmiljo: Testmiljo) -> None:
    schema = etree.XMLSchema(
        etree.parse(reference("schemas/krr-wsdl/oppslagstjeneste-ws-16-02.xsd"))
    )
    people = [testmiljo.register.describe(kind, n) for kind, n in people_of_every_kind()]
    answers = [
        personer(people, EVERYTHING),
        personer(people, ()),
        endringer(people, EVERYTHING, start=1, told=3, last=5),
        print_certificate(testmiljo.printer.actor),
    ]

    for answer in answers:
        schema.assertValid(etree.fromstring(answer))


def test_a_question_that_is_not_signed_is_not_answered(testmiljo: Testmiljo) -> None:
    answer = testmiljo.krr_soap.answer(b"<Envelope/>")

    assert answer.status_code == 500
    assert testmiljo.krr_soap.refusals == ["the question is not a SOAP 1.2 envelope"]


def test_synthetic_people_are_told_by_their_month() -> None:
    assert 81 <= int(synthetic_personidentifikator(17)[2:4]) <= 92
    assert Kind.REACHABLE in dict(people_of_every_kind())
