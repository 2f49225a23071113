"""Encryption at rest: keys, where they come from, and AES-256-GCM bound to row and column.

From each key three are derived by HKDF-SHA256: one that encrypts, one that persons are found by,
and one that documents are known by. None of them tells another.
"""

from __future__ import annotations

import base64
import hmac
import os
import shlex
import subprocess
from functools import cached_property
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sdp.errors import ConfigurationError, UnreadableLetterError
from sdp.gate.files import read_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_ID_BYTES: Final = 8
_HEX_DIGITS: Final = 2 * KEY_BYTES
_COMMAND_SECONDS: Final = 60.0
_FORMS: Final = "file:PATH, env:NAME or command:PROGRAM ARGUMENTS"


class Key:
    """One key of 32 bytes, and what is derived from it. Safe to share between threads."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError(f"a key is {KEY_BYTES} bytes")
        self._secret = secret
        self.id = self._derived("id")[:_ID_BYTES].hex()

    def __repr__(self) -> str:
        return f"Key(id={self.id!r})"

    def seal(self, value: bytes, place: bytes) -> bytes:
        """Encrypt a value for one place; what is encrypted twice differs, and tells nothing."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, value, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """Decrypt a value that was encrypted for the same place.

        Raises:
            UnreadableLetterError: it was changed, or belongs somewhere else.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)
        except (InvalidTag, ValueError):
            raise UnreadableLetterError(
                "What is stored of a letter was changed in the database, or belongs to another"
                " letter: it does not decrypt in its place.",
                remedy="Find out who writes to the database. Put the letter under a new key.",
            ) from None

    def person_token(self, person: str) -> str:
        """Return what a person is found by; without the key it cannot be made or tried."""
        return hmac.digest(self._person_key, person.encode(), "sha256").hex()

    def document_token(self, digest: str) -> str:
        """Return what a document of a SHA-256 is known by: the digest itself could be guessed."""
        return hmac.digest(self._document_key, digest.encode(), "sha256").hex()

    @cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(self._derived("encryption"))

    @cached_property
    def _person_key(self) -> bytes:
        return self._derived("person")

    @cached_property
    def _document_key(self) -> bytes:
        return self._derived("document")

    def _derived(self, purpose: str) -> bytes:
        info = f"sdp outbox 1 {purpose}".encode()
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(self._secret)


def place_of(table: str, column: str, *row: str) -> bytes:
    """Name a place in the tables, for what is encrypted to be bound to it: a list in JSON."""
    # As json.dumps writes a list of texts, in a third of its time: each letter has four places.
    return f"[{', '.join(map(encode_basestring_ascii, (table, column, *row)))}]".encode()


def to_text(sealed: bytes) -> str:
    """Write what is encrypted as text, for a column that holds text."""
    return base64.b64encode(sealed).decode("ascii")


def from_text(text: str) -> bytes:
    """Read what `to_text` wrote; what is no such text is empty, and does not decrypt."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


class KeySource:
    """A place that keys come from, read when the outbox is opened and when a new key is met.

    It holds one key a line, in hexadecimal or Base64: the one to encrypt with first, then any that
    something is still encrypted with. Empty lines and those that begin with # do not count.

    Args:
        text: `file:PATH`, `env:NAME`, or `command:PROGRAM ARGUMENTS`, whose output is taken.
        environ: the variables of the environment.

    Raises:
        ConfigurationError: it is none of these.
    """

    def __init__(self, text: str, environ: Mapping[str, str] = os.environ) -> None:
        kind, _, where = text.partition(":")
        readers: dict[str, Callable[[str], str]] = {
            "file": _from_file,
            "env": lambda name: _from_variable(name, environ),
            "command": _from_command,
        }
        if kind not in readers or not where.strip():
            # The text itself stays out of the message: somebody may have given the key.
            raise ConfigurationError(
                "The source of the outbox's key is not one that is known.",
                remedy=f"Give {_FORMS}; never the key itself.",
            )
        self._read, self._where = readers[kind], where

    def read(self) -> tuple[Key, ...]:
        """Return the keys, the one to encrypt with first.

        Raises:
            ConfigurationError: there is none, or a line holds no key of 32 bytes.
        """
        lines = [line.strip() for line in self._read(self._where).splitlines()]
        keys = tuple(_key(line) for line in lines if line and not line.startswith("#"))
        if not keys:
            raise ConfigurationError(
                "There is no key in the source of the outbox's key.", remedy=_MAKE_ONE
            )
        return keys


_MAKE_ONE: Final = "Make one with: openssl rand -hex 32"


def _key(line: str) -> Key:
    try:
        is_hex = len(line) == _HEX_DIGITS
        return Key(bytes.fromhex(line) if is_hex else base64.b64decode(line, validate=True))
    except ValueError:
        raise ConfigurationError(
            "A line in the source of the outbox's key is not 32 bytes in hexadecimal or Base64.",
            remedy=_MAKE_ONE,
        ) from None


def _from_file(path: str) -> str:
    try:
        return read_file(path).decode("ascii")
    except OSError as error:
        words = f"The file with the outbox's key cannot be read: {error.strerror}."
    except UnicodeDecodeError:
        words = "The file with the outbox's key holds something else than text."
    raise ConfigurationError(words, remedy="One key a line, in hexadecimal or Base64.")


def _from_variable(name: str, environ: Mapping[str, str]) -> str:
    try:
        return environ[name]
    except KeyError:
        raise ConfigurationError(
            f"The variable {name}, with the outbox's key, is not set.", remedy=_MAKE_ONE
        ) from None


def _from_command(command: str) -> str:
    # Neither its arguments nor what it writes is shown: both may be secret.
    remedy = "Run it by hand: it must end with 0 and write one key a line."
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command, without a shell
            shlex.split(command), capture_output=True, check=False, timeout=_COMMAND_SECONDS
        )
        if done.returncode == 0:
            return done.stdout.decode("ascii")
        words = f"The command for the outbox's key ended with {done.returncode}."
    except UnicodeDecodeError:
        words = "The command for the outbox's key writes something else than text."
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its quotes do not match"
        words = f"The command for the outbox's key cannot be run: {reason}."
    except subprocess.TimeoutExpired:
        words = f"The command for the outbox's key took more than {_COMMAND_SECONDS:.0f} seconds."
    raise ConfigurationError(words, remedy=remedy)
