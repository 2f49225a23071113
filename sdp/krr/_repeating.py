"""Asking the register changes nothing, so it may always be asked again."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sdp.errors import Retry, UnreadableAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def safe_to_repeat() -> Iterator[None]:
    """Say of an answer that cannot be read that the same question may be asked again."""
    try:
        yield
    except UnreadableAnswerError as error:
        error.retry = Retry.LATER
        raise
