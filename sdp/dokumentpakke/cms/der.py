"""DER for the head of a CMS EnvelopedData: object identifiers, writer and reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

INTEGER = 0x02
OCTET_STRING = 0x04
NULL = b"\x05\x00"
SEQUENCE = 0x30
SET = 0x31
CONTEXT_0 = 0xA0
CONTEXT_1 = 0xA1

ENVELOPED_DATA = bytes.fromhex("06092a864886f70d010703")
DATA = bytes.fromhex("06092a864886f70d010701")
AES256_CBC = bytes.fromhex("060960864801650304012a")
RSAES_OAEP = bytes.fromhex("06092a864886f70d010107")
MGF1 = bytes.fromhex("06092a864886f70d010108")
SHA1 = bytes.fromhex("06052b0e03021a")
SHA256 = bytes.fromhex("0609608648016503040201")


class DerError(ValueError):
    """The bytes are not the DER they should be."""


def length(size: int) -> bytes:
    """Write a definite length."""
    if size < 0x80:
        return bytes([size])
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits


def tlv(tag: int, *content: bytes) -> bytes:
    """Write a value with its tag and length."""
    joined = b"".join(content)
    return bytes([tag]) + length(len(joined)) + joined


def integer(value: int) -> bytes:
    """Write an INTEGER."""
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def read(data: bytes, offset: int = 0) -> tuple[int, bytes, int]:
    """Read one value of definite length: its tag, its content, and where the next one starts.

    Raises:
        DerError: it is cut short, its tag is a long one, or its length is indefinite or longer
            than it has to be.
    """
    try:
        tag, size = data[offset], data[offset + 1]
    except IndexError as error:
        raise DerError("cut short") from error
    offset += 2
    if tag & 0x1F == 0x1F or size == 0x80:
        raise DerError("not DER")
    if size > 0x80:
        digits = data[offset : offset + (size & 0x7F)]
        offset += size & 0x7F
        size = int.from_bytes(digits, "big")
        if digits[:1] == b"\0" or size < 0x80:
            raise DerError("a length that is not in its shortest form")
    if offset + size > len(data):
        raise DerError("cut short")
    return tag, data[offset : offset + size], offset + size


def children(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Read the values inside a constructed one."""
    offset = 0
    while offset < len(content):
        tag, inner, offset = read(content, offset)
        yield tag, inner


def issuer_and_serial_number(certificate: bytes) -> bytes:
    """Copy IssuerAndSerialNumber out of a certificate in DER, to the byte."""
    _, tbs, _ = read(read(certificate)[1])
    fields = list(children(tbs))
    if fields[0][0] == CONTEXT_0:
        del fields[0]
    (serial_tag, serial), _, (issuer_tag, issuer) = fields[:3]
    return tlv(SEQUENCE, tlv(issuer_tag, issuer), tlv(serial_tag, serial))
