from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from sdp.errors import SignatureError
from sdp.xmlsec.canonical import cut_out, exclusive, inclusive
from sdp.xmlsec.writing import attribute, element, leaf
from tests.strategies import tekster


@given(text=tekster(0, 60), value=tekster(0, 60))
def test_what_is_written_is_its_own_canonical_form(text: str, value: str) -> None:
    written = element(
        "a:one",
        leaf("a:two", text, {"name": value}),
        element("b:three", attributes={"xmlns:b": "urn:b", "href": value, "b:id": value}),
        attributes={"xmlns:a": "urn:a"},
    ).encode()

    root = etree.fromstring(written)
    assert inclusive(root) == exclusive(root) == written
    assert root[0].text == (text or None)
    assert root[0].get("name") == value


@given(st.text(st.sampled_from("&<>\"'\t\n\r"), max_size=10))
def test_no_attribute_value_breaks_out_of_its_quotes(value: str) -> None:
    assert etree.fromstring(f'<a b="{attribute(value)}"/>').get("b") == value


def test_a_document_is_cut_out_with_its_own_namespaces_and_none_of_its_surroundings() -> None:
    around = etree.fromstring(
        '<e:around xmlns:e="urn:e" xmlns:unused="urn:u"> <d:doc xmlns:d="urn:d" '
        'xmlns:declared="urn:declared"><d:child/></d:doc> </e:around>'
    )

    assert inclusive(cut_out(around[0])) == (
        b'<d:doc xmlns:d="urn:d" xmlns:declared="urn:declared"><d:child></d:child></d:doc>'
    )


def test_a_document_that_borrows_a_namespace_takes_it_along() -> None:
    around = etree.fromstring('<e:around xmlns:e="urn:e" xmlns:d="urn:d"><d:doc/></e:around>')

    assert inclusive(cut_out(around[0])) == b'<d:doc xmlns:d="urn:d"></d:doc>'


def test_a_relative_namespace_has_no_canonical_form() -> None:
    document = etree.fromstring('<a:one xmlns:a="urn:a"><b:two xmlns:b="htt../b"/></a:one>')

    for canonicalize in (inclusive, exclusive):
        with pytest.raises(SignatureError, match="no canonical form"):
            canonicalize(document)
