"""Keys of test environments, made once per run and used again when nobody holds them any more."""

from __future__ import annotations

import gc
import sys
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4
from weakref import WeakKeyDictionary

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    pkcs12,
)

from sdp.testmiljo import Testmiljo, ca

_KEYS = 64
"""Five times what one environment takes, so that those of two in the same test are apart."""
_READ = 64
_WRITTEN = 8
"""Key stores that are remembered: several clients of a test, or of a file of tests, read one."""


class Ring:
    """Keys that are given out in turn, each when nobody holds it any more.

    Those of an environment that was closed are free when the test is over, whoever holds them: the
    environment does until it is collected as garbage, and longer where something remembers it.

    Only what a single test makes comes from here, and the leaves of all environments: what outlives
    a test may leave a certificate of a CA whose key nobody holds, and a stranger must not get it.

    Args:
        folder: where the processes of one run share the keys; made where there is none.

    Attributes:
        is_closed: whether a key is given out once for now; other processes may have the same.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder
        self._keys: deque[rsa.RSAPrivateKey] = deque()
        self._lent: list[rsa.RSAPrivateKey] | None = None
        self._given_back: list[rsa.RSAPrivateKey] = []
        self._free: set[int] = set()
        self._lasting = count()
        self._make = ca.new_key
        self.is_closed = False

    @contextmanager
    def closed(self, is_closed: bool) -> Iterator[None]:
        """Give each key out once for a while, or in turn."""
        before, self.is_closed = self.is_closed, is_closed
        try:
            yield
        finally:
            self.is_closed = before

    def take(self, bits: int = 2048) -> rsa.RSAPrivateKey:
        """Give the key that was given out longest ago; make one where all are held."""
        if bits != 2048:
            return self._make(bits)
        if self.is_closed:
            return self._shared(f"lasting-{next(self._lasting)}")
        if len(self._keys) < _KEYS:
            self._keys.append(self._shared(str(len(self._keys))))
            return self._noted(self._keys[-1])
        key = self._unheld()
        if key is None:
            gc.collect()  # what is out of use may hold keys until then
            key = self._unheld()
        return self._make() if key is None else key

    @contextmanager
    def lending(self) -> Iterator[list[rsa.RSAPrivateKey]]:
        """Note the keys that are given out in turn for a while."""
        keys: list[rsa.RSAPrivateKey] = []
        before, self._lent = self._lent, keys
        try:
            yield keys
        finally:
            self._lent = before

    def give_back(self, keys: Iterable[rsa.RSAPrivateKey]) -> None:
        """Let keys be given out again when the test is over, whoever holds them still."""
        self._given_back.extend(keys)

    def end_test(self) -> None:
        """Let go of what a test has given back."""
        self._free.update(map(id, self._given_back))
        self._given_back.clear()

    def _unheld(self) -> rsa.RSAPrivateKey | None:
        for _ in range(_KEYS):
            key = self._keys[0]
            self._keys.rotate(-1)
            # The ring holds it, and this function, and the call that counts.
            if id(key) in self._free or sys.getrefcount(key) == 3:
                self._free.discard(id(key))
                return self._noted(key)
        return None

    def _noted(self, key: rsa.RSAPrivateKey) -> rsa.RSAPrivateKey:
        if self._lent is not None:
            self._lent.append(key)
        return key

    def _shared(self, name: str) -> rsa.RSAPrivateKey:
        file = self._folder / name
        return _kept(file) or _keep(file, self._make())


class Stores:
    """Key stores by content and password: those of environments as written, others read once.

    Where another process reads what an environment has written, as every command does, it reads
    it from the file.
    """

    def __init__(self) -> None:
        self._read = lru_cache(_READ)(pkcs12.load_pkcs12)
        self._write = ca.Issued.pkcs12
        self._written: OrderedDict[tuple[bytes, bytes], pkcs12.PKCS12KeyAndCertificates]
        self._written = OrderedDict()

    def load(self, data: bytes, password: bytes | None) -> pkcs12.PKCS12KeyAndCertificates:
        """Stand in for the function of the same purpose in cryptography."""
        if password is not None and (known := self._written.get((data, password))):
            return known
        return self._read(data, password)

    def write(self, issued: ca.Issued, password: str) -> bytes:
        """Write a key store, and remember what is in it."""
        data = self._write(issued, password)
        leaf, *issuers = (pkcs12.PKCS12Certificate(each, None) for each in issued.chain)
        self._written[data, password.encode()] = pkcs12.PKCS12KeyAndCertificates(
            issued.key, leaf, issuers
        )
        if len(self._written) > _WRITTEN:
            self._written.popitem(last=False)
        return data


@contextmanager
def used_again(folder: Path) -> Iterator[Ring]:
    """Let environments take keys from a ring, and key stores be read once.

    Making keys is most of the start of an environment, and OpenSSL's proof that a key that is read
    is one of RSA most of the start of a client. Every certificate is new all the same.
    """
    ring, stores = Ring(folder), Stores()
    start, configure, create = Testmiljo.__init__, Testmiljo.write_config, ca.TestCA.create
    close, lent = Testmiljo.close, WeakKeyDictionary[Testmiljo, list[rsa.RSAPrivateKey]]()

    def started(self: Testmiljo, **options: Any) -> None:
        outlives_a_test = ring.is_closed

        def created(*arguments: Any, **options: Any) -> ca.TestCA:
            with ring.closed(outlives_a_test):
                return create(*arguments, **options)

        with pytest.MonkeyPatch.context() as patch, ring.closed(False), ring.lending() as keys:
            patch.setattr(ca.TestCA, "create", created)
            start(self, **options)
        lent[self] = keys

    def closed(self: Testmiljo) -> None:
        close(self)
        ring.give_back(lent.pop(self, ()))

    def written(issued: ca.Issued, password: str) -> bytes:
        return stores.write(issued, password)

    def configured(self: Testmiljo, *arguments: Any, **options: Any) -> Path:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ca.Issued, "pkcs12", written)
            return configure(self, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ca, "new_key", ring.take)
        patch.setattr(Testmiljo, "__init__", started)
        patch.setattr(Testmiljo, "close", closed)
        patch.setattr(Testmiljo, "write_config", configured)
        patch.setattr(pkcs12, "load_pkcs12", stores.load)
        yield ring


_BELOW = {4104: (395, 3635), 5120: (75, 1347)}
"""How far two primes lie below the power of two that makes a product of so many bits."""


def oversized_key(bits: int) -> rsa.RSAPrivateKey:
    """Multiply two known primes, since to look for such large ones takes seconds."""
    p, q = (2 ** (bits // 2) - below for below in _BELOW[bits])
    e = 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p,
        q,
        d,
        rsa.rsa_crt_dmp1(d, p),
        rsa.rsa_crt_dmq1(d, q),
        rsa.rsa_crt_iqmp(p, q),
        rsa.RSAPublicNumbers(e, p * q),
    )
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


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
