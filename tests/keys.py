"""Keys of test environments, made once and used by one environment after another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from sdp.testmiljo import Testmiljo, ca

_KEYS = 64
"""Five times what one environment takes, so that those of two in the same test are apart."""


@contextmanager
def kept_between_environments() -> Iterator[None]:
    """Let environments take keys in turn from a ring; making them anew is most of a start.

    Every certificate is new all the same. Keys that an environment makes later, such as a
    stranger's, are new, and so are those of any CA that is made without an environment.
    """
    ring: list[rsa.RSAPrivateKey] = []
    taken = count()
    make, start = ca.new_key, Testmiljo.__init__

    def take(bits: int = 2048) -> rsa.RSAPrivateKey:
        if bits != 2048:
            return make(bits)
        number = next(taken) % _KEYS
        if number == len(ring):
            ring.append(make())
        return ring[number]

    def started(self: Testmiljo, **options: Any) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ca, "new_key", take)
            start(self, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Testmiljo, "__init__", started)
        yield
