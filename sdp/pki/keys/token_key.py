"""RSA key on a PKCS#11 token: found, described, and used to sign and decrypt."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Final, TypeVar, cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, PrivateKey
from pkcs11.exceptions import PKCS11Error
from pkcs11.types import DecryptMixin, SignMixin

from sdp.errors import (
    IdentityError,
    KeyMismatchError,
    KeyUnavailableError,
    MissingKeyError,
    PinLockedError,
    UnsupportedKeyError,
    WrongPasswordError,
)
from sdp.pki.keys.token_session import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pkcs11 import Session

    from sdp.pki.keys.token_session import TokenSession

T = TypeVar("T")

_SHA256_DIGEST_INFO: Final = bytes.fromhex("3031300d060960864801650304020105000420")


class TokenKey:
    """A private key that stays on its token.

    Raises:
        IdentityError: the token cannot be opened, or the key cannot be found there or used; the
            type says why.
    """

    numbers: rsa.RSAPublicNumbers
    certificates: tuple[x509.Certificate, ...]

    def __init__(
        self,
        session: TokenSession,
        pin: Callable[[], str],
        *,
        label: str | None,
        key_id: bytes | None,
    ) -> None:
        self._session = session
        self._pin = pin
        self._wanted: dict[Attribute, object] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
        if label is not None:
            self._wanted[Attribute.LABEL] = label
        if key_id is not None:
            self._wanted[Attribute.ID] = key_id
        self._found: tuple[Session, PrivateKey] | None = None
        self._refused = False
        self.close: Final = weakref.finalize(self, session.release)
        try:
            self.numbers, self.certificates = self._asked(self._look, anew=True)
        except BaseException:
            self.close()
            raise

    @property
    def token(self) -> str:
        """The label of the token."""
        return self._session.token

    def sign(self, digest: bytes) -> bytes:
        """Sign a SHA-256 digest with RSASSA-PKCS1-v1_5.

        Raises:
            IdentityError: the token cannot be logged in to, or refuses.
        """
        if len(digest) != 32:
            raise ValueError("digest must be the 32 bytes of SHA-256")
        return self._asked(lambda session: _sign(self._key(session), digest))

    def decrypt(self, encrypted: bytes, mechanism: Mechanism, parameter: object = None) -> bytes:
        """Decrypt with a mechanism of the token.

        Raises:
            IdentityError: the token cannot be logged in to.
            PKCS11Error: the token refuses.
        """
        return self._run(
            lambda session: _decrypt(self._key(session), encrypted, mechanism, parameter)
        )

    def _asked(self, work: Callable[[Session], T], *, anew: bool = False) -> T:
        try:
            return self._run(work, anew=anew)
        except PKCS11Error as error:
            raise KeyUnavailableError(
                f"The token {self.token} refuses: {reason_of(error)}.",
                remedy="Check that the key may be used for this, and that the HSM is working.",
            ) from error

    def _run(self, work: Callable[[Session], T], *, anew: bool = False) -> T:
        if not self.close.alive:
            raise KeyUnavailableError("The identity is closed.", remedy="Open another one.")
        if self._refused:
            raise WrongPasswordError(
                f"The token {self.token} refused the PIN. It is not tried again, since the token"
                " might lock.",
                remedy="Open a new identity, with the right PIN.",
            )
        try:
            return self._session.run(work, self._pin, anew=anew)
        except (WrongPasswordError, PinLockedError):
            self._refused = True
            raise

    def _look(self, session: Session) -> tuple[rsa.RSAPublicNumbers, tuple[x509.Certificate, ...]]:
        key = self._find(session)
        self._found = session, key
        return _numbers(key), _certificates(session)

    def _key(self, session: Session) -> PrivateKey:
        if self._found is None or self._found[0] is not session:
            key = self._find(session)
            if _numbers(key) != self.numbers:
                raise KeyMismatchError(
                    f"The key on the token {self.token} is not the same as before.",
                    remedy="Open a new identity.",
                )
            self._found = session, key
        return self._found[1]

    def _find(self, session: Session) -> PrivateKey:
        keys = list(session.get_objects(self._wanted))
        if len(keys) != 1:
            raise self._not_one(len(keys), session)
        if not isinstance(keys[0], PrivateKey) or keys[0].key_type is not KeyType.RSA:
            raise UnsupportedKeyError(
                "The private key on the token is not RSA, and the wire signs with RSA alone.",
                remedy="Order a virksomhetssertifikat with an RSA key.",
            )
        if _attribute(keys[0], Attribute.ALWAYS_AUTHENTICATE):
            raise UnsupportedKeyError(
                "The token wants the PIN for each use of this key, which is not how letters "
                "are sent.",
                remedy="Make the key without CKA_ALWAYS_AUTHENTICATE.",
            )
        return keys[0]

    def _not_one(self, count: int, session: Session) -> IdentityError:
        wanted = ", ".join(
            f"{what} {value.hex() if isinstance(value, bytes) else value}"
            for what, key in (("label", Attribute.LABEL), ("id", Attribute.ID))
            if (value := self._wanted.get(key)) is not None
        )
        named = f" with {wanted}" if wanted else ""
        labels = {
            str(_attribute(key, Attribute.LABEL))
            for key in session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})
        }
        there = f"It holds: {', '.join(sorted(labels))}." if labels else "It holds no private key."
        if count:
            return MissingKeyError(
                f"The token {self.token} holds {count} private keys{named}, and one must be meant.",
                remedy=f"Give both label and id. {there}",
            )
        return MissingKeyError(f"The token {self.token} holds no private key{named}.", remedy=there)


def _sign(key: PrivateKey, digest: bytes) -> bytes:
    if not isinstance(key, SignMixin):
        raise _not_allowed("sign", "CKA_SIGN")
    return key.sign(_SHA256_DIGEST_INFO + digest, mechanism=Mechanism.RSA_PKCS)


def _decrypt(key: PrivateKey, encrypted: bytes, mechanism: Mechanism, parameter: object) -> bytes:
    if not isinstance(key, DecryptMixin):
        raise _not_allowed("decrypt", "CKA_DECRYPT")
    return cast("bytes", key.decrypt(encrypted, mechanism=mechanism, mechanism_param=parameter))


def _not_allowed(use: str, attribute: str) -> UnsupportedKeyError:
    return UnsupportedKeyError(
        f"The token does not let the key {use} ({attribute} is false).",
        remedy="Use the key that was made for this, with its certificate.",
    )


def _numbers(key: PrivateKey) -> rsa.RSAPublicNumbers:
    modulus, exponent = (
        int.from_bytes(cast("bytes", key[name]), "big")
        for name in (Attribute.MODULUS, Attribute.PUBLIC_EXPONENT)
    )
    return rsa.RSAPublicNumbers(exponent, modulus)


def _certificates(session: Session) -> tuple[x509.Certificate, ...]:
    found = []
    for entry in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        try:
            found.append(x509.load_der_x509_certificate(cast("bytes", entry[Attribute.VALUE])))
        except (ValueError, PKCS11Error):
            continue  # not X.509, or not readable: none of ours
    return tuple(found)


def _attribute(key: object, name: Attribute) -> object:
    try:
        return key[name]  # type: ignore[index]
    except PKCS11Error:
        return None
