"""Attacks on signed XML, as changes of a tree around one of its signatures."""

from __future__ import annotations

import copy
from collections.abc import Callable

from lxml import etree

from sdp.testmiljo.validators.names import DS, EC, ENVELOPED, SHA1, WSSE, WSU, XML

Attack = Callable[[etree._Element, etree._Element], None]
"""Changes a tree, around one signature in it."""

_XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
_XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
_XPATH2 = "http://www.w3.org/2002/06/xmldsig-filter2"
_BASE64 = "http://www.w3.org/2000/09/xmldsig#base64"
_COMMENTS = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"
_HMAC = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
_RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
_RSA_MD5 = "http://www.w3.org/2001/04/xmldsig-more#rsa-md5"
_ID = f"{{{WSU}}}Id"


def _ds(name: str) -> str:
    return f"{{{DS}}}{name}"


def _all(signature: etree._Element, name: str) -> list[etree._Element]:
    return list(signature.iter(_ds(name)))


def _first(signature: etree._Element, name: str) -> etree._Element:
    return _all(signature, name)[0]


def _set(name: str, algorithm: str) -> Attack:
    def change(_: etree._Element, signature: etree._Element) -> None:
        for element in _all(signature, name):
            element.set("Algorithm", algorithm)

    return change


def _add_transform(algorithm: str, *content: str) -> Attack:
    def change(_: etree._Element, signature: etree._Element) -> None:
        for transforms in _all(signature, "Transforms"):
            added = etree.SubElement(transforms, _ds("Transform"), Algorithm=algorithm)
            added.extend(etree.fromstring(each) for each in content)

    return change


def _text(name: str, change: Callable[[str], str]) -> Attack:
    def changed(_: etree._Element, signature: etree._Element) -> None:
        element = _first(signature, name)
        element.text = change(element.text or "")

    return changed


def _another(value: str) -> str:
    """Base64 of other bytes, as many."""
    value = value.strip()
    return ("B" if value.startswith("A") else "A") + value[1:]


def _doubled_signature(_: etree._Element, signature: etree._Element) -> None:
    signature.addnext(copy.deepcopy(signature))


def _signature_moved_to_the_end(root: etree._Element, signature: etree._Element) -> None:
    root.append(signature)


def _no_signature(_: etree._Element, signature: etree._Element) -> None:
    parent = signature.getparent()
    assert parent is not None
    parent.remove(signature)


def _extra_reference(_: etree._Element, signature: etree._Element) -> None:
    reference = _first(signature, "Reference")
    reference.addnext(copy.deepcopy(reference))


def _reference_dropped(_: etree._Element, signature: etree._Element) -> None:
    reference = _all(signature, "Reference")[-1]
    parent = reference.getparent()
    assert parent is not None
    parent.remove(reference)


def _manifest_of_references(_: etree._Element, signature: etree._Element) -> None:
    holder = etree.SubElement(signature, _ds("Object"))
    manifest = etree.SubElement(holder, _ds("Manifest"), Id="manifest")
    manifest.extend(_all(signature, "Reference"))


def _uri(value: str | None) -> Attack:
    def change(_: etree._Element, signature: etree._Element) -> None:
        reference = _first(signature, "Reference")
        if value is None:
            del reference.attrib["URI"]
        else:
            reference.set("URI", value)

    return change


def _key_value(_: etree._Element, signature: etree._Element) -> None:
    value = etree.SubElement(_first(signature, "KeyInfo"), _ds("KeyValue"))
    rsa = etree.SubElement(value, _ds("RSAKeyValue"))
    etree.SubElement(rsa, _ds("Modulus")).text = "AQAB"
    etree.SubElement(rsa, _ds("Exponent")).text = "AQAB"


def _content_swapped(root: etree._Element, signature: etree._Element) -> None:
    """Hide what is signed in an Object of the signature, and put a copy that lies in its place."""
    signed = _signed(root, signature)
    forged = copy.deepcopy(signed)
    for element in forged.iter():
        if isinstance(element.tag, str) and not len(element) and element.text:
            element.text = "1" + element.text
            break
    parent = signed.getparent()
    if parent is None:
        signature.append(etree.SubElement(signature, _ds("Object")))
        etree.SubElement(signature, _ds("Object")).append(copy.deepcopy(forged))
        _lie(root)
        return
    parent.replace(signed, forged)
    etree.SubElement(signature, _ds("Object")).append(signed)


