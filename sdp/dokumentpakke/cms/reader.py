"""Streaming decryption of CMS EnvelopedData (RFC 5652), in BER or DER.

Nothing is read but what the national profile allows: version 0, one recipient by issuer and
serial number, RSAES-OAEP with SHA-256 or SHA-1, AES-256-CBC, and no attributes.

Padding oracles: AES-CBC does not protect integrity, so an attacker who learns how a changed package
fails can decrypt another one block by block (Vaudenay, 2002). RSA has a similar attack (Manger,
2001). Therefore no error after the use of the key depends on the decrypted bytes: a key that
cannot be unwrapped is replaced by a random one, invalid padding is kept, and the content is passed
on to its end.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Protocol

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.dokumentpakke.cms import der
from sdp.errors import UnreadablePackageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sdp.pki import Decryptor, OaepHash

_BLOCK = 16
_KEY_BYTES = 32
_PIECE = 1024 * 1024
_MAX_HEAD = 64 * 1024
_MAX_DEPTH = 16
_CONSTRUCTED = 0x20
_END = (0x00, 0)
_PRIMITIVE_CONTENT = 0x80
_CONSTRUCTED_OCTET_STRING = der.OCTET_STRING | _CONSTRUCTED
# Writers cut content into strings of 1000 bytes and more. Without a bound on short ones, a package
# of empty strings would keep the reader busy for hours.
_SHORT = 256
_MAX_SHORT_STRINGS = 64 * 1024
_KEY_TRANS_RECIPIENT_INFO = [der.INTEGER, der.SEQUENCE, der.SEQUENCE, der.OCTET_STRING]
_AES256_CBC = der.AES256_CBC + bytes([der.OCTET_STRING, _BLOCK])


def _oaep_templates() -> dict[bytes, tuple[OaepHash, OaepHash]]:
    """Write out every AlgorithmIdentifier of RSAES-OAEP that is accepted, with its two hashes.

    The parameters may be left out where they are SHA-1, which RFC 4055 has as the default, and the
    hashes may have a NULL or no parameters. No other encoding of the same is read.
    """
    hashes: tuple[tuple[OaepHash, bytes], ...] = (("sha1", der.SHA1), ("sha256", der.SHA256))
    named: list[tuple[OaepHash, bytes]] = [
        (name, der.tlv(der.SEQUENCE, oid, parameters))
        for name, oid in hashes
        for parameters in (der.NULL, b"")
    ]
    digests = [("sha1", b""), *((name, der.tlv(der.CONTEXT_0, each)) for name, each in named)]
    mgfs = [
        ("sha1", b""),
        *(
            (name, der.tlv(der.CONTEXT_1, der.tlv(der.SEQUENCE, der.MGF1, each)))
            for name, each in named
        ),
    ]
    templates = {
        der.tlv(der.SEQUENCE, der.RSAES_OAEP, der.tlv(der.SEQUENCE, digest, mgf)): (name, mgf_name)
        for name, digest in digests
        for mgf_name, mgf in mgfs
    }
    return {der.tlv(der.SEQUENCE, der.RSAES_OAEP): ("sha1", "sha1"), **templates}


_OAEP: Final = _oaep_templates()


class Readable(Protocol):
    """A stream of bytes; an empty piece is its end."""

    def read(self, size: int, /) -> bytes:
        """Read at most `size` bytes."""


def decrypt(cms: Readable, decryptor: Decryptor, write: Callable[[bytes], None]) -> bool:
    """Decrypt a package from a stream to its end, piece by piece.

    Returns:
        Whether it could be decrypted. If not, what was written is of no use; tell whoever sent
        the package so in the words that are used for useless content.

    Raises:
        UnreadablePackageError: it is not such a package, or is for somebody else. Everybody who
            has the package can see that for themselves.
        IdentityError: the key cannot be used now.
    """
    ber = _Ber(cms)
    # 1. ContentInfo and EnvelopedData, version 0.
    ends = [ber.enter(der.SEQUENCE)]
    ber.expect(der.ENVELOPED_DATA)
    ends += [ber.enter(der.CONTEXT_0), ber.enter(der.SEQUENCE)]
    ber.expect(der.integer(0))
    # 2. One recipient, and 3. the content: data, encrypted with AES-256-CBC.
    recipients = ber.value(der.SET)
    ends.append(ber.enter(der.SEQUENCE))
    ber.expect(der.DATA)
    iv = _iv(ber.value(der.SEQUENCE))
    wrapped, hash_name, mgf_hash_name = _wrapped_key(recipients, decryptor)
    # 4. The key. From here on, no error may depend on what the key or the content turn out to be.
    key, is_unwrapped = _unwrapped(wrapped, decryptor, hash_name, mgf_hash_name)
    decryptor_of_content = Cipher(AES256(key), CBC(iv)).decryptor()
    last = b""
    encrypted_bytes = 0
    for encrypted in ber.octets():
        encrypted_bytes += len(encrypted)
        clear = last + decryptor_of_content.update(encrypted)
        # The last block is held back, since only the end tells that it holds the padding.
        write(clear[:-_BLOCK])
        last = clear[-_BLOCK:]
    # 5. Nothing after the content, and whole blocks.
    for end in reversed(ends):
        ber.leave(end)
    ber.expect_end()
    if encrypted_bytes % _BLOCK or not encrypted_bytes:
        raise _not_in_profile()
    decryptor_of_content.finalize()
    padding = _padding(last)
    write(last[: _BLOCK - padding])
    return is_unwrapped and padding > 0


def _wrapped_key(recipients: bytes, decryptor: Decryptor) -> tuple[bytes, OaepHash, OaepHash]:
    """Read the one KeyTransRecipientInfo: version 0, recipient, algorithm, encrypted key."""
    found = _values(recipients)
    if len(found) != 1 or found[0][0] != der.SEQUENCE:
        raise UnreadablePackageError("The package must be encrypted for exactly one recipient.")
    fields = _values(found[0][1])
    if [tag for tag, _ in fields] != _KEY_TRANS_RECIPIENT_INFO or fields[0][1] != b"\0":
        raise _not_in_profile()
    _, recipient, algorithm, (_, wrapped) = fields
    certificate = decryptor.certificate.public_bytes(Encoding.DER)
    if der.tlv(*recipient) != der.issuer_and_serial_number(certificate):
        raise UnreadablePackageError(
            "The package is encrypted for another certificate than this one.",
            remedy="Open it with the key of the certificate that it was encrypted for.",
        )
    hashes = _OAEP.get(der.tlv(*algorithm))
    if hashes is None:
        raise _not_in_profile()
    return wrapped, *hashes


def _values(content: bytes) -> list[tuple[int, bytes]]:
    try:
        return list(der.children(content))
    except der.DerError as error:
        raise _not_in_profile() from error


def _unwrapped(
    wrapped: bytes, decryptor: Decryptor, hash_name: OaepHash, mgf_hash_name: OaepHash
) -> tuple[bytes, bool]:
    """Unwrap the key of the content; where that fails, make one up."""
    made_up = os.urandom(_KEY_BYTES)
    try:
        key = decryptor.unwrap(wrapped, hash_name=hash_name, mgf_hash_name=mgf_hash_name)
    except UnreadablePackageError:
        return made_up, False
    return (key, True) if len(key) == _KEY_BYTES else (made_up, False)


def _iv(algorithm: bytes) -> bytes:
    template, iv = algorithm[:-_BLOCK], algorithm[-_BLOCK:]
    if template != _AES256_CBC or len(iv) != _BLOCK:
        raise _not_in_profile()
    return iv


def _padding(block: bytes) -> int:
    """Count the bytes of padding at the end of the last block; 0 where it is wrong."""
    count = block[-1]
    if 1 <= count <= _BLOCK and block[-count:] == bytes([count]) * count:
        return count
    return 0


def _not_in_profile() -> UnreadablePackageError:
    return UnreadablePackageError(
        "The package is not CMS EnvelopedData as the national profile has it."
    )


class _Ber:
    """Reads BER from a stream, value by value."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._position = 0
        self._short_strings = 0

    def enter(self, tag: int) -> int | None:
        """Go into a constructed value; returns where it ends, or None if an end mark tells."""
        found, length = self._header()
        if found != tag:
            raise _not_in_profile()
        return None if length is None else self._position + length

    def leave(self, end: int | None) -> None:
        """Leave a value that was entered; nothing of it may be left."""
        if end is None:
            if self._header() != _END:
                raise _not_in_profile()
        elif self._position != end:
            raise _not_in_profile()

    def expect(self, exactly: bytes) -> None:
        """Read bytes that must be these."""
        if self._read(len(exactly)) != exactly:
            raise _not_in_profile()

    def expect_end(self) -> None:
        """Be at the end of the stream."""
        if self._stream.read(1):
            raise _not_in_profile()

    def value(self, tag: int) -> bytes:
        """Read a whole small value; its content comes back with definite lengths throughout."""
        found, length = self._header()
        if found != tag:
            raise _not_in_profile()
        return self._content(found, length, depth=0)

    def octets(self) -> Iterator[bytes]:
        """Read an implicitly tagged OCTET STRING, however it is cut up."""
        tag, length = self._header()
        if tag == _PRIMITIVE_CONTENT and length is not None:
            yield from self._pieces(length)
        elif tag == der.CONTEXT_0:
            yield from self._strings(length, depth=0)
        else:
            raise _not_in_profile()

    def _strings(self, length: int | None, depth: int) -> Iterator[bytes]:
        end = None if length is None else self._position + length
        while self._position != end:
            tag, inner = self._header()
            self._count(inner)
            if tag == der.OCTET_STRING and inner is not None:
                yield from self._pieces(inner)
            elif tag == _CONSTRUCTED_OCTET_STRING and depth < _MAX_DEPTH:
                yield from self._strings(inner, depth + 1)
            elif (tag, inner) == _END and end is None:
                return
            else:
                raise _not_in_profile()
            if end is not None and self._position > end:
                raise _not_in_profile()

    def _count(self, length: int | None) -> None:
        if length is None or length < _SHORT:
            self._short_strings += 1
            if self._short_strings > _MAX_SHORT_STRINGS:
                raise _not_in_profile()

    def _pieces(self, length: int) -> Iterator[bytes]:
        while length:
            piece = self._read(min(length, _PIECE))
            length -= len(piece)
            yield piece

    def _content(self, tag: int, length: int | None, depth: int) -> bytes:
        if depth > _MAX_DEPTH or self._position > _MAX_HEAD:
            raise _not_in_profile()
        if length is not None:
            if length > _MAX_HEAD:
                raise _not_in_profile()
            return self._read(length)
        if not tag & _CONSTRUCTED:
            raise _not_in_profile()
        content = b""
        while (header := self._header()) != _END:
            content += der.tlv(header[0], self._content(*header, depth + 1))
        return content

    def _header(self) -> tuple[int, int | None]:
        tag, first = self._read(2)
        if tag & 0x1F == 0x1F:
            raise _not_in_profile()
        if first == 0x80:
            return tag, None
        if first < 0x80:
            return tag, first
        if first & 0x7F > 8:
            raise _not_in_profile()
        return tag, int.from_bytes(self._read(first & 0x7F), "big")

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self._stream.read(count - len(data))
            if not more:
                raise UnreadablePackageError("The package is cut short.")
            data = data + more if data else more
        self._position += count
        return data
