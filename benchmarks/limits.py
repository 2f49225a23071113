"""Limits of the machine itself, so that a ratio from another machine can be judged."""

from __future__ import annotations

import hashlib
import os
import statistics
import time
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

if TYPE_CHECKING:
    from collections.abc import Callable

_SIZE = 8 * 1024 * 1024
_ROUNDS = 7


def limits() -> dict[str, float]:
    """Measure one core: digests, encryption and copies in MiB/s, signatures a second."""
    data, target = os.urandom(_SIZE), bytearray(_SIZE + 16)
    view = memoryview(target)
    key = rsa.generate_private_key(65537, 2048)
    encryptor = Cipher(AES256(os.urandom(32)), CBC(os.urandom(16))).encryptor()

    def copy() -> None:
        view[:_SIZE] = data

    mib = _SIZE / 1024 / 1024
    return {
        "SHA-256, MiB/s": mib / _seconds(lambda: hashlib.sha256(data)),
        "AES-256-CBC, MiB/s": mib / _seconds(lambda: encryptor.update_into(data, view)),
        "memory copy, MiB/s": mib / _seconds(copy),
        "RSA-2048 signatures/s": 1 / _seconds(lambda: key.sign(b"x", PKCS1v15(), hashes.SHA256())),
    }


def _seconds(once: Callable[[], object]) -> float:
    def cpu() -> float:
        start = time.process_time()
        once()
        return time.process_time() - start

    once()
    return max(statistics.median(cpu() for _ in range(_ROUNDS)), 1e-9)
