"""Decryption of an answer's body, which never tells why one does not open.

AES in CBC mode has no integrity of its own: whoever learns how a tampered text fails, by its
padding or by its form, can decrypt others bit by bit. So a body that does not open is left as it
is, and the signature, which is over what should have been in it, fails as for any tampered text.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree

from sdp.errors import SignatureError, UnreadableAnswerError, UnreadablePackageError
from sdp.krr.soap.envelope import AES256_CBC, CONTENT, RSA_OAEP_MGF1P, SHA1, XENC, only
from sdp.transport.request import MAX_ANSWER_BYTES
from sdp.xmlsec import binary_content, parse
from sdp.xmlsec.canonical import element
from sdp.xmlsec.names import DS

if TYPE_CHECKING:
    from sdp.krr.soap.envelope import Answer
    from sdp.pki import Decryptor

MAX_BYTES: Final = MAX_ANSWER_BYTES
"""The most an answer may be: 1000 people with their certificates are about a quarter of it."""
MAX_ELEMENTS: Final = 100_000  # 1000 persons, the most in an answer, have some 20 each

_BLOCK: Final = 16
_PLACE: Final = "what-was-encrypted-goes-here"


def is_encrypted(answer: Answer) -> bool:
    """Tell whether there is anything encrypted in the body."""
    return answer.body.find(f"{{{XENC}}}EncryptedData") is not None


def decrypt(answer: Answer, decryptor: Decryptor) -> etree._Element:
    """Return the envelope with its body as it was before it was encrypted.

    Nothing outside the body changes. Where the body does not open, the envelope is returned as it
    came.

    Raises:
        UnreadableAnswerError: the body is not encrypted, not in the one way of the profile
            (RSA-OAEP-MGF1P with SHA-1 and AES-256-CBC), or says that it is for another
            certificate.
    """
    key, data = only(answer.security, "xenc:EncryptedKey"), only(answer.body, "xenc:EncryptedData")
    _check_form(answer, key, data)
    _check_recipient(key, decryptor)
    try:
        return _with_content(answer, _content(key, data, decryptor))
    except (SignatureError, UnreadableAnswerError, UnreadablePackageError, ValueError):
        return answer.root


def _check_form(answer: Answer, key: etree._Element, data: etree._Element) -> None:
    _check_algorithm(key, RSA_OAEP_MGF1P)
    _check_algorithm(data, AES256_CBC)
    pointer = only(key, "xenc:ReferenceList/xenc:DataReference").get("URI")
    identifier = data.get("Id")
    if not identifier or pointer != f"#{identifier}" or data.get("Type") != CONTENT:
        raise UnreadableAnswerError("The key of the answer is not for the content of its body.")
    if len(answer.body) != 1:
        raise UnreadableAnswerError("The answer is encrypted in part only.")


def _check_algorithm(encrypted: etree._Element, algorithm: str) -> None:
    method = only(encrypted, "xenc:EncryptionMethod")
    digest = (f"{{{DS}}}DigestMethod", SHA1)
    strange = any((child.tag, child.get("Algorithm")) != digest for child in method)
    if method.get("Algorithm") != algorithm or strange:
        raise UnreadableAnswerError(f"The answer is not encrypted with {algorithm} alone.")


def _check_recipient(key: etree._Element, decryptor: Decryptor) -> None:
    said = key.findtext("{*}KeyInfo//{*}X509SerialNumber")
    if said is not None and said.strip() != str(decryptor.certificate.serial_number):
        raise UnreadableAnswerError(
            "The answer is encrypted for another certificate than the one it is decrypted with.",
            remedy="Register the certificate in use with the contact register, or use the one "
            "that is registered.",
        )


def _content(key: etree._Element, data: etree._Element, decryptor: Decryptor) -> str:
    session_key = decryptor.unwrap(_cipher_value(key), hash_name="sha1", mgf_hash_name="sha1")
    encrypted = _cipher_value(data)
    if len(encrypted) < 2 * _BLOCK:
        raise ValueError
    start, rest = encrypted[:_BLOCK], encrypted[_BLOCK:]
    opened = Cipher(algorithms.AES256(session_key), modes.CBC(start)).decryptor()
    padded = opened.update(rest) + opened.finalize()
    # Of the padding of XML Encryption only the last byte says anything, and says how much it is.
    padding = padded[-1]
    if not 1 <= padding <= _BLOCK:
        raise ValueError
    return padded[:-padding].decode("utf-8")


def _cipher_value(encrypted: etree._Element) -> bytes:
    return binary_content(only(encrypted, "xenc:CipherData/xenc:CipherValue"))


def _with_content(answer: Answer, content: str) -> etree._Element:
    namespaces = {
        f"xmlns:{prefix}" if prefix else "xmlns": uri for prefix, uri in answer.body.nsmap.items()
    }
    # Standing alone it must be whole, so that it cannot end the body and go on outside it.
    alone = element("alone", content, attributes=namespaces)
    parse(alone.encode(), max_bytes=MAX_BYTES, max_elements=MAX_ELEMENTS)
    emptied = copy.deepcopy(answer.root)
    body = only(emptied, "env:Body")
    body[:] = []
    body.text = _PLACE
    before, after = etree.tostring(emptied, encoding="unicode").split(_PLACE)
    whole = f"{before}{content}{after}".encode()
    return parse(whole, max_bytes=MAX_BYTES, max_elements=MAX_ELEMENTS)
