"""XML that is signed: read with care, written in canonical form, verified with one verifier."""

from sdp.xmlsec.canonical import cut_out, exclusive, inclusive
from sdp.xmlsec.certificates import base64_der, binary_content, read_certificate
from sdp.xmlsec.form import check_algorithm, check_ids, has_children
from sdp.xmlsec.parser import parse
from sdp.xmlsec.signing import Reference, Transform, signature
from sdp.xmlsec.verifying import verify

__all__ = [
    "Reference",
    "Transform",
    "base64_der",
    "binary_content",
    "check_algorithm",
    "check_ids",
    "cut_out",
    "exclusive",
    "has_children",
    "inclusive",
    "parse",
    "read_certificate",
    "signature",
    "verify",
]
