"""Passwords, PINs and keys as they are passed on: masked wherever they might be printed."""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable

from pydantic import SecretBytes, SecretStr

from sdp.errors import WrongPasswordError

Secret = SecretStr | SecretBytes
SecretValue = Secret | str | bytes


def masked(value: SecretValue) -> Secret:
    """Return the value so that only who asks for it by name sees it."""
    match value:
        case str():
            return SecretStr(value)
        case bytes():
            return SecretBytes(value)
        case SecretStr() | SecretBytes():
            return value


def password_in(content: SecretBytes) -> SecretStr | None:
    """Read the password in a file or variable, without the line break that editors put at the end.

    Editors on Windows write a byte order mark that nobody sees, or UTF-16 with one.

    Returns:
        The password; None where it is in another encoding, since an error would carry it along.
    """
    is_utf_16 = content.get_secret_value().startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    encoding = "utf-16" if is_utf_16 else "utf-8-sig"
    try:
        password = SecretStr(content.get_secret_value().decode(encoding).rstrip("\r\n"))
    except UnicodeDecodeError:
        return None
    return None if "\0" in password.get_secret_value() else password


def as_bytes(secret: Secret) -> bytes:
    """Return what is masked, for the call that needs it; keep it in no variable."""
    match secret:
        case SecretStr():
            # What is no Unicode opens nothing, and Python's error about it would carry it along.
            return secret.get_secret_value().encode(errors="surrogatepass")
        case SecretBytes():
            return secret.get_secret_value()


Pin = SecretValue | Callable[[], SecretValue]


def pin_source(pin: Pin) -> Callable[[], str]:
    """Return what gives the PIN each time that a token is logged in to.

    A PIN that is given as a value is kept, masked, since a lost session needs it anew. A function
    is called each time, and what it returns is not kept.
    """
    if callable(pin):
        return lambda: _text(pin())
    kept = masked(pin)
    return lambda: _text(kept)


def _text(pin: SecretValue) -> str:
    pin = masked(pin)
    try:
        return as_bytes(pin).decode()
    except UnicodeError:
        pass
    # Raised out here, or the error above would be chained to it, with the PIN in it.
    raise WrongPasswordError(
        "The PIN is not text in UTF-8, which tokens take.", remedy="Check the PIN."
    )
