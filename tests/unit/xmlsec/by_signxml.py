"""signxml as a witness: the same signatures, verified by a library that is not ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from sdp.errors import SignatureError
from sdp.xmlsec import names
from sdp.xmlsec.names import DS, PREFIXES
from sdp.xmlsec.parser import hardened_parser
from sdp.xmlsec.verifying import binary_content, check_algorithm, check_ids, has_children

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from cryptography import x509
    from signxml.verifier import VerifyResult

# What signxml does with other URIs, such as "##id" or "#xpointer(...)", is never to be found out.
_LOCAL_URI: Final = re.compile(r"#[A-Za-z_][\w.-]*")

_PARTS_OF_SIGNATURE: Final = ("SignedInfo", "SignatureValue", "KeyInfo")
_PARTS_OF_REFERENCE: Final = ("Transforms", "DigestMethod", "DigestValue")


def verify(
    signature: etree._Element,
    covered: Mapping[str, etree._Element],
    *,
    certificate: x509.Certificate,
    moment: datetime,
) -> dict[str, etree._Element]:
    """Verify as `sdp.xmlsec.verify` does; the form is checked alike, the rest by signxml."""
    root = signature.getroottree().getroot()
    location = _location(signature, root)
    check_ids(root)
    _check_form(signature, covered)
    configuration = SignatureConfiguration(
        location=location,
        expect_references=len(covered),
        signature_methods=frozenset({SignatureMethod.RSA_SHA256}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
        ignore_ambiguous_key_info=True,  # the key is the given certificate's; no other is read
        verification_time=moment,
        default_reference_c14n_method=CanonicalizationMethod.CANONICAL_XML_1_0,
    )
    try:
        found = XMLVerifier().verify(
            root,
            x509_cert=certificate,
            parser=hardened_parser(),
            expect_config=configuration,
            validate_schema=False,  # it knows no InclusiveNamespaces, and _check_form is stricter
        )
    except (SignXMLException, InvalidSignature, etree.LxmlError, ValueError, TypeError) as error:
        raise SignatureError("The signature does not hold.") from error
    results = found if isinstance(found, list) else [found]
    uris = [reference.get("URI", "") for reference in _references(signature)]
    return {
        uri: _signed_element(result, covered[uri])
        for uri, result in zip(uris, results, strict=True)
    }


def _signed_element(result: VerifyResult, expected: etree._Element) -> etree._Element:
    signed = result.signed_xml
    if signed is None or signed.tag != expected.tag:
        raise SignatureError("The signature covers something other than it should.")
    return signed


def _location(signature: etree._Element, root: etree._Element) -> str:
    above = [str(node.tag) for node in signature.iterancestors()]
    location = "/".join([".", *reversed(above[:-1]), ""])
    if root.findall(f"{location}ds:Signature", PREFIXES) != [signature]:
        raise SignatureError("There must be exactly one signature in its place.")
    return location


def _check_form(signature: etree._Element, covered: Mapping[str, etree._Element]) -> None:
    if not has_children(signature, _PARTS_OF_SIGNATURE):
        raise SignatureError("The signature must be SignedInfo, SignatureValue and KeyInfo.")
    signed_info, signature_value, _ = signature
    binary_content(signature_value)
    if len(signed_info) < 3:
        raise SignatureError("SignedInfo is not complete.")
    canonicalization, method, *references = signed_info
    check_algorithm(canonicalization, "CanonicalizationMethod", {names.EXCLUSIVE_C14N})
    check_algorithm(method, "SignatureMethod", {names.RSA_SHA256})
    for reference in references:
        _check_reference(reference)
    uris = [reference.get("URI") for reference in references]
    if sorted(map(str, uris)) != sorted(covered):
        raise SignatureError("The signature is not over exactly the parts it should be over.")


def _check_reference(reference: etree._Element) -> None:
    uri = reference.get("URI", "")
    if uri and not _LOCAL_URI.fullmatch(uri):
        raise SignatureError("A reference of the signature leads outside the message.")
    if reference.tag != f"{{{DS}}}Reference" or not has_children(reference, _PARTS_OF_REFERENCE):
        raise SignatureError("A reference must be Transforms, DigestMethod and DigestValue.")
    transforms, digest_method, digest_value = reference
    if len(transforms) != 1:
        raise SignatureError("A reference of the signature must have one transform.")
    expected = names.EXCLUSIVE_C14N if uri else names.ENVELOPED
    check_algorithm(transforms[0], "Transform", {expected})
    check_algorithm(digest_method, "DigestMethod", {names.SHA256})
    binary_content(digest_value)


def _references(signature: etree._Element) -> Sequence[etree._Element]:
    return signature.findall("ds:SignedInfo/ds:Reference", PREFIXES)
