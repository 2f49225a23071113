"""The reader of the CMS around a package, in the test environment."""

from datetime import UTC, datetime

import pytest
from asn1crypto import cms, core  # type: ignore[import-untyped]
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from hypothesis import given
from hypothesis import strategies as st

from sdp.testmiljo.ca import TestCA
from sdp.testmiljo.validators.cms import decrypt
from sdp.testmiljo.validators.rejection import LetterRejection

_NOW = datetime(2026, 1, 2, tzinfo=UTC)
_MAILBOX = TestCA.create(_NOW).issue("984661185", "Postkassen", moment=_NOW)
_KEY = b"k" * 32


def _encrypted(content: bytes) -> bytes:
    padder = PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES256(_KEY), modes.CBC(b"v" * 16)).encryptor()
    padded = padder.update(content) + padder.finalize()
    return encryptor.update(padded) + encryptor.finalize()


def _package(content: bytes, **changes: object) -> bytes:
    sha256 = {"algorithm": "sha256"}
    oaep = {
        "hash_algorithm": sha256,
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": sha256},
    }
    wrapping = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    certificate = _MAILBOX.certificate
    issuer = cms.Name.load(certificate.issuer.public_bytes())
    named = {"issuer": issuer, "serial_number": certificate.serial_number}
    recipient = {
        "version": "v0",
        "rid": cms.RecipientIdentifier({"issuer_and_serial_number": named}),
        "key_encryption_algorithm": {"algorithm": "rsaes_oaep", "parameters": oaep},
        "encrypted_key": _MAILBOX.key.public_key().encrypt(_KEY, wrapping),
    }
    encrypted = {
        "content_type": "data",
        "content_encryption_algorithm": {"algorithm": "aes256_cbc", "parameters": b"v" * 16},
        "encrypted_content": _encrypted(content),
    }
    fields = {
        "version": "v0",
        "recipient_infos": [cms.RecipientInfo({"ktri": recipient})],
        "encrypted_content_info": encrypted,
        **changes,
    }
    return bytes(cms.ContentInfo({"content_type": "enveloped_data", "content": fields}).dump())


def _opened(package: bytes) -> bytes:
    return decrypt(package, _MAILBOX.key, _MAILBOX.certificate)


def test_a_package_that_another_library_has_written_is_opened() -> None:
    assert _opened(_package(b"innhold")) == b"innhold"


def test_unprotected_attributes_are_refused() -> None:
    attributes = [{"type": "1.2.3.4", "values": [core.Null()]}]
    with pytest.raises(LetterRejection, match="no unprotectedAttrs"):
        _opened(_package(b"innhold", unprotected_attrs=attributes))


def test_bytes_after_the_package_are_refused() -> None:
    with pytest.raises(LetterRejection):
        _opened(_package(b"innhold") + b"\0")


def test_elements_nested_without_end_are_refused() -> None:
    with pytest.raises(LetterRejection):
        _opened(b"\x30\x80" * 100_000)


@given(at=st.integers(0, 10_000), value=st.integers(0, 255))
def test_a_package_with_a_byte_changed_is_opened_or_refused(at: int, value: int) -> None:
    changed = bytearray(_package(b"innhold"))
    changed[at % len(changed)] = value
    try:
        _opened(bytes(changed))
    except LetterRejection:
        return


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(LetterRejection):
        _opened(data)
