"""Changes bytes the way fuzzers do, from a seed that tells which way."""

from __future__ import annotations

import random
from collections.abc import Sequence

_INTERESTING = (
    *(b"\x00", b"\xff", b"\x80", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff"),
    *(b"-1", b"0", b"1e999", b"%s", b"../", b"\r\n\r\n", b"--", b"PK\x03\x04"),
    *(b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&amp;", b"]]>", b"<!--", b"\x30\x80", b"\x04\x84"),
    *(b'{"a":', b"[" * 2000, b"null", b"true", b'"\\ud800"'),
)


def mutated(seed: int, corpus: Sequence[bytes]) -> bytes:
    """Make an input from one or two of the corpus; the same for the same seed."""
    chance = random.Random(seed)
    data = bytearray(chance.choice(corpus))
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
        _change(data, chance, corpus)
    return bytes(data)


def _change(data: bytearray, chance: random.Random, corpus: Sequence[bytes]) -> None:
    place = chance.randrange(len(data) + 1)
    length = min(chance.choice((1, 2, 4, 16, 256)), len(data) - place)
    match chance.randrange(8):
        case 0 if length:
            data[place] ^= 1 << chance.randrange(8)
        case 1:
            data[place : place + length] = chance.randbytes(length)
        case 2:
            del data[place : place + length]
        case 3:
            data[place:place] = data[place : place + length] * chance.choice((1, 2, 50))
        case 4:
            data[place : place + length] = chance.choice(_INTERESTING)
        case 5:
            del data[place:]
        case 6:
            other = chance.choice(corpus)
            at = chance.randrange(len(other) + 1)
            data[place:] = other[at:]
        case _:
            end = chance.randrange(len(data) + 1)
            data[place:place] = data[end : end + length]
