"""libxmlsec as a witness of whole messages, attachment included.

libxmlsec knows every algorithm of the profile but the one that says "an attachment, as it is". That
transform does nothing, so it is registered here as a copy of one that libxmlsec itself has for
handing bytes through unchanged, under the name of the profile. Attachments are given to it through
its own callbacks. Canonicalisation, digests and signature are then all computed by libxmlsec.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Mapping
from functools import cache

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from sdp.testmiljo.names import ATTACHMENT_CONTENT, PREFIXES, WSU

_DIGITAL_SIGNATURE_TRANSFORM = 0x0002


class _TransformKlass(ctypes.Structure):
    """The start of xmlSecTransformKlass; its functions are copied unseen."""

    _fields_ = (
        ("klass_size", ctypes.c_size_t),
        ("object_size", ctypes.c_size_t),
        ("name", ctypes.c_char_p),
        ("href", ctypes.c_char_p),
        ("usage", ctypes.c_uint),
        ("functions", ctypes.c_void_p * 15),
    )


@cache
def _register_attachment_transform() -> _TransformKlass:
    library = ctypes.CDLL(xmlsec.__file__)
    library.xmlSecTransformMemBufGetKlass.restype = ctypes.POINTER(_TransformKlass)
    library.xmlSecTransformIdsRegister.argtypes = [ctypes.POINTER(_TransformKlass)]
    unchanged = library.xmlSecTransformMemBufGetKlass().contents
    assert unchanged.klass_size == ctypes.sizeof(_TransformKlass)
    klass = _TransformKlass.from_buffer_copy(unchanged)
    klass.name = b"attachment-content"
    klass.href = ATTACHMENT_CONTENT.encode()
    klass.usage = _DIGITAL_SIGNATURE_TRANSFORM
    assert library.xmlSecTransformIdsRegister(klass) == 0
    return klass  # libxmlsec keeps a pointer to it


def verifies(
    envelope: etree._Element, certificate: x509.Certificate, attachments: Mapping[str, bytes]
) -> bool:
    """Whether the WS-Security signature and every digest in it hold.

    Args:
        envelope: the SOAP envelope.
        certificate: whose key must have signed.
        attachments: the bytes of each attachment, by Content-ID.
    """
    _register_attachment_transform()
    (signature,) = envelope.findall("env:Header/wsse:Security/ds:Signature", PREFIXES)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(
        certificate.public_bytes(Encoding.PEM), xmlsec.constants.KeyDataFormatCertPem
    )
    for element in envelope.iter():
        if element.get(f"{{{WSU}}}Id"):
            context.register_id(element, "Id", WSU)

    def opened(uri: bytes) -> io.BytesIO | None:
        content = attachments.get(uri.decode().removeprefix("cid:"))
        return None if content is None else io.BytesIO(content)

    xmlsec.cleanup_callbacks()
    xmlsec.register_callbacks(lambda _: True, opened, io.BytesIO.readinto, io.BytesIO.close)
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    finally:
        xmlsec.cleanup_callbacks()
        xmlsec.register_default_callbacks()
    return True
