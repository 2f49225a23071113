"""The oldest encryption of PDF, 40-bit RC4, written out: security handler revision 2."""

from __future__ import annotations

import hashlib
import re

FILE_ID = bytes(range(16))
_PERMISSIONS = -4
_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def encryption(password: bytes) -> tuple[bytes, bytes]:
    """Make the encryption dictionary, and the key that streams are encrypted with."""
    padded = (password + _PADDING)[:32]
    owner = _rc4(hashlib.md5(padded).digest()[:5], padded)
    permissions = _PERMISSIONS.to_bytes(4, "little", signed=True)
    key = hashlib.md5(padded + owner + permissions + FILE_ID).digest()[:5]
    dictionary = "<< /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P %d >>"
    return (dictionary % (owner.hex(), _rc4(key, _PADDING).hex(), _PERMISSIONS)).encode(), key


def encrypt_stream(body: bytes, number: int, key: bytes) -> bytes:
    """Encrypt what an object holds between `stream` and `endstream`, if it does."""
    object_key = hashlib.md5(key + number.to_bytes(3, "little") + bytes(2)).digest()[:10]
    return re.sub(
        rb"(?<=stream\n).*(?=\nendstream)",
        lambda found: _rc4(object_key, found[0]),
        body,
        flags=re.DOTALL,
    )


def _rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
