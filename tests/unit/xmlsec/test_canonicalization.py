"""What libxmlsec signs over elements in any namespaces, we read as signxml reads it."""

from __future__ import annotations

from datetime import datetime

import pytest
import xmlsec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from sdp.errors import SignatureError
from sdp.testmiljo.ca import Issued
from sdp.xmlsec import exclusive, parse, verify
from sdp.xmlsec.names import DS, EXCLUSIVE_C14N, PREFIXES, RSA_SHA256, SHA256
from tests.examples import examples
from tests.unit.xmlsec import by_signxml

EC = "http://www.w3.org/2001/10/xml-exc-c14n#"


def template(prefixes: str | None, uris: list[str]) -> str:
    """A signature to be filled in; the prefixes stand with every canonicalization."""
    listed = (
        ""
        if prefixes is None
        else f'<ec:InclusiveNamespaces xmlns:ec="{EC}" PrefixList="{prefixes}"/>'
    )
    references = "".join(
        f'<ds:Reference URI="{uri}"><ds:Transforms><ds:Transform Algorithm="{EXCLUSIVE_C14N}">'
        f'{listed}</ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="{SHA256}"/>'
        "<ds:DigestValue/></ds:Reference>"
        for uri in uris
    )
    return (
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE_C14N}">{listed}'
        "</ds:CanonicalizationMethod>"
        f'<ds:SignatureMethod Algorithm="{RSA_SHA256}"/>{references}</ds:SignedInfo>'
        "<ds:SignatureValue/><ds:KeyInfo><ds:KeyName>k</ds:KeyName></ds:KeyInfo></ds:Signature>"
    )


def signed(document: str, issued: Issued) -> etree._Element:
    root = etree.fromstring(document.encode())
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(issued.key_pem(), xmlsec.constants.KeyDataFormatPem, None)
    (unsigned,) = root.findall(".//ds:Signature", PREFIXES)
    context.sign(unsigned)
    return parse(etree.tostring(root))


SPACES = {"p": "urn:p", "q": "urn:q", "": "urn:d"}
NAMES = st.sampled_from(["a", "p:a", "q:b"])
DECLARATIONS = st.sets(st.sampled_from(sorted(SPACES))).map(
    lambda chosen: "".join(
        f' xmlns{":" if prefix else ""}{prefix}="{SPACES[prefix]}"' for prefix in sorted(chosen)
    )
)
TEXTS = st.sampled_from(["", "x", " \n ", "&amp;&lt;&#13;", "æ€", "<![CDATA[<&]]>"])


@st.composite
def elements(draw: st.DrawFn, depth: int = 2) -> str:
    name, declared = draw(NAMES), draw(DECLARATIONS)
    attributes = draw(st.sampled_from(["", ' z="1" y="&#9;&lt;"', ' p:x="1"', ' xml:lang="nb"']))
    inner = "".join(draw(st.lists(elements(depth - 1), max_size=2))) if depth else ""
    return f"<{name}{declared}{attributes}>{draw(TEXTS)}{inner}</{name}>{draw(TEXTS)}"


@st.composite
def documents(draw: st.DrawFn) -> str:
    prefixes = draw(st.sampled_from([None, "p", "q p", "none q"]))
    one, two = draw(elements()), draw(elements())
    declared = draw(DECLARATIONS)
    default = draw(st.sampled_from(["", ' xmlns="urn:o"']))
    return (
        f'<r xmlns:p="urn:p" xmlns:q="urn:q"{default}>'
        f"<h>{template(prefixes, ['#one', '#two'])}</h>"
        f'<x Id="one"{declared}>{one}</x><y Id="two">{two}</y></r>'
    )


@pytest.mark.slow
@settings(max_examples=examples(1.5), deadline=None, suppress_health_check=list(HealthCheck))
@given(document=documents())
def test_what_libxmlsec_signs_is_read_as_signxml_reads_it(
    document: str, avsender_issued: Issued, moment: datetime
) -> None:
    root = signed(document, avsender_issued)
    (signature,) = root.findall(".//ds:Signature", PREFIXES)
    covered = {"#one": root[1], "#two": root[2]}
    certificate = avsender_issued.certificate

    ours = verify(signature, covered, certificate=certificate, moment=moment)

    theirs = by_signxml.verify(signature, covered, certificate=certificate, moment=moment)
    assert {uri: exclusive(one) for uri, one in ours.items()} == {
        uri: exclusive(one) for uri, one in theirs.items()
    }


@pytest.mark.parametrize("default", ["", ' xmlns="urn:o"'])
def test_an_empty_list_of_prefixes_declares_no_more_than_none_does(
    default: str, avsender_issued: Issued, moment: datetime
) -> None:
    # signxml is no witness here: it takes the empty list for one empty prefix, and what libxml2
    # makes of that depends on what the process has parsed before.
    root = signed(
        f'<r xmlns:p="urn:p"{default}><h>{template("", ["#one", "#two"])}</h>'
        '<x Id="one"><a/></x><y Id="two"><p:a xmlns="urn:d"/></y></r>',
        avsender_issued,
    )
    (signature,) = root.findall(".//ds:Signature", PREFIXES)
    covered = {"#one": root[1], "#two": root[2]}

    found = verify(signature, covered, certificate=avsender_issued.certificate, moment=moment)

    assert [exclusive(one) for one in found.values()] == [exclusive(root[1]), exclusive(root[2])]


@settings(max_examples=examples(0.6), deadline=None, suppress_health_check=list(HealthCheck))
@given(document=documents(), place=st.integers(0, 10_000))
def test_a_changed_document_is_judged_as_signxml_judges_it(
    document: str, place: int, avsender_issued: Issued, moment: datetime
) -> None:
    written = bytearray(etree.tostring(signed(document, avsender_issued)))
    written[place % len(written)] ^= 1
    try:
        root = parse(bytes(written))
        (signature,) = root.findall(".//ds:Signature", PREFIXES)
        covered = {"#one": root[1], "#two": root[2]}
    except Exception:
        return

    def verdict(verifier: object) -> dict[str, bytes] | None:
        try:
            found = verifier(  # type: ignore[operator]
                signature, covered, certificate=avsender_issued.certificate, moment=moment
            )
        except SignatureError:
            return None
        return {uri: exclusive(one) for uri, one in found.items()}

    assert verdict(verify) == verdict(by_signxml.verify)


def test_a_default_namespace_in_a_prefix_list_is_refused_as_signxml_refuses_it(
    avsender_issued: Issued, moment: datetime
) -> None:
    # lxml knows no such prefix, so what is signed cannot be told; nobody on the wires writes it.
    document = f'<r xmlns="urn:o"><h>{template("#default", ["#one"])}</h><x Id="one"/></r>'
    root = signed(document, avsender_issued)
    (signature,) = root.findall(".//ds:Signature", PREFIXES)
    for verifier in (verify, by_signxml.verify):
        with pytest.raises(SignatureError, match="does not hold"):
            verifier(
                signature,
                {"#one": root[1]},
                certificate=avsender_issued.certificate,
                moment=moment,
            )


def test_a_prefix_list_is_not_without_end(avsender_issued: Issued, moment: datetime) -> None:
    prefixes = " ".join(f"p{number}" for number in range(65))
    root = signed(f'<r><h>{template(prefixes, ["#one"])}</h><x Id="one"/></r>', avsender_issued)
    (signature,) = root.findall(".//ds:Signature", PREFIXES)
    with pytest.raises(SignatureError, match="PrefixList"):
        verify(signature, {"#one": root[1]}, certificate=avsender_issued.certificate, moment=moment)
