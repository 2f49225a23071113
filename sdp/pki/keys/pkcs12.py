"""PKCS#12 key stores (RFC 7292) that hold several keys, and the choice of one of them.

cryptography reads one key of a store and every certificate. The other keys are found here: their
bags lie in the open, each encrypted on its own, in the files that keytool, OpenSSL and Windows
write. Where they do not, the key that cryptography finds is the only one.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key, pkcs12

from sdp.errors import MissingKeyError
from sdp.pki.certificates import UNREADABLE, written
from sdp.pki.keys.secret import as_bytes
from sdp.pki.trust.end_entity import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from sdp.pki.keys.secret import Secret

_SEQUENCE: Final = 0x30
_OCTETS: Final = 0x04
_EXPLICIT: Final = 0xA0
_CONSTRUCTED: Final = 0x20
_DATA: Final = bytes.fromhex("2a864886f70d010701")
_KEY_BAG: Final = bytes.fromhex("2a864886f70d010c0a0101")
_SHROUDED_KEY_BAG: Final = bytes.fromhex("2a864886f70d010c0a0102")
_MOST_LEVELS: Final = 24


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An RSA key of a store with its certificate, and the alias that the store has for it."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    alias: str

    def is_called(self, name: str) -> bool:
        """Tell whether this is its alias, in whatever case, or its serial number in hexadecimal."""
        serial = f"{self.certificate.serial_number:x}"
        plain = name.replace(":", "").replace(" ", "").lstrip("0")
        return _folded(name) == _folded(self.alias) or plain.casefold() == serial

    @property
    def may_sign(self) -> bool:
        """True where the certificate is one to sign with."""
        try:
            usage = self.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        except (x509.ExtensionNotFound, *UNREADABLE):
            return False
        return Usage.SIGNING.is_allowed_by(usage)

    def is_valid_at(self, moment: datetime) -> bool:
        """Tell whether the certificate is valid at a moment."""
        certificate = self.certificate
        return certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc

    def __str__(self) -> str:
        use = "signing" if self.may_sign else "not signing"
        alias = self.alias or "(no alias)"
        serial = f"serial {self.certificate.serial_number:x}"
        return f"{alias} ({written(self.certificate.subject)}, {serial}, {use})"


def _folded(alias: str) -> str:
    """Return an alias as it is compared: systems write å in one character or in two."""
    return unicodedata.normalize("NFC", alias.strip()).casefold()


def key_pairs(
    store: pkcs12.PKCS12KeyAndCertificates, data: bytes, password: Secret
) -> list[KeyPair]:
    """Pair every RSA key of a store with the certificates that belong to it.

    Args:
        store: what cryptography has read of it.
        data: the same store in BER.
        password: opens its keys.
    """
    others = [] if store.cert is None else [store.cert]
    certificates = {
        found.certificate: (found.friendly_name or b"").decode("utf-8", errors="replace")
        for found in (*others, *store.additional_certs)
    }
    keys = [store.key, *_other_keys(data, password)]
    by_numbers = {
        key.public_key().public_numbers(): key for key in keys if isinstance(key, rsa.RSAPrivateKey)
    }
    pairs = []
    for certificate, alias in certificates.items():
        try:
            public_key = certificate.public_key()
        except UNREADABLE:
            continue  # it is of no key here
        if isinstance(public_key, rsa.RSAPublicKey):
            key = by_numbers.get(public_key.public_numbers())
            if key is not None:
                pairs.append(KeyPair(key, certificate, alias))
    return pairs


def chosen(pairs: Sequence[KeyPair], *, alias: str | None, moment: datetime, name: str) -> KeyPair:
    """Choose the key with an alias; without one, the only key whose certificate may sign.

    Args:
        pairs: the keys of the store; one at least.
        alias: an alias, or the serial number of a certificate in hexadecimal.
        moment: of several that may sign, those valid at this moment come first.
        name: of the file, for errors.

    Raises:
        MissingKeyError: no key has the alias, or more than one key might be meant.
    """
    there = "; ".join(map(str, pairs))
    if alias is not None:
        pairs = [pair for pair in pairs if pair.is_called(alias)]
        if not pairs:
            raise MissingKeyError(
                f"{name} holds no key called {alias!r}.", remedy=f"It holds: {there}."
            )
    for narrower in (
        [pair for pair in pairs if pair.may_sign],
        [pair for pair in pairs if pair.may_sign and pair.is_valid_at(moment)],
    ):
        if len(pairs) > 1:
            pairs = narrower or pairs
    if len(pairs) > 1 and len({pair.key for pair in pairs}) == 1:
        # A certificate that was renewed with its old key lies beside the one before it.
        return max(pairs, key=lambda pair: pair.certificate.not_valid_after_utc)
    if len(pairs) > 1:
        raise MissingKeyError(
            f"{name} holds {len(pairs)} keys, and it does not show which one is meant.",
            remedy=f"Name one by its alias or serial number in identity.alias. It holds: {there}.",
        )
    return pairs[0]


class _Value(NamedTuple):
    """A value in BER: its tag, and its content, as values where it is constructed."""

    tag: int
    content: bytes | list[_Value]

    def parts(self, tag: int) -> list[_Value]:
        if self.tag != tag or isinstance(self.content, bytes):
            raise ValueError("another structure was expected")
        return self.content

    def octets(self) -> bytes:
        if isinstance(self.content, bytes):
            return self.content
        return b"".join(part.octets() for part in self.content)

    def der(self) -> bytes:
        if isinstance(self.content, bytes):
            content = self.content
        elif self.tag == _OCTETS | _CONSTRUCTED:
            return _Value(_OCTETS, self.octets()).der()
        else:
            content = b"".join(part.der() for part in self.content)
        size = len(content)
        if size < 0x80:
            return bytes((self.tag, size)) + content
        length = size.to_bytes((size.bit_length() + 7) // 8, "big")
        return bytes((self.tag, 0x80 | len(length))) + length + content


def _other_keys(data: bytes, password: Secret) -> Iterator[PrivateKeyTypes]:
    try:
        bags = list(_key_bags(data))
    except (ValueError, IndexError):
        return
    if len(bags) == 1:
        return  # it is the store's own: deriving its key again from the password takes long
    for bag, is_encrypted in bags:
        try:
            yield load_der_private_key(bag, as_bytes(password) if is_encrypted else None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue  # of a kind that nobody could sign with


def _key_bags(data: bytes) -> Iterator[tuple[bytes, bool]]:
    # PFX { version, authSafe { data, [0] OCTET STRING of { ContentInfo … } }, macData }
    _, safe, *_ = _parsed(data).parts(_SEQUENCE)
    for info in _parsed(_content_of(safe)).parts(_SEQUENCE):
        if info.parts(_SEQUENCE)[0].octets() != _DATA:
            continue  # encrypted as a whole, as certificates are
        for bag in _parsed(_content_of(info)).parts(_SEQUENCE):
            kind, wrapped, *_ = bag.parts(_SEQUENCE)
            if kind.octets() in {_KEY_BAG, _SHROUDED_KEY_BAG}:
                (value,) = wrapped.parts(_EXPLICIT)
                yield value.der(), kind.octets() == _SHROUDED_KEY_BAG


def _content_of(info: _Value) -> bytes:
    kind, wrapped = info.parts(_SEQUENCE)
    if kind.octets() != _DATA:
        raise ValueError("signed with a key instead of a password")
    (content,) = wrapped.parts(_EXPLICIT)
    return content.octets()


def _parsed(data: bytes) -> _Value:
    value, _ = _read(data, 0, _MOST_LEVELS)
    return value


def _read(data: bytes, at: int, levels: int) -> tuple[_Value, int]:
    if not levels:
        raise ValueError("too deep")
    tag, length, at = data[at], data[at + 1], at + 2
    if length == 0x80:
        return _read_parts(data, at, None, tag, levels)
    if length > 0x80:
        size = length - 0x80
        length, at = int.from_bytes(data[at : at + size], "big"), at + size
    end = at + length
    if end > len(data):
        raise ValueError("cut off")
    if tag & _CONSTRUCTED:
        return _read_parts(data, at, end, tag, levels)
    return _Value(tag, data[at:end]), end


def _read_parts(data: bytes, at: int, end: int | None, tag: int, levels: int) -> tuple[_Value, int]:
    parts: list[_Value] = []
    while at != end:
        if end is None and data[at : at + 2] == b"\0\0":
            return _Value(tag, parts), at + 2
        part, at = _read(data[:end], at, levels - 1)
        parts.append(part)
    return _Value(tag, parts), at
