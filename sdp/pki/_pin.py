"""The PIN of a token: asked for when it is needed, and shown to nobody."""

from __future__ import annotations

from collections.abc import Callable

from sdp.errors import WrongPasswordError
from sdp.pki._secret import SecretValue, as_bytes, masked

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
