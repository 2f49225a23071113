"""Signs a changed XAdES signature anew, so that what is read behind the signature check is reached.

A change of one byte of what is signed ends at the check, whatever the code behind it would do.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode

from lxml import etree

from sdp.pki import Identity
from sdp.pki.certificates import base64_der
from sdp.xmlsec import Reference, Transform, inclusive, signature
from sdp.xmlsec.writing import element, leaf

_DS = "http://www.w3.org/2000/09/xmldsig#"
_XADES = "http://uri.etsi.org/01903/v1.3.2#"


def unsigned(data: bytes) -> bytes:
    """Take out of a good XAdES signature what `resigned` puts in anew."""
    return re.sub(rb"<SignatureValue>.*</KeyInfo>", b"", data)


def resigned(data: bytes, signer: Identity) -> bytes:
    """Put the digest of the signed properties, the signature and the certificate in their places.

    What is no longer XML is read as far as it can be. What has lost its parts is left as it is.
    """
    try:
        root = etree.fromstring(data, etree.XMLParser(recover=True, resolve_entities=False))
        return _resigned(root, signer) or data
    except (etree.LxmlError, AttributeError):  # None is left of it, or it has no canonical form
        return data


def signed_document(data: bytes, signer: Identity) -> bytes:
    """Sign a StandardBusinessDocument as a whole, with the signature first in its second part.

    What cannot be canonicalised, or has no second part, is left as it is.
    """
    try:
        root = etree.fromstring(data, etree.XMLParser(recover=True, resolve_entities=False))
        content = inclusive(etree.fromstring(etree.tostring(root)))
        certificate = leaf("ds:X509Certificate", base64_der(signer.certificate))
        reference = Reference.of("", Transform.ENVELOPED, content)
        document = etree.fromstring(content)
        made = etree.fromstring(signature([reference], signer, element("ds:X509Data", certificate)))
        document[1].insert(0, made)
        return etree.tostring(document)
    except (etree.LxmlError, AttributeError, TypeError, IndexError):
        return data


def _resigned(root: etree._Element, signer: Identity) -> bytes | None:
    signature, info, properties = (
        next(root.iter(name), None)
        for name in (
            f"{{{_DS}}}Signature",
            f"{{{_DS}}}SignedInfo",
            f"{{{_XADES}}}SignedProperties",
        )
    )
    if signature is None or info is None:
        return None
    digests = list(info.iter(f"{{{_DS}}}DigestValue"))
    if properties is not None and digests:
        digests[-1].text = b64encode(hashlib.sha256(_in_place(properties)).digest()).decode()
    value = signer.sign(hashlib.sha256(_in_place(info)).digest())
    written, key = (etree.Element(f"{{{_DS}}}{name}") for name in ("SignatureValue", "KeyInfo"))
    written.text = b64encode(value).decode()
    holder = key
    for name in ("X509Data", "X509Certificate"):
        holder = etree.SubElement(holder, f"{{{_DS}}}{name}")
    holder.text = base64_der(signer.certificate)
    info.addnext(key)
    info.addnext(written)
    return etree.tostring(root)


def _in_place(element: etree._Element) -> bytes:
    """Inclusive canonical XML, with the namespaces of the ancestors: lxml writes those out."""
    return inclusive(etree.fromstring(etree.tostring(element, with_tail=False)))
