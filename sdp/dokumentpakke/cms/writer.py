"""Streaming encryption as CMS EnvelopedData (RFC 5652), in BER.

The content is a constructed OCTET STRING of indefinite length, so that its size need not be known
in advance.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

from sdp.dokumentpakke.cms import der
from sdp.dokumentpakke.ring import Ring
from sdp.errors import CertificateError, CertificateProblem
from sdp.pki.cache import remembered
from sdp.pki.certificates import der_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

_BLOCK = 16
_PIECE = 64 * 1024
_ROOM = 8
"""Bytes before each piece for the tag and length of its OCTET STRING."""
_INDEFINITE = b"\x80"
_END = b"\x00\x00"
_OPEN_CONTENT = bytes([der.CONTEXT_0]) + _INDEFINITE
_SHA256 = der.tlv(der.SEQUENCE, der.SHA256, der.NULL)
_OAEP_SHA256 = der.tlv(
    der.SEQUENCE,
    der.RSAES_OAEP,
    der.tlv(
        der.SEQUENCE,
        der.tlv(der.CONTEXT_0, _SHA256),
        der.tlv(der.CONTEXT_1, der.tlv(der.SEQUENCE, der.MGF1, _SHA256)),
    ),
)

_OAEP = OAEP(mgf=MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


class CmsWriter:
    """Encrypts what is written to it for the holder of one certificate (AES-256-CBC, RSA-OAEP).

    Each write becomes one or more OCTET STRINGs. As a context manager it ends the thread that it
    may have; `close` belongs inside the block.

    Args:
        certificate: the recipient's.
        write: takes the encrypted bytes, piece by piece, and must be done with a piece when it
            returns.
        piece: the most that is encrypted at once, in bytes.
        threaded: write on a thread of its own.

    Raises:
        CertificateError: the certificate cannot be encrypted for.
    """

    def __init__(
        self,
        certificate: x509.Certificate,
        write: Callable[[memoryview], object],
        *,
        piece: int = _PIECE,
        threaded: bool = False,
    ) -> None:
        key, iv = os.urandom(32), os.urandom(_BLOCK)
        head = _head(certificate, key, iv)
        self._encrypt = Cipher(AES256(key), CBC(iv)).encryptor()
        self._piece = piece
        self._length = 0
        self._ring = Ring(write, max(_ROOM + piece + 2 * _BLOCK, len(head)), threaded=threaded)
        self._put(head)

    def write(self, data: Buffer) -> None:
        """Encrypt more of the content."""
        view = memoryview(data)
        for start in range(0, len(view), self._piece):
            self._encrypt_piece(view[start : start + self._piece])

    def close(self) -> None:
        """Write the padding and the end."""
        padding = _BLOCK - self._length % _BLOCK
        # [0] of the content, EncryptedContentInfo, EnvelopedData, [0] around it, ContentInfo
        self._encrypt_piece(bytes([padding]) * padding, end=_END * 5)
        self._encrypt.finalize()

    def __enter__(self) -> Self:
        self._ring.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._ring.__exit__(kind)

    def _encrypt_piece(self, data: bytes | memoryview, end: bytes = b"") -> None:
        self._length += len(data)
        buffer = self._ring.take()
        view = memoryview(buffer)
        count = self._encrypt.update_into(data, view[_ROOM:])
        start = _ROOM
        if count:
            head = bytes([der.OCTET_STRING]) + der.length(count)
            start -= len(head)
            view[start:_ROOM] = head
        stop = _ROOM + count + len(end)
        view[_ROOM + count : stop] = end
        self._ring.pass_on(buffer, view[start:stop])

    def _put(self, data: bytes) -> None:
        buffer = self._ring.take()
        view = memoryview(buffer)
        view[: len(data)] = data
        self._ring.pass_on(buffer, view[: len(data)])


@dataclass(frozen=True, slots=True)
class _Recipient:
    """The key of a certificate, and what stands in the head of every package for it.

    Attributes:
        key: encrypts the key of a package.
        before: the head up to that encrypted key.
        between: what follows it, up to the initialization vector.
    """

    key: rsa.RSAPublicKey
    before: bytes
    between: bytes


def _head(certificate: x509.Certificate, key: bytes, iv: bytes) -> bytes:
    recipient = _recipient(certificate)
    wrapped = recipient.key.encrypt(key, _OAEP)
    return b"".join([recipient.before, wrapped, recipient.between, iv, _OPEN_CONTENT])


@remembered(64)  # there are few mailboxes, and each gets many letters
def _recipient(certificate: x509.Certificate) -> _Recipient:
    public_key = certificate.public_key()
    if not isinstance(public_key, rsa.RSAPublicKey):
        raise CertificateError(
            CertificateProblem.FORMAT, "The recipient's certificate has no RSA key."
        )
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        usage = None
    if usage is not None and not usage.key_encipherment:
        raise CertificateError(
            CertificateProblem.KEY_USAGE,
            "The recipient's certificate may not be used for encrypting keys.",
        )
    named = der.issuer_and_serial_number(der_of(certificate))
    before, between = _around_the_key(named, (public_key.key_size + 7) // 8)
    return _Recipient(public_key, before, between)


def _around_the_key(recipient_id: bytes, key_bytes: int) -> tuple[bytes, bytes]:
    """Write the head before an encrypted key of so many bytes, and after it."""
    blank = bytes(key_bytes)
    recipient = der.tlv(
        der.SEQUENCE,
        der.integer(0),
        recipient_id,
        _OAEP_SHA256,
        der.tlv(der.OCTET_STRING, blank),
    )
    algorithm = der.tlv(der.SEQUENCE, der.AES256_CBC, der.tlv(der.OCTET_STRING, bytes(_BLOCK)))
    before = b"".join(
        [
            bytes([der.SEQUENCE]) + _INDEFINITE + der.ENVELOPED_DATA,
            bytes([der.CONTEXT_0]) + _INDEFINITE,
            bytes([der.SEQUENCE]) + _INDEFINITE + der.integer(0),
            der.tlv(der.SET, recipient),
        ]
    )
    between = bytes([der.SEQUENCE]) + _INDEFINITE + der.DATA + algorithm
    return before.removesuffix(blank), between[:-_BLOCK]
