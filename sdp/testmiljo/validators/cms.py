"""Encryption around a package, opened: the CMS read here, element by element, and decrypted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from asn1crypto import cms  # type: ignore[import-untyped]
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from sdp.testmiljo.validators.rejection import LetterRejection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

# The written profile says SHA-1; every sender says SHA-256.
_HASHES: dict[str, hashes.HashAlgorithm] = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}  # noqa: S303
_INTEGER, _OCTET_STRING, _OID, _SEQUENCE, _SET = 0x02, 0x04, 0x06, 0x30, 0x31
_CONSTRUCTED = 0x20
_EXPLICIT_0, _EXPLICIT_1 = 0xA0, 0xA1
_IMPLICIT_0 = 0x80
_INDEFINITE = 0x80
_END_OF_CONTENTS = b"\x00\x00"
_DEEPEST = 16
_LONGEST_LENGTH = 8
_ENVELOPED_DATA = bytes.fromhex("2a864886f70d010703")
_DATA = bytes.fromhex("2a864886f70d010701")
_AES256_CBC = bytes.fromhex("60864801650304012a")


def decrypt(package: bytes, key: RSAPrivateKey, certificate: x509.Certificate) -> bytes:
    """Return the ZIP inside the CMS (RFC 5652).

    Raises:
        LetterRejection: it is not the CMS of the profile, not for this receiver, or not whole.
    """
    try:
        content_type, content = _only(memoryview(package), _SEQUENCE).children(_OID, _EXPLICIT_0)
        if content_type.content != _ENVELOPED_DATA:
            raise LetterRejection("the package is not CMS EnvelopedData")
        recipient, wanted = _enveloped(_only(content.content, _SEQUENCE))
        _, rid, algorithm, encrypted_key = _key_transport(recipient)
        _check_named(rid, certificate)
        content_key = key.decrypt(bytes(encrypted_key.content), _oaep(bytes(algorithm.whole)))
        return _decrypted(wanted, content_key)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise LetterRejection("the package cannot be decrypted") from error


def _enveloped(enveloped: _Element) -> tuple[_Element, _Element]:
    """Find the only recipient, and the encrypted content."""
    version, *rest = enveloped.children()
    fields = {each.tag: each for each in rest}
    if _EXPLICIT_0 in fields or _EXPLICIT_1 in fields:
        raise LetterRejection("the package may hold no originatorInfo and no unprotectedAttrs")
    if [each.tag for each in rest] != [_SET, _SEQUENCE]:
        raise ValueError("not the fields of EnvelopedData")
    recipients = fields[_SET].children()
    if bytes(version.content) != b"\0" or len(recipients) != 1:
        raise LetterRejection("the package must be EnvelopedData version 0 for one recipient")
    return recipients[0], fields[_SEQUENCE]


def _key_transport(recipient: _Element) -> list[_Element]:
    if recipient.tag != _SEQUENCE:
        raise LetterRejection("the recipient must be a KeyTransRecipientInfo")
    version, rid, *_ = fields = recipient.children()
    if bytes(version.content) != b"\0" or rid.tag != _SEQUENCE:
        raise LetterRejection("the recipient must be named by issuer and serial number")
    if [each.tag for each in fields] != [_INTEGER, _SEQUENCE, _SEQUENCE, _OCTET_STRING]:
        raise ValueError("not the fields of KeyTransRecipientInfo")
    return fields


def _check_named(rid: _Element, certificate: x509.Certificate) -> None:
    issuer, serial_number = rid.children(_SEQUENCE, _INTEGER)
    if int.from_bytes(
        serial_number.content, "big", signed=True
    ) != certificate.serial_number or issuer.whole != _issuer_of(certificate):
        raise LetterRejection("the package is encrypted for somebody else")


@lru_cache(16)
def _issuer_of(certificate: x509.Certificate) -> bytes:
    return certificate.issuer.public_bytes()


@lru_cache(16)
def _oaep(written: bytes) -> padding.OAEP:
    algorithm = cms.KeyEncryptionAlgorithm.load(written, strict=True)
    if algorithm["algorithm"].native != "rsaes_oaep":
        raise LetterRejection("the content key must be wrapped with RSAES-OAEP")
    parameters = algorithm["parameters"]
    digest = parameters["hash_algorithm"]["algorithm"].native
    mask = parameters["mask_gen_algorithm"]
    mask_digest = mask["parameters"]["algorithm"].native
    if mask["algorithm"].native != "mgf1" or not {digest, mask_digest} <= _HASHES.keys():
        raise LetterRejection("RSAES-OAEP must use MGF1 and SHA-256 or SHA-1")
    return padding.OAEP(padding.MGF1(_HASHES[mask_digest]), _HASHES[digest], label=None)


def _decrypted(wanted: _Element, key: bytes) -> bytes:
    content_type, algorithm, encrypted = wanted.children()
    if content_type.tag != _OID or content_type.content != _DATA:
        raise LetterRejection("the content type of the package must be data")
    cipher, *parameters = algorithm.children()
    if cipher.content != _AES256_CBC:
        raise LetterRejection("the package must be encrypted with AES-256-CBC")
    (vector,) = parameters
    decryptor = Cipher(algorithms.AES256(key), modes.CBC(bytes(vector.content))).decryptor()
    padded = decryptor.update(b"".join(_chunks(encrypted))) + decryptor.finalize()
    unpadder = PKCS7(algorithms.AES256.block_size).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def _chunks(encrypted: _Element) -> Iterator[memoryview]:
    if encrypted.tag == _IMPLICIT_0:
        yield encrypted.content
        return
    if encrypted.tag != _IMPLICIT_0 | _CONSTRUCTED:
        raise ValueError("not encrypted content")
    for piece in encrypted.children():
        if piece.tag != _OCTET_STRING:
            raise LetterRejection("the encrypted content must be cut into plain octet strings")
        yield piece.content


@dataclass(frozen=True, slots=True)
class _Element:
    """One element of BER (X.690): its tag, its content, and all of it as it was written.

    Attributes:
        inner: the elements in it, where they had to be read to find its end.
    """

    tag: int
    content: memoryview
    whole: memoryview
    inner: tuple[_Element, ...] | None = None

    def children(self, *tags: int) -> list[_Element]:
        """Read the elements in it, which must have these tags where any are given.

        Raises:
            ValueError: it holds others, or something that is no element.
        """
        if not self.tag & _CONSTRUCTED:
            raise ValueError("an element that holds no others")
        found = list(self.inner or ())
        at = 0
        while self.inner is None and at < len(self.content):
            element, at = _read(self.content, at)
            found.append(element)
        if tags and tuple(each.tag for each in found) != tags:
            raise ValueError("other elements than there must be")
        return found


def _only(data: memoryview, tag: int) -> _Element:
    element, end = _read(data, 0)
    if end != len(data) or element.tag != tag:
        raise ValueError("not one element of its kind")
    return element


def _read(data: memoryview, at: int, depth: int = 0) -> tuple[_Element, int]:
    """Read the element at a place, and tell where the next one is."""
    tag, length, start = data[at], data[at + 1], at + 2
    if length == _INDEFINITE:
        if depth == _DEEPEST or not tag & _CONSTRUCTED:
            raise ValueError("an indefinite length where none may be")
        end = start
        inner = []
        while data[end : end + 2] != _END_OF_CONTENTS:
            element, end = _read(data, end, depth + 1)
            inner.append(element)
        return _Element(tag, data[start:end], data[at : end + 2], tuple(inner)), end + 2
    if length > _INDEFINITE:
        size = length - _INDEFINITE
        if size > _LONGEST_LENGTH:
            raise ValueError("a length of too many bytes")
        length = int.from_bytes(data[start : start + size], "big")
        start += size
    end = start + length
    if end > len(data):
        raise ValueError("an element that ends too early")
    return _Element(tag, data[start:end], data[at:end]), end