def _lie(root: etree._Element) -> None:
    for element in root.iter():
        inside = any(parent.tag == _ds("Signature") for parent in element.iterancestors())
        if isinstance(element.tag, str) and not len(element) and element.text and not inside:
            element.text = "1" + element.text
            return


def _same_id_elsewhere(root: etree._Element, signature: etree._Element) -> None:
    signed = _signed(root, signature)
    decoy = etree.Element("decoy")
    for name in ("Id", "ID", "id", _ID, f"{{{XML}}}id"):
        if name in signed.attrib:
            decoy.set(name, signed.get(name) or "")
    decoy.set("Id", signed.get(_ID) or signed.get("Id") or "x")
    root.insert(0, decoy)
    decoy.append(copy.deepcopy(signed))


def _signed(root: etree._Element, signature: etree._Element) -> etree._Element:
    for reference in _all(signature, "Reference"):
        uri = (reference.get("URI") or "").removeprefix("#")
        for element in root.iter():
            if uri and uri in (element.get(_ID), element.get("Id")):
                return element
    return root


def _second_security(root: etree._Element, signature: etree._Element) -> None:
    for security in list(root.iter(f"{{{WSSE}}}Security")):
        security.addnext(copy.deepcopy(security))
        return
    _doubled_signature(root, signature)


def _comment_in_every_text(root: etree._Element, signature: etree._Element) -> None:
    inside = set(signature.iter())
    for element in list(root.iter()):
        text = element.text
        if isinstance(element.tag, str) and element not in inside and text and not len(element):
            element.text = text[:1]
            comment = etree.Comment("x")
            comment.tail = text[1:]
            element.insert(0, comment)


REFUSED: dict[str, Attack] = {
    "no signature": _no_signature,
    "two signatures": _doubled_signature,
    "signature elsewhere": _signature_moved_to_the_end,
    "two security headers": _second_security,
    "one reference twice": _extra_reference,
    "a reference dropped": _reference_dropped,
    "references in a manifest": _manifest_of_references,
    "a reference to nothing": _uri(None),
    "a reference to the whole": _uri(""),
    "a reference to the root": _uri("#xpointer(/)"),
    "a reference outside": _uri("https://example.com/"),
    "a reference to a file": _uri("file:///etc/passwd"),
    "the signed content hidden and another in its place": _content_swapped,
    "the id of the signed content elsewhere": _same_id_elsewhere,
    "SHA-1 digests": _set("DigestMethod", SHA1),
    "RSA with SHA-1": _set("SignatureMethod", _RSA_SHA1),
    "RSA with MD5": _set("SignatureMethod", _RSA_MD5),
    "HMAC": _set("SignatureMethod", _HMAC),
    "another canonicalization": _set("CanonicalizationMethod", _COMMENTS),
    "a transform that keeps comments": _set("Transform", _COMMENTS),
    "an XSLT transform": _add_transform(
        _XSLT, '<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0"/>'
    ),
    "an XPath transform": _add_transform(_XPATH, f'<XPath xmlns="{DS}">false()</XPath>'),
    "an XPath filter": _add_transform(
        _XPATH2, f'<XPath xmlns="{_XPATH2}" Filter="subtract">/</XPath>'
    ),
    "a base64 transform": _add_transform(_BASE64),
    "an enveloped transform more": _add_transform(ENVELOPED),
    "a canonicalization more": _add_transform(EC),
    "another digest": _text("DigestValue", _another),
    "no digest": _text("DigestValue", lambda _: ""),
    "another signature value": _text("SignatureValue", _another),
    "no signature value": _text("SignatureValue", lambda _: ""),
    "a signature value that is no base64": _text("SignatureValue", lambda value: value + "!"),
}
"""Each must be refused, whatever it is applied to."""

NEVER_BELIEVED: dict[str, Attack] = {
    "a bare key beside the certificate": _key_value,
    "a comment in every text": _comment_in_every_text,
}
"""Each is refused, or changes nothing of what is read."""
