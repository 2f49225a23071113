"""The head of a CMS is read by strict templates, and its strings are bounded."""

from __future__ import annotations

import io
import os
from itertools import product

import pytest
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.dokumentpakke.cms import der
from sdp.dokumentpakke.cms.der import SEQUENCE, tlv
from sdp.dokumentpakke.cms.reader import decrypt
from sdp.errors import UnreadablePackageError
from sdp.pki import Identity

CONTENT = b"hei " * 100
_HASHES = {der.SHA1: hashes.SHA1, der.SHA256: hashes.SHA256}


def algorithm(digest: bytes | None, mgf: bytes | None, parameters: bytes) -> bytes:
    parts = b""
    if digest is not None:
        parts += tlv(der.CONTEXT_0, tlv(SEQUENCE, digest, parameters))
    if mgf is not None:
        parts += tlv(der.CONTEXT_1, tlv(SEQUENCE, der.MGF1, tlv(SEQUENCE, mgf, parameters)))
    return tlv(SEQUENCE, der.RSAES_OAEP, tlv(SEQUENCE, parts))


def enveloped(
    recipient: Identity,
    *,
    digest: bytes = der.SHA256,
    mgf: bytes = der.SHA256,
    oaep: bytes | None = None,
    version: bytes = b"\x02\x01\x00",
    key_tag: int = der.OCTET_STRING,
    behind_key: bytes = b"",
    strings: bytes | None = None,
) -> bytes:
    key, iv = os.urandom(32), os.urandom(16)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(AES256(key), CBC(iv)).encryptor()
    encrypted = encryptor.update(padder.update(CONTENT) + padder.finalize())
    public_key = recipient.certificate.public_key()
    assert isinstance(public_key, RSAPublicKey)
    wrapped = public_key.encrypt(
        key, OAEP(mgf=MGF1(_HASHES[mgf]()), algorithm=_HASHES[digest](), label=None)
    )
    recipient_info = tlv(
        SEQUENCE,
        version,
        der.issuer_and_serial_number(recipient.certificate.public_bytes(Encoding.DER)),
        algorithm(digest, mgf, der.NULL) if oaep is None else oaep,
        tlv(key_tag, wrapped),
        behind_key,
    )
    content = tlv(
        SEQUENCE,
        der.DATA,
        tlv(SEQUENCE, der.AES256_CBC, tlv(der.OCTET_STRING, iv)),
        b"\xa0\x80" + (strings or b"") + tlv(der.OCTET_STRING, encrypted) + b"\0\0",
    )
    data = tlv(SEQUENCE, b"\x02\x01\x00", tlv(der.SET, recipient_info), content)
    return tlv(SEQUENCE, der.ENVELOPED_DATA, tlv(der.CONTEXT_0, data))


def decrypted(cms: bytes, recipient: Identity) -> bytes:
    out = bytearray()
    assert decrypt(io.BytesIO(cms), recipient, out.extend)
    return bytes(out)


@pytest.mark.parametrize(
    ("digest", "mgf", "parameters"), list(product(_HASHES, _HASHES, [der.NULL, b""]))
)
def test_both_hashes_are_read_with_and_without_null(
    digest: bytes, mgf: bytes, parameters: bytes, postkasse_identity: Identity
) -> None:
    oaep = algorithm(digest, mgf, parameters)
    cms = enveloped(postkasse_identity, digest=digest, mgf=mgf, oaep=oaep)
    assert decrypted(cms, postkasse_identity) == CONTENT


@pytest.mark.parametrize(
    "oaep", [algorithm(None, None, b""), tlv(SEQUENCE, der.RSAES_OAEP)], ids=["empty", "absent"]
)
def test_parameters_that_are_left_out_mean_sha1(oaep: bytes, postkasse_identity: Identity) -> None:
    cms = enveloped(postkasse_identity, digest=der.SHA1, mgf=der.SHA1, oaep=oaep)
    assert decrypted(cms, postkasse_identity) == CONTENT


_GOOD = algorithm(der.SHA256, der.SHA256, der.NULL)


@pytest.mark.parametrize(
    "change",
    [
        {"version": b"\x02\x01\x02"},
        {"version": b"\x02\x02\x00\x00"},
        {"key_tag": 0x24},
        {"key_tag": der.INTEGER},
        {"behind_key": der.NULL},
        {"oaep": _GOOD + der.NULL},
        {"oaep": b"\x30\x81" + _GOOD[1:]},
        {"oaep": tlv(SEQUENCE, der.RSAES_OAEP, der.NULL)},
        {"oaep": tlv(SEQUENCE, der.RSAES_OAEP, _GOOD[15:], der.NULL)},
        {"oaep": algorithm(der.SHA256, der.SHA256, tlv(der.OCTET_STRING, b"x"))},
        {"oaep": tlv(SEQUENCE, bytes.fromhex("06092a864886f70d010101"), der.NULL)},
    ],
)
def test_any_other_encoding_of_the_recipient_is_refused(
    change: dict[str, bytes], postkasse_identity: Identity
) -> None:
    cms = enveloped(postkasse_identity, **change)  # type: ignore[arg-type]
    with pytest.raises(UnreadablePackageError, match="national profile"):
        decrypted(cms, postkasse_identity)


@pytest.mark.parametrize("string", [b"\x04\x00", b"\x24\x80\x00\x00", b"\x24\x00"])
def test_empty_strings_are_bounded(string: bytes, postkasse_identity: Identity) -> None:
    assert decrypted(enveloped(postkasse_identity, strings=string * 100), postkasse_identity)
    with pytest.raises(UnreadablePackageError):
        decrypted(enveloped(postkasse_identity, strings=string * 70_000), postkasse_identity)
