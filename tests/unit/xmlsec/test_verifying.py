"""Attacks on signatures, each on a document that verifies until it is touched."""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable
from datetime import datetime
from typing import cast

import pytest
from lxml import etree

from sdp.errors import CertificateError, CertificateProblem, SignatureError
from sdp.pki import Identity
from sdp.pki.certificates import base64_der
from sdp.xmlsec import (
    Reference,
    Transform,
    exclusive,
    parse,
    read_certificate,
    signature,
    verify,
)
from sdp.xmlsec.names import DS, PREFIXES
from sdp.xmlsec.writing import element, leaf
from tests.unit.xmlsec import by_signxml

Verifier = Callable[..., dict[str, etree._Element]]
Touch = Callable[[etree._Element], object]


def ds(name: str) -> str:
    return f"{{{DS}}}{name}"


@pytest.fixture
def enveloped(broker_identity: Identity) -> etree._Element:
    """A document signed as a whole, the signature first in its only child."""
    unsigned = '<a><b xmlns:unused="urn:u"><c>verdi</c></b></a>'
    made = signature(
        [Reference.of("", Transform.ENVELOPED, unsigned.encode())],
        broker_identity,
        leaf("ds:X509Certificate", base64_der(broker_identity.certificate)),
    )
    return parse(unsigned.replace("<c>", f"{made}<c>").encode())


@pytest.fixture
def detached(broker_identity: Identity) -> etree._Element:
    """A document with two signed elements and one that is not."""
    parts = [element(name, leaf("c", name), attributes={"Id": f"id-{name}"}) for name in "xy"]
    made = signature(
        [
            Reference.of(f"#id-{name}", Transform.EXCLUSIVE_C14N, part.encode())
            for name, part in zip("xy", parts, strict=True)
        ],
        broker_identity,
        leaf("ds:KeyName", "nobody reads this"),
    )
    return parse(f"<a><head>{made}</head>{parts[0]}{parts[1]}<z/></a>".encode())


@pytest.fixture(params=[verify, by_signxml.verify], ids=["ours", "signxml"])
def verifier(request: pytest.FixtureRequest) -> Verifier:
    """Our own verifier, and signxml as its witness."""
    return cast("Verifier", request.param)


@pytest.fixture
def check_enveloped(
    broker_identity: Identity, moment: datetime, verifier: Verifier
) -> Callable[[etree._Element], etree._Element]:
    def check(root: etree._Element) -> etree._Element:
        (found, *_) = root.findall("b/ds:Signature", PREFIXES)
        certificate = broker_identity.certificate
        return verifier(found, {"": root}, certificate=certificate, moment=moment)[""]

    return check


@pytest.fixture
def check_detached(
    broker_identity: Identity, moment: datetime, verifier: Verifier
) -> Callable[[etree._Element], dict[str, etree._Element]]:
    def check(root: etree._Element) -> dict[str, etree._Element]:
        (found, *_) = root.findall("head/ds:Signature", PREFIXES)
        covered = {f"#{root[1].get('Id')}": root[1], f"#{root[2].get('Id')}": root[2]}
        certificate = broker_identity.certificate
        return verifier(found, covered, certificate=certificate, moment=moment)

    return check


def test_a_whole_document_is_returned_without_its_signature(
    enveloped: etree._Element, check_enveloped: Callable[[etree._Element], etree._Element]
) -> None:
    assert exclusive(check_enveloped(enveloped)) == b"<a><b><c>verdi</c></b></a>"


def test_each_signed_element_is_returned_on_its_own(
    detached: etree._Element,
    check_detached: Callable[[etree._Element], dict[str, etree._Element]],
) -> None:
    found = check_detached(detached)

    assert {uri: exclusive(each) for uri, each in found.items()} == {
        "#id-x": b'<x Id="id-x"><c>x</c></x>',
        "#id-y": b'<y Id="id-y"><c>y</c></y>',
    }
    assert all(each.getparent() is None for each in found.values())


def test_a_comment_in_signed_text_changes_nothing_of_it(
    enveloped: etree._Element, check_enveloped: Callable[[etree._Element], etree._Element]
) -> None:
    commented = etree.tostring(enveloped).replace(b"verdi", b"ver<!-- x -->di")

    assert check_enveloped(parse(commented)).findtext("b/c") == "verdi"


def _set(path: str, **attributes: str) -> Touch:
    def touch(root: etree._Element) -> None:
        found = root.findall(f".//{path}", PREFIXES)[0]
        for name, value in attributes.items():
            found.set(name, value)

    return touch


