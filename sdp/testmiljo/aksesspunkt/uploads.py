"""Takes a request in through a temporary file, so that memory need not hold it."""

from __future__ import annotations

import mmap
import tempfile
from typing import TYPE_CHECKING, Self

from sdp.testmiljo.aksesspunkt.problems import invalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

_ROOM_FOR_THE_REST = 2 * 1024 * 1024
"""What the business message and the form may take beside the package."""


class Upload:
    """The content of one request. Use it with `with`.

    Args:
        package_limit: the most bytes the package in it may have.
    """

    def __init__(self, package_limit: int) -> None:
        self._limit = package_limit + _ROOM_FOR_THE_REST
        self._size = 0

    def __enter__(self) -> Self:
        self._spool = tempfile.TemporaryFile()
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()

    async def take(self, chunks: AsyncIterable[bytes]) -> None:
        """Take everything in. What is over the limit is read to its end, and not kept."""
        async for chunk in chunks:
            self._size += len(chunk)
            if self._size <= self._limit:
                self._spool.write(chunk)
        self._spool.flush()

    def content(self) -> mmap.mmap:
        """Open what has been taken in; close it after use.

        Raises:
            HttpRejection: 400; there is nothing, or too much.
        """
        if self._size > self._limit:
            raise invalid("the request is larger than its dokumentpakke may be")
        if self._size == 0:
            raise invalid("the request has no content")
        return mmap.mmap(self._spool.fileno(), 0, access=mmap.ACCESS_READ)
