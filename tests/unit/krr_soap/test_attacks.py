"""Attacks on answers, each on one that is read until it is touched."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from lxml import etree

from sdp.errors import (
    CertificateError,
    CertificateProblem,
    Retry,
    SdpError,
    SignatureError,
    UnreadableAnswerError,
)
from sdp.krr import Oppslag, Person
from sdp.krr.soap import KrrSoap
from sdp.pki import Identity
from sdp.testmiljo.ca import LeafUsage, TestCA
from sdp.testmiljo.signing import Actor
from sdp.transport.request import HttpRequest, HttpResponse
from tests.conftest import EBOKS
from tests.driver import drive
from tests.unit.krr_soap.conftest import DIFI
from tests.unit.krr_soap.counterpart import SOAP, Clock, Register, Tamper, one, person, personer

KARI = "01815800083"


@pytest.fixture
def ask(krr: KrrSoap, register: Register) -> Callable[[], tuple[Oppslag, ...]]:
    """Ask about Kari. The answer is read as it is, before a test touches it."""
    register.content = personer(person(KARI))
    (kari,) = drive(krr.lookup([KARI]), register)
    assert isinstance(kari, Person)
    return lambda: drive(krr.lookup([KARI]), register)


Ask = Callable[[], tuple[Oppslag, ...]]


def remove(path: str) -> Tamper:
    def tamper(root: etree._Element) -> None:
        found = one(root, path)
        parent = found.getparent()
        assert parent is not None
        parent.remove(found)

    return tamper


def double(path: str) -> Tamper:
    def tamper(root: etree._Element) -> None:
        found = one(root, path)
        found.addnext(copy.deepcopy(found))

    return tamper


def write(path: str, text: str) -> Tamper:
    def tamper(root: etree._Element) -> None:
        one(root, path).text = text

    return tamper


def put(path: str, **attributes: str) -> Tamper:
    return lambda root: one(root, path).attrib.update(attributes)


def move_the_body_aside(root: etree._Element) -> None:
    """The signed body goes into a header, and another takes its place."""
    body = one(root, "env:Body")
    forged = copy.deepcopy(body)
    one(forged, "b:reservasjon").text = "JA"
    wrapper = etree.SubElement(one(root, "env:Header"), "wrapper")
    root.replace(body, forged)
    wrapper.append(body)


def move_the_body_aside_under_another_id(root: etree._Element) -> None:
    move_the_body_aside(root)
    body = root[1]
    (name,) = body.attrib
    body.set(name, "forged")


def wrap_the_person(root: etree._Element) -> None:
    """The signed answer stays in the body, behind another."""
    answer = one(root, "o:HentPersonerRespons")
    answer.addprevious(copy.deepcopy(answer))


def swap_timestamp(root: etree._Element) -> None:
    """The signed timestamp goes into a header, and a fresh one takes its place."""
    timestamp = one(root, "wsu:Timestamp")
    fresh = copy.deepcopy(timestamp)
    security = timestamp.getparent()
    assert security is not None
    security.replace(timestamp, fresh)
    etree.SubElement(one(root, "env:Header"), "wrapper").append(timestamp)


BEFORE_ENCRYPTION: dict[str, Tamper] = {
    "the signature is gone": remove("ds:Signature"),
    "there are two signatures": double("ds:Signature"),
    "the signature value is gone": write("ds:SignatureValue", ""),
    "the signature value is another": write("ds:SignatureValue", "A" * 342 + "=="),
    "a reference is gone": lambda root: one(root, "ds:SignedInfo").remove(
        one(root, "ds:SignedInfo")[-1]
    ),
    "a person is changed": write("b:reservasjon", "JA"),
    "a person is added": lambda root: one(root, "o:HentPersonerRespons").append(
        etree.fromstring(person(KARI).replace("<b:Person>", '<b:Person xmlns:b="urn:b">'))
    ),
    "the body is moved and another is in its place": move_the_body_aside,
    "the body is moved and one of another id is in its place": move_the_body_aside_under_another_id,
    "another answer is before the signed one": wrap_the_person,
    "there are two bodies": double("env:Body"),
    "the timestamp is later": write("wsu:Expires", "2099-01-01T00:00:00Z"),
    "the timestamp is gone": remove("wsu:Timestamp"),
    "the timestamp is moved and another is in its place": swap_timestamp,
    "the confirmation is changed": put("wsse11:SignatureConfirmation", Value="AAAA"),
    "the confirmation is gone": remove("wsse11:SignatureConfirmation"),
    "there are two confirmations": double("wsse11:SignatureConfirmation"),
    "the certificate is gone": remove("wsse:BinarySecurityToken"),
    "there are two certificates": double("wsse:BinarySecurityToken"),
    "the certificate is of another kind": put("wsse:BinarySecurityToken", ValueType="#PKCS7"),
    "the signature points elsewhere": put("wsse:SecurityTokenReference/wsse:Reference", URI="#x"),
    "the security header is gone": remove("wsse:Security"),
    "there are two security headers": double("wsse:Security"),
}


@pytest.mark.parametrize("attack", BEFORE_ENCRYPTION)
def test_an_answer_is_refused_when(ask: Ask, register: Register, attack: str) -> None:
    register.between = BEFORE_ENCRYPTION[attack]

    with pytest.raises((SignatureError, UnreadableAnswerError)):
        ask()


@pytest.mark.parametrize("name", ["Id", "ID", "id"])
@pytest.mark.parametrize("identifier", ["Body-1", "Timestamp-1", "X509-1"])
def test_an_answer_where_two_elements_have_one_id_is_refused_though_both_are_signed(
    ask: Ask, register: Register, name: str, identifier: str
) -> None:
    register.before = put("b:Person", **{name: identifier})

    with pytest.raises(SignatureError) as caught:
        ask()

    assert "same id" in str(caught.value.__cause__)


@pytest.mark.parametrize("part", range(3))
def test_an_answer_with_a_part_that_is_not_signed_is_refused(
    ask: Ask, register: Register, part: int
) -> None:
    parts = list(register.signed_parts)
    del parts[part]
    register.signed_parts = tuple(parts)

    with pytest.raises(SignatureError):
        ask()


def test_an_answer_to_an_earlier_question_is_refused(
    ask: Ask, krr: KrrSoap, register: Register
) -> None:
    earlier = HttpResponse(200, SOAP, etree.tostring(register.answer(register.requests[0])))

    with pytest.raises(SignatureError, match="another question"):
        drive(krr.lookup([KARI]), lambda _: earlier)


def test_an_answer_signed_by_another_organisation_is_refused(
    ask: Ask, register: Register, ca: TestCA, moment: datetime
) -> None:
    other = ca.issue(EBOKS, "e-Boks", moment=moment)
    register.signer = Actor(EBOKS, other.certificate, other.key)

    with pytest.raises(CertificateError) as caught:
        ask()

    assert caught.value.problem is CertificateProblem.ORGANISATION


def test_an_answer_signed_under_an_unknown_ca_is_refused(
    ask: Ask, register: Register, moment: datetime
) -> None:
    stranger = TestCA.create(moment).issue(DIFI, "Direktoratet", moment=moment)
    register.signer = Actor(DIFI, stranger.certificate, stranger.key)

    with pytest.raises(CertificateError) as caught:
        ask()

    assert caught.value.problem is CertificateProblem.UNTRUSTED


def test_an_answer_signed_with_a_key_for_encryption_alone_is_refused(
    ask: Ask, register: Register, ca: TestCA, moment: datetime
) -> None:
    issued = ca.issue(DIFI, "Direktoratet", moment=moment, usage=LeafUsage.ENCRYPTION)
    register.signer = Actor(DIFI, issued.certificate, issued.key)

    with pytest.raises(CertificateError) as caught:
        ask()

    assert caught.value.problem is CertificateProblem.KEY_USAGE


def test_an_answer_signed_with_another_key_than_its_certificates_is_refused(
    ask: Ask, register: Register, ca: TestCA, moment: datetime
) -> None:
    other = ca.issue(DIFI, "Direktoratet", moment=moment)
    register.signer = Actor(DIFI, register.signer.certificate, other.key)

    with pytest.raises(SignatureError):
        ask()


@pytest.mark.parametrize(
    ("off", "accepted"), [(-181, False), (-179, True), (119, True), (121, False)]
)
def test_an_answer_is_of_its_time_with_two_minutes_to_spare(
    ask: Ask, register: Register, clock: Clock, off: int, accepted: bool
) -> None:
    register.clock = Clock(clock() + timedelta(seconds=off))

    if accepted:
        ask()
    else:
        with pytest.raises(UnreadableAnswerError, match="another time"):
            ask()


@pytest.mark.parametrize("written", ["", "i dag", "2026-11-23T13:14:59", "2026-13-40T13:14:59Z"])
def test_an_answer_that_does_not_say_its_time_is_refused(
    ask: Ask, register: Register, written: str
) -> None:
    register.before = write("wsu:Created", written)

    with pytest.raises(UnreadableAnswerError, match="time"):
        ask()


@pytest.mark.parametrize("length", [0, 1, 100, 2000, -1000, -20, -1])
def test_a_truncated_answer_is_refused(
    ask: Ask, krr: KrrSoap, register: Register, length: int
) -> None:
    def cut(request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, SOAP, register(request).content[:length])

    with pytest.raises(UnreadableAnswerError) as caught:
        drive(krr.lookup([KARI]), cut)

    assert caught.value.retry is Retry.LATER


def test_an_answer_to_another_kind_of_question_is_refused(krr: KrrSoap, register: Register) -> None:
    register.content = personer(person(KARI))

    with pytest.raises(UnreadableAnswerError, match="another kind"):
        drive(krr.print_certificate(), register)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<env:Envelope", b"<!DOCTYPE x [<!ENTITY e 'x'>]><env:Envelope"),
        (b"<env:Envelope", b"<?xml-stylesheet href='x'?><env:Envelope"),
        (b"<env:Header>", b"<env:Header>" + b"<x>" * 70 + b"</x>" * 70),
        (b"http://www.w3.org/2003/05/soap-envelope", b"http://schemas.xmlsoap.org/soap/envelope/"),
    ],
)
def test_an_answer_of_another_form_is_refused(
    krr: KrrSoap, register: Register, before: bytes, after: bytes
) -> None:
    register.content = personer(person(KARI))

    def twisted(request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, SOAP, register(request).content.replace(before, after))

    with pytest.raises(UnreadableAnswerError):
        drive(krr.lookup([KARI]), twisted)


def test_no_refusal_repeats_what_an_answer_says_of_people(
    ask: Ask, register: Register, postkasse_identity: Identity
) -> None:
    register.between = write("b:personidentifikator", "15886910042")

    with pytest.raises(SdpError) as caught:
        ask()

    assert "15886910042" not in f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"