def _text(path: str, change: Callable[[str], str]) -> Touch:
    def touch(root: etree._Element) -> None:
        found = root.findall(f".//{path}", PREFIXES)[0]
        found.text = change(found.text or "")

    return touch


def _add(path: str, tag: str, **attributes: str) -> Touch:
    return lambda root: etree.SubElement(root.findall(f".//{path}", PREFIXES)[0], tag, attributes)


def _remove(path: str) -> Touch:
    def touch(root: etree._Element) -> None:
        found = root.findall(f".//{path}", PREFIXES)[0]
        parent = found.getparent()
        assert parent is not None
        parent.remove(found)

    return touch


def _double(path: str) -> Touch:
    def touch(root: etree._Element) -> None:
        found = root.findall(f".//{path}", PREFIXES)[0]
        found.addnext(copy.deepcopy(found))

    return touch


def _sign_away(value: str) -> str:
    return base64.b64encode(bytes(len(base64.b64decode(value)))).decode()


def _loose_end(value: str) -> str:
    """The same bytes, with a bit set that base64 leaves unused."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    stem = value.rstrip("=")
    return stem[:-1] + letters[letters.index(stem[-1]) ^ 1] + "=" * (len(value) - len(stem))


ATTACKS: dict[str, Touch] = {
    "the content is changed": _text("c", str.upper),
    "the content is added to": _add("b", "d"),
    "an attribute is added to the content": _set("c", x="1"),
    "a namespace is declared on the document": lambda root: root.insert(
        0, etree.Element("{urn:n}n", nsmap={"n": "urn:n"})
    ),
    "the digest is changed": _text("ds:DigestValue", _sign_away),
    "the digest is not base64": _text("ds:DigestValue", lambda text: f"*{text}"),
    "the digest is written with a loose end": _text("ds:DigestValue", _loose_end),
    "the digest is gone": _text("ds:DigestValue", lambda _: ""),
    "the signature is changed": _text("ds:SignatureValue", _sign_away),
    "the signature is written with a loose end": _text("ds:SignatureValue", _loose_end),
    "the signature is gone": _text("ds:SignatureValue", lambda _: ""),
    "the signature has an element inside": _add("ds:SignatureValue", "x"),
    "SignedInfo is gone": _remove("ds:SignedInfo"),
    "SignedInfo is doubled": _double("ds:SignedInfo"),
    "SignatureValue is gone": _remove("ds:SignatureValue"),
    "KeyInfo is gone": _remove("ds:KeyInfo"),
    "SignatureMethod is gone": _remove("ds:SignatureMethod"),
    "the reference is gone": _remove("ds:Reference"),
    "the reference is doubled": _double("ds:Reference"),
    "the transforms are gone": _remove("ds:Transforms"),
    "the transform is gone": _remove("ds:Transform"),
    "the transform is doubled": _double("ds:Transform"),
    "an object is added to the signature": _add("ds:Signature", ds("Object")),
    "the method is weaker": _set(
        "ds:SignatureMethod", Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"
    ),
    "the method is HMAC": _set(
        "ds:SignatureMethod", Algorithm="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
    ),
    "the digest method is weaker": _set(
        "ds:DigestMethod", Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"
    ),
    "the canonicalization keeps comments": _set(
        "ds:CanonicalizationMethod",
        Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    ),
    "the transform is XSLT": _set(
        "ds:Transform", Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"
    ),
    "the transform is XPath": _set(
        "ds:Transform", Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"
    ),
    "the transform is base64": _set(
        "ds:Transform", Algorithm="http://www.w3.org/2000/09/xmldsig#base64"
    ),
    "the method has a parameter": _add("ds:SignatureMethod", ds("HMACOutputLength")),
    "the transform has a stranger's parameter": _add("ds:Transform", "x"),
    "the reference leads to a file": _set("ds:Reference", URI="file:///etc/passwd"),
    "the reference leads to the network": _set("ds:Reference", URI="http://127.0.0.1:1/"),
    "the reference is an xpointer": _set("ds:Reference", URI="#xpointer(/)"),
    "the reference has two signs": _set("ds:Reference", URI="##id-x"),
    "the reference leads nowhere": _set("ds:Reference", URI="#nowhere"),
    "the reference has no address": lambda root: [
        each.attrib.pop("URI") for each in root.findall(".//ds:Reference", PREFIXES)
    ],
    "there are two signatures": _double("ds:Signature"),
    "two ids are the same": lambda root: [
        etree.SubElement(root, "q", {name: "same"}) for name in ("Id", "ID")
    ],
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_signature_over_a_document_is_refused_when(
    enveloped: etree._Element,
    check_enveloped: Callable[[etree._Element], etree._Element],
    attack: str,
) -> None:
    check_enveloped(enveloped)
    ATTACKS[attack](enveloped)

    with pytest.raises(SignatureError):
        check_enveloped(parse(etree.tostring(enveloped)))


@pytest.mark.parametrize(
    "attack",
    sorted(
        set(ATTACKS)
        - {
            "the content is added to",  # that element is not there
            "a namespace is declared on the document",  # and is outside what is signed
        }
    ),
)
def test_a_signature_over_elements_is_refused_when(
    detached: etree._Element,
    check_detached: Callable[[etree._Element], dict[str, etree._Element]],
    attack: str,
) -> None:
    check_detached(detached)
    ATTACKS[attack](detached)

    with pytest.raises(SignatureError):
        check_detached(parse(etree.tostring(detached)))


def test_a_signed_element_moved_aside_does_not_vouch_for_the_one_in_its_place(
    detached: etree._Element,
    check_detached: Callable[[etree._Element], dict[str, etree._Element]],
) -> None:
    signed = detached[1]
    forged = etree.fromstring('<x Id="id-forged"><c>forged</c></x>')
    detached.replace(signed, forged)
    detached[-1].append(signed)

    with pytest.raises(SignatureError):
        check_detached(detached)


def test_a_forged_element_that_borrows_the_id_of_the_signed_one_is_refused(
    detached: etree._Element,
    check_detached: Callable[[etree._Element], dict[str, etree._Element]],
) -> None:
    signed = detached[1]
    detached.replace(signed, etree.fromstring('<x ID="id-x" Id="id-x"><c>forged</c></x>'))
    detached[-1].append(signed)

    with pytest.raises(SignatureError, match="same id"):
        check_detached(detached)


def test_signed_elements_that_change_places_are_refused(
    detached: etree._Element, broker_identity: Identity, moment: datetime
) -> None:
    (found,) = detached.findall("head/ds:Signature", PREFIXES)
    swapped = {"#id-x": detached[2], "#id-y": detached[1]}

    with pytest.raises(SignatureError, match="something other"):
        verify(found, swapped, certificate=broker_identity.certificate, moment=moment)


def test_a_part_that_must_be_signed_and_is_not_is_missed(
    detached: etree._Element, broker_identity: Identity, moment: datetime
) -> None:
    (found,) = detached.findall("head/ds:Signature", PREFIXES)
    covered = {"#id-x": detached[1], "#id-y": detached[2], "#id-z": detached[3]}

    with pytest.raises(SignatureError, match="exactly the parts"):
        verify(found, covered, certificate=broker_identity.certificate, moment=moment)


def test_the_key_is_that_of_the_given_certificate_and_never_one_in_the_message(
    enveloped: etree._Element, postkasse_identity: Identity, moment: datetime
) -> None:
    (found,) = enveloped.findall("b/ds:Signature", PREFIXES)

    with pytest.raises(SignatureError, match="does not hold"):
        verify(found, {"": enveloped}, certificate=postkasse_identity.certificate, moment=moment)


@pytest.mark.parametrize("content", ["", "AAAA", "not base64!"])
def test_what_is_no_certificate_is_told_as_such(content: str) -> None:
    token = etree.fromstring(f"<a>{content}</a>")

    with pytest.raises((CertificateError, SignatureError)) as caught:
        read_certificate(token)

    if isinstance(caught.value, CertificateError):
        assert caught.value.problem is CertificateProblem.FORMAT


def test_a_certificate_is_read_across_lines(broker_identity: Identity) -> None:
    written = base64_der(broker_identity.certificate)
    lines = "\n".join(written[start : start + 64] for start in range(0, len(written), 64))

    assert read_certificate(etree.fromstring(f"<a>\n{lines}\n</a>")) == broker_identity.certificate


def test_a_certificate_that_was_read_before_is_refused_with_an_element_in_it(
    broker_identity: Identity,
) -> None:
    written = base64_der(broker_identity.certificate)
    assert read_certificate(etree.fromstring(f"<a>{written}</a>")) == broker_identity.certificate

    for forged in (f"<a>{written}<b/></a>", f"<a>{written}<b/>AAAA</a>", f"<a>{written}=</a>"):
        with pytest.raises(SignatureError, match="plain base64"):
            read_certificate(etree.fromstring(forged))


def test_a_certificate_among_more_whitespace_than_is_kept_is_read(
    broker_identity: Identity,
) -> None:
    spaced = base64_der(broker_identity.certificate) + " " * 20_000

    assert read_certificate(etree.fromstring(f"<a>{spaced}</a>")) == broker_identity.certificate
