"""Verifies signatures with libxmlsec, which decides nothing about form or trust."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING

import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography import x509
    from lxml import etree

_io = threading.Lock()


def holds(
    signature: etree._Element,
    certificate: x509.Certificate,
    *,
    ids: tuple[etree._Element, ...] = (),
) -> bool:
    """Tell whether a signature, and every digest in it, holds under the key of the certificate.

    Args:
        signature: the ds:Signature, in its document.
        certificate: whose key must have signed.
        ids: elements that references may point at by their `Id`.
    """
    context = xmlsec.SignatureContext()
    try:
        context.key = xmlsec.Key.from_memory(
            certificate.public_bytes(Encoding.PEM), xmlsec.constants.KeyDataFormatCertPem
        )
        for element in ids:
            context.register_id(element, "Id")
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True


def holds_over_files(
    signature: etree._Element,
    certificate: x509.Certificate,
    files: Mapping[str, bytes],
    *,
    ids: tuple[etree._Element, ...],
) -> bool:
    """Tell the same, for a signature with references to files, by their names.

    libxmlsec opens files through callbacks it has one set of. Ours take the place of its own for
    as long as this lasts, so that it can open nothing but these files.
    """

    def known(uri: bytes) -> bytes | None:
        name = uri.decode(errors="replace")  # the escapes are undone, but for a space written as +
        return files.get(name, files.get(name.replace("+", " ")))

    def matches(uri: bytes) -> bool:
        return known(uri) is not None

    def opened(uri: bytes) -> io.BytesIO:
        return io.BytesIO(known(uri) or b"")

    with _io:
        xmlsec.cleanup_callbacks()
        xmlsec.register_callbacks(matches, opened, io.BytesIO.readinto, io.BytesIO.close)
        try:
            return holds(signature, certificate, ids=ids)
        finally:
            xmlsec.cleanup_callbacks()
            xmlsec.register_default_callbacks()
