"""Takes RSAES-OAEP padding off (RFC 8017, 7.1.2), for tokens that do the RSA operation alone.

What fails must not show: whoever could tell a wrong first byte from other faults could decrypt
with our key (Manger, 2001). So every block is gone through in the same steps to its end, nothing
branches on a secret byte, and one bit comes out. CPython itself promises nothing about time.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sdp.pki.signer import OaepHash


def unpadded(block: bytes, *, hash_name: OaepHash, mgf_hash_name: OaepHash) -> bytes | None:
    """Return the message in a block as long as the modulus; None where the padding is wrong."""
    label = _hash(hash_name, b"")
    size = len(label)
    masked_seed, masked_data = block[1 : 1 + size], block[1 + size :]
    seed = _xor(masked_seed, _mask(masked_data, size, mgf_hash_name))
    data = _xor(masked_data, _mask(seed, len(masked_data), mgf_hash_name))
    wrong = block[0]
    for found, expected in zip(data, label, strict=False):
        wrong |= found ^ expected
    before_mark = 1
    for byte in data[size:]:
        # Small whole numbers: -1 >> 8 is -1, and anything from 0 to 255 gives 0.
        is_zero = (byte - 1) >> 8 & 1
        is_mark = ((byte ^ 1) - 1) >> 8 & 1
        wrong |= before_mark & (is_zero ^ 1) & (is_mark ^ 1)
        before_mark &= is_mark ^ 1
    wrong |= before_mark
    if wrong:
        return None
    return data[size:].partition(b"\1")[2]


def _mask(seed: bytes, length: int, hash_name: OaepHash) -> bytes:
    made = b""
    for counter in range(-(-length // len(_hash(hash_name, b"")))):
        made += _hash(hash_name, seed + counter.to_bytes(4, "big"))
    return made[:length]


def _hash(name: OaepHash, data: bytes) -> bytes:
    return hashlib.new(name, data, usedforsecurity=False).digest()


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
