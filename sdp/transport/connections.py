"""Errors of connections, as httpcore names them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpcore

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def told_as(late: type[Exception], broken: type[Exception]) -> Iterator[None]:
    """Raise as httpcore does, which names what was being done."""
    try:
        yield
    except (TimeoutError, httpcore.TimeoutException) as error:
        raise late(str(error)) from error
    except (OSError, httpcore.NetworkError) as error:
        raise broken(str(error)) from error
