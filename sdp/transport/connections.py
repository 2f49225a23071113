"""Errors of connections, as httpcore names them; and the time that several steps have together."""

from __future__ import annotations

import time

import httpcore


def connecting(error: Exception) -> Exception:
    """Name an error of somebody who was connecting."""
    is_late = isinstance(error, TimeoutError | httpcore.TimeoutException)
    return (httpcore.ConnectTimeout if is_late else httpcore.ConnectError)(str(error))


def reading(error: OSError) -> Exception:
    """Name an error of somebody who was reading."""
    is_late = isinstance(error, TimeoutError)
    return (httpcore.ReadTimeout if is_late else httpcore.ReadError)(str(error))


def writing(error: OSError) -> Exception:
    """Name an error of somebody who was writing."""
    is_late = isinstance(error, TimeoutError)
    return (httpcore.WriteTimeout if is_late else httpcore.WriteError)(str(error))


def deadline_in(timeout: float | None) -> float | None:
    """Return by when steps must be over that have so many seconds together."""
    return None if timeout is None else time.monotonic() + timeout


def left_until(deadline: float | None) -> float | None:
    """Return how many seconds are left.

    Raises:
        TimeoutError: none.
    """
    left = None if deadline is None else deadline - time.monotonic()
    if left is not None and left <= 0:
        raise TimeoutError("late")
    return left
