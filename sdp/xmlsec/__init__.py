"""XML that is signed: read with care, written in canonical form, verified with one verifier."""

from sdp.xmlsec.canonical import cut_out, exclusive, inclusive
from sdp.xmlsec.certificates import base64_der, binary_content, read_certificate
from sdp.xmlsec.parser import parse
from sdp.xmlsec.signing import Reference, Transform, signature
from sdp.xmlsec.verifying import verify

__all__ = [
    "Reference",
    "Transform",
    "base64_der",
    "binary_content",
    "cut_out",
    "exclusive",
    "inclusive",
    "parse",
    "read_certificate",
    "signature",
    "verify",
]
