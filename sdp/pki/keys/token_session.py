"""Session of this process with a PKCS#11 token: one at a time, logged in again when lost.

PKCS#11 counts a login for the whole process, so all keys on a token share one session here. And
python-pkcs11 starts modules in the way that promises them calls from one thread at a time, so
all calls go through one lock.
"""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import pkcs11
from pkcs11 import exceptions as refusals

from sdp.errors import (
    IdentityError,
    KeyUnavailableError,
    MissingKeyError,
    PinLockedError,
    UnsupportedKeystoreError,
    WrongPasswordError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pkcs11._pkcs11 import lib

T = TypeVar("T")

_CALLS: Final = threading.RLock()
LOST: Final[tuple[type[refusals.PKCS11Error], ...]] = (
    refusals.DeviceError,
    refusals.DeviceRemoved,
    refusals.KeyHandleInvalid,
    refusals.ObjectHandleInvalid,
    refusals.SessionClosed,
    refusals.SessionHandleInvalid,
    refusals.TokenNotPresent,
    refusals.UserNotLoggedIn,
)
_WRONG_PIN: Final = (refusals.PinIncorrect, refusals.PinInvalid, refusals.PinLenRange)

_shared: Final[dict[tuple[str, str], TokenSession]] = {}
_started_in: Final[dict[str, int]] = {}


def reason_of(error: refusals.PKCS11Error) -> str:
    """Return what a token says, if only in the name of its code."""
    return str(error) or type(error).__name__


class TokenSession:
    """Session that the identities on one token share. Made by `share`, given back by `release`."""

    def __init__(self, module: str, token: str) -> None:
        self.token = token
        self.process: int = os.getpid()
        self._module = module
        self._session: pkcs11.Session | None = None
        self._users = 0
        self._was_there = False

    @classmethod
    def share(cls, module: str, token: str) -> TokenSession:
        """Return the session with a token, which is opened when it is first used."""
        # A bare name is left to the loader, which looks where libraries are installed.
        place = (os.path.realpath(module) if os.sep in module else module, token)
        with _CALLS:
            found = _shared.get(place)
            if found is None or found.process != os.getpid():
                found = _shared[place] = cls(*place)
            found._users += 1
            return found

    def release(self) -> None:
        """Say that one user fewer is left. The last one logs out."""
        if self.process != os.getpid():
            return
        with _CALLS:
            self._users -= 1
            if not self._users:
                self._drop()
                _shared.pop((self._module, self.token), None)

    def run(
        self, work: Callable[[pkcs11.Session], T], pin: Callable[[], str], *, anew: bool = False
    ) -> T:
        """Do some work in the session. If it was lost, log in again and do the work once more.

        Args:
            work: what to do.
            pin: gives the PIN, where a login is needed.
            anew: log in first in any case, so that this PIN is known to be right.

        Raises:
            IdentityError: the token cannot be logged in to; the type says why.
            PKCS11Error: the work itself was refused.
        """
        if self.process != os.getpid():
            raise KeyUnavailableError(
                "The token was opened in another process, and its sessions end there.",
                remedy="Open the identity in the process that uses it, after the fork.",
            )
        with _CALLS:
            if self._session is not None and not anew:
                try:
                    return work(self._session)
                except LOST:
                    pass
            self._drop()
            self._session = self._opened(pin)
            return work(self._session)

    def _opened(self, pin: Callable[[], str]) -> pkcs11.Session:
        try:
            session = self._login(pin)
        except MissingKeyError as error:
            if not self._was_there:
                raise
            raise KeyUnavailableError(
                f"The token {self.token} was lost.", remedy="Put it back, or check its connection."
            ) from error
        self._was_there = True
        return session

    def _login(self, pin: Callable[[], str]) -> pkcs11.Session:
        token = _only_token(_started(self._module), self.token)
        if token.flags & pkcs11.TokenFlag.USER_PIN_LOCKED:
            raise _locked(self.token)
        try:
            return token.open(user_pin=pin())
        except refusals.UserAlreadyLoggedIn:
            # By another part of this process.
            return token.open()
        except refusals.PKCS11Error as error:
            raise _not_logged_in(error, self.token) from error

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with contextlib.suppress(refusals.PKCS11Error):
                session.close()


def _started(module: str) -> lib:
    if not _may_be_there(module):
        raise MissingKeyError(
            f"The PKCS#11 module {module} is not there.",
            remedy="Give the path of the library that came with the HSM.",
        )
    try:
        library = pkcs11.lib(module)
        if _started_in.setdefault(module, os.getpid()) != os.getpid():
            # A module that was started before a fork must be started anew after it.
            library.reinitialize()
            _started_in[module] = os.getpid()
    except refusals.PKCS11Error as error:
        raise UnsupportedKeystoreError(
            f"{module} cannot be used as a PKCS#11 module: {reason_of(error)}.",
            remedy="Check that it is the HSM's library for this machine, and its own set-up.",
        ) from error
    return library


def _may_be_there(module: str) -> bool:
    try:
        module.encode()  # python-pkcs11 takes no other path
        return os.sep not in module or Path(module).exists()
    except (OSError, ValueError):  # a path that no system takes
        return False


def _only_token(library: lib, label: str) -> pkcs11.Token:
    tokens = []
    try:
        slots = library.get_slots(token_present=True)
    except refusals.PKCS11Error as error:
        raise _unavailable(label, error) from error
    for slot in slots:
        # One that does not answer is not the one; a module may have others.
        with contextlib.suppress(refusals.PKCS11Error):
            tokens.append(slot.get_token())
    labelled = [token for token in tokens if token.label == label]
    if len(labelled) == 1:
        return labelled[0]
    if labelled:
        raise MissingKeyError(
            f"{len(labelled)} tokens are labelled {label}, and only one can be meant.",
            remedy="Give them different labels.",
        )
    others = ", ".join(sorted(token.label for token in tokens if token.label))
    raise MissingKeyError(
        f"There is no token labelled {label}.",
        remedy=f"There is: {others}." if others else "No token is there; check the connection.",
    )


def _not_logged_in(error: refusals.PKCS11Error, token: str) -> IdentityError:
    if isinstance(error, refusals.PinLocked):
        return _locked(token)
    if isinstance(error, _WRONG_PIN):
        return WrongPasswordError(
            f"The token {token} does not accept the PIN.",
            remedy="Check it before you try again: a token locks after a few wrong ones.",
        )
    if isinstance(error, refusals.PinExpired | refusals.UserPinNotInitialized):
        return WrongPasswordError(
            f"The PIN of the token {token} has expired, or was never set.",
            remedy="Set it with the tool that came with the HSM.",
        )
    return _unavailable(token, error)


def _locked(token: str) -> PinLockedError:
    return PinLockedError(
        f"The PIN of the token {token} is locked, after too many wrong ones.",
        remedy="Its security officer must set a new PIN. Correct the configured one first.",
    )


def _unavailable(token: str, error: refusals.PKCS11Error) -> KeyUnavailableError:
    return KeyUnavailableError(f"The token {token} does not answer: {reason_of(error)}.")
