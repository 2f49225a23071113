"""Encryption around a package, opened: asn1crypto reads it, cryptography decrypts."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from asn1crypto import cms  # type: ignore[import-untyped]
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from sdp.testmiljo.validators.rejection import LetterRejection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

# The written profile says SHA-1; every sender says SHA-256.
_HASHES: dict[str, hashes.HashAlgorithm] = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}  # noqa: S303
_OCTET_STRING = 0x04
_INDEFINITE = 0x80
_END_OF_CONTENTS = b"\x00\x00"


def decrypt(package: bytes, key: RSAPrivateKey, certificate: x509.Certificate) -> bytes:
    """Return the ZIP inside the CMS.

    Raises:
        LetterRejection: it is not the CMS of the profile, not for this receiver, or not whole.
    """
    try:
        info = cms.ContentInfo.load(package, strict=True)
        if info["content_type"].native != "enveloped_data":
            raise LetterRejection("the package is not CMS EnvelopedData")
        enveloped = info["content"]
        recipient = _only_recipient(enveloped, certificate)
        wanted = _encrypted_content(enveloped)
        content_key = key.decrypt(recipient["encrypted_key"].native, _oaep(recipient))
        return _decrypted(wanted, content_key)
    except (ValueError, TypeError, KeyError) as error:
        raise LetterRejection("the package cannot be decrypted") from error


def _only_recipient(enveloped: Any, certificate: x509.Certificate) -> Any:
    recipients = enveloped["recipient_infos"]
    if enveloped["version"].native != "v0" or len(recipients) != 1:
        raise LetterRejection("the package must be EnvelopedData version 0 for one recipient")
    if enveloped["originator_info"].native or enveloped["unprotected_attrs"].native:
        raise LetterRejection("the package may hold no originatorInfo and no unprotectedAttrs")
    if recipients[0].name != "ktri":
        raise LetterRejection("the recipient must be a KeyTransRecipientInfo")
    recipient = recipients[0].chosen
    identifier = recipient["rid"]
    if recipient["version"].native != "v0" or identifier.name != "issuer_and_serial_number":
        raise LetterRejection("the recipient must be named by issuer and serial number")
    named = identifier.chosen
    if (
        named["serial_number"].native != certificate.serial_number
        or named["issuer"].dump() != certificate.issuer.public_bytes()
    ):
        raise LetterRejection("the package is encrypted for somebody else")
    return recipient


def _encrypted_content(enveloped: Any) -> Any:
    content = enveloped["encrypted_content_info"]
    if content["content_type"].native != "data":
        raise LetterRejection("the content type of the package must be data")
    if content["content_encryption_algorithm"]["algorithm"].native != "aes256_cbc":
        raise LetterRejection("the package must be encrypted with AES-256-CBC")
    return content


def _oaep(recipient: Any) -> padding.OAEP:
    algorithm = recipient["key_encryption_algorithm"]
    if algorithm["algorithm"].native != "rsaes_oaep":
        raise LetterRejection("the content key must be wrapped with RSAES-OAEP")
    parameters = algorithm["parameters"]
    digest = parameters["hash_algorithm"]["algorithm"].native
    mask = parameters["mask_gen_algorithm"]
    mask_digest = mask["parameters"]["algorithm"].native
    if mask["algorithm"].native != "mgf1" or not {digest, mask_digest} <= _HASHES.keys():
        raise LetterRejection("RSAES-OAEP must use MGF1 and SHA-256 or SHA-1")
    return padding.OAEP(padding.MGF1(_HASHES[mask_digest]), _HASHES[digest], label=None)


def _decrypted(content: Any, key: bytes) -> bytes:
    vector = content["content_encryption_algorithm"]["parameters"].native
    decryptor = Cipher(algorithms.AES256(key), modes.CBC(vector)).decryptor()
    unpadder = PKCS7(algorithms.AES256.block_size).unpadder()
    plain = bytearray()
    for chunk in _chunks(content["encrypted_content"]):
        plain += unpadder.update(decryptor.update(chunk))
    plain += unpadder.update(decryptor.finalize())
    plain += unpadder.finalize()
    return bytes(plain)


def _chunks(encrypted: Any) -> Iterator[bytes]:
    if encrypted.method == 0:
        yield encrypted.contents
        return
    # `native` joins the pieces of a constructed string two by two, which takes for ever when it is
    # long, so they are taken one by one.
    with io.BytesIO(encrypted.contents) as stream:
        while header := stream.read(2):
            if header == _END_OF_CONTENTS:
                return
            tag, length = header
            if tag != _OCTET_STRING or length == _INDEFINITE:
                raise LetterRejection("the encrypted content must be cut into plain octet strings")
            if length > _INDEFINITE:
                length = int.from_bytes(stream.read(length - _INDEFINITE), "big")
            yield stream.read(length)
