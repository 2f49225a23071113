"""What only a key outside of this process can say: its PIN is locked, or it does not answer."""

from __future__ import annotations

from sdp.errors import Fault, IdentityError, Retry


class PinLockedError(IdentityError):
    """The token is locked after too many wrong PINs, and no PIN opens it any more."""


class KeyUnavailableError(IdentityError):
    """The key cannot be used now, because what holds it does not answer or does not do it."""

    fault = Fault.UNKNOWN
    retry = Retry.LATER
