"""Passwords, PINs and keys as they are passed on: masked wherever they might be printed."""

from __future__ import annotations

from pydantic import SecretBytes, SecretStr

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


def as_bytes(secret: Secret) -> bytes:
    """Return what is masked, for the call that needs it; keep it in no variable."""
    match secret:
        case SecretStr():
            # What is no Unicode opens nothing, and Python's error about it would carry it along.
            return secret.get_secret_value().encode(errors="surrogatepass")
        case SecretBytes():
            return secret.get_secret_value()
