"""Keys of test environments, made once per run and used by one environment after another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from sdp.testmiljo import Testmiljo, ca

_KEYS = 64
"""Five times what one environment takes, so that those of two in the same test are apart."""


@contextmanager
def kept_between_environments(folder: Path) -> Iterator[None]:
    """Let environments take keys in turn from a ring; making them anew is most of a start.

    Every certificate is new all the same. Keys that an environment makes later, such as a
    stranger's, are new, and so are those of any CA that is made without an environment.

    Args:
        folder: where the processes of one run share the keys of the ring; made where there is none.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    ring: list[rsa.RSAPrivateKey] = []
    taken = count()
    make, start = ca.new_key, Testmiljo.__init__

    def take(bits: int = 2048) -> rsa.RSAPrivateKey:
        if bits != 2048:
            return make(bits)
        number = next(taken) % _KEYS
        if number == len(ring):
            ring.append(_kept(folder / str(number)) or _keep(folder / str(number), make()))
        return ring[number]

    def started(self: Testmiljo, **options: Any) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ca, "new_key", take)
            start(self, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Testmiljo, "__init__", started)
        yield


def _kept(file: Path) -> rsa.RSAPrivateKey | None:
    if not file.exists():
        return None
    # Nobody but this run has written it, and validation takes longer than making the certificate.
    key = load_der_private_key(file.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _keep(file: Path, key: rsa.RSAPrivateKey) -> rsa.RSAPrivateKey:
    """Write a key whole, also where another process writes one at the same moment."""
    content = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    unfinished = file.with_name(uuid4().hex)
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(content)
    unfinished.replace(file)
    return key
