"""libxmlsec as a witness of whole messages, attachment included.

libxmlsec knows every algorithm of the profile but the one that says "an attachment, as it is". That
transform hands bytes on unchanged, so it is added here, and attachments are handed over through
libxmlsec's own callbacks. Canonicalisation, digests and signature are all computed by libxmlsec.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Mapping
from functools import cache
from typing import Any

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from sdp.testmiljo.validators.names import ATTACHMENT_CONTENT, PREFIXES, WSU

_SIGNATURE_TRANSFORM = 0x0001
_GET_DATA_TYPE, _PUSH, _POP = 7, 8, 9

_PUSH_ARGUMENTS: list[Any] = [
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.c_int,
    ctypes.c_void_p,
]
_Push = ctypes.CFUNCTYPE(ctypes.c_int, *_PUSH_ARGUMENTS)


class _Klass(ctypes.Structure):
    """xmlSecTransformKlass."""

    _fields_ = (
        ("klass_size", ctypes.c_size_t),
        ("object_size", ctypes.c_size_t),
        ("name", ctypes.c_char_p),
        ("href", ctypes.c_char_p),
        ("usage", ctypes.c_uint),
        ("functions", ctypes.c_void_p * 15),
    )


class _Transform(ctypes.Structure):
    """The start of xmlSecTransform."""

    _fields_ = (
        ("klass", ctypes.c_void_p),
        ("operation", ctypes.c_int),
        ("status", ctypes.c_int),
        ("here", ctypes.c_void_p),
        ("next", ctypes.c_void_p),
    )


@cache
def _know_attachments() -> tuple[Any, ...]:
    library = ctypes.CDLL(xmlsec.__file__)
    library.xmlSecTransformMemBufGetKlass.restype = ctypes.POINTER(_Klass)
    library.xmlSecTransformPushBin.argtypes = _PUSH_ARGUMENTS
    library.xmlSecTransformIdsRegister.argtypes = [ctypes.POINTER(_Klass)]
    model = library.xmlSecTransformMemBufGetKlass().contents
    get_data_type = ctypes.cast(library.xmlSecTransformDefaultGetDataType, ctypes.c_void_p)
    assert model.klass_size == ctypes.sizeof(_Klass)
    assert model.functions[_GET_DATA_TYPE] == get_data_type.value

    def hand_on(transform: int, data: int, size: int, final: int, context: int) -> int:
        following = _Transform.from_address(transform).next
        pushed: int = library.xmlSecTransformPushBin(following, data, size, final, context)
        return pushed

    push = _Push(hand_on)
    klass = _Klass(model.klass_size, model.object_size, b"attachment", ATTACHMENT_CONTENT.encode())
    klass.usage = _SIGNATURE_TRANSFORM
    klass.functions[_GET_DATA_TYPE] = get_data_type.value
    klass.functions[_POP] = model.functions[_POP]  # says that bytes come out; is never called
    klass.functions[_PUSH] = ctypes.cast(push, ctypes.c_void_p).value
    assert library.xmlSecTransformIdsRegister(klass) == 0
    return klass, push  # libxmlsec keeps pointers to both


def verifies(
    envelope: etree._Element, certificate: x509.Certificate, attachments: Mapping[str, bytes]
) -> bool:
    """Whether the WS-Security signature and every digest in it hold.

    Args:
        envelope: the SOAP envelope.
        certificate: whose key must have signed.
        attachments: the bytes of each attachment, by Content-ID.
    """
    _know_attachments()
    (signature,) = envelope.findall("env:Header/wsse:Security/ds:Signature", PREFIXES)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(
        certificate.public_bytes(Encoding.PEM), xmlsec.constants.KeyDataFormatCertPem
    )
    for element in envelope.iter():
        if element.get(f"{{{WSU}}}Id"):
            context.register_id(element, "Id", WSU)

    def opened(uri: bytes) -> io.BytesIO:
        return io.BytesIO(attachments[uri.decode().removeprefix("cid:")])

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
