"""Key stores for the Java side, whose passwords cost next to nothing."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12

from sdp.testmiljo.ca import Issued

PASSWORD = "interop"
_ROUNDS = 1
"""Of key derivation. A key store of the tests guards nothing, and Java derives its key anew for
every signature."""


def key_store(issued: Issued) -> bytes:
    """Pack a key as PKCS#12 with its chain, under PASSWORD."""
    encryption = (
        PrivateFormat.PKCS12.encryption_builder().kdf_rounds(_ROUNDS).build(PASSWORD.encode())
    )
    return pkcs12.serialize_key_and_certificates(
        b"sdp", issued.key, issued.certificate, issued.chain[1:], encryption
    )
