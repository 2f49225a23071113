"""Ring of reused buffers between two stages of packing, the second on a thread of its own.

A large letter passes two rings: plain bytes from the ZIP to the encryption, encrypted bytes from
there to the fingerprint and the file. Plain and encrypted bytes have buffers apart, since an
encryption in place has been silently wrong in some releases of `cryptography`. A small letter has
rings of one buffer and no threads.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

_DEPTH: Final = 3
_BUFFER: Final = 516 * 1024
_MOST_SPARE: Final = 2 * _DEPTH

# Buffers of rings that are over. To get them anew from the system costs a small letter a twentieth
# of its packing.
_spare: deque[bytearray] = deque(maxlen=_MOST_SPARE)


class Ring:
    """Buffers that are taken, filled, handled in order and taken again.

    As a context manager it ends the stage: whatever the handler raised is raised by the next
    `take`, or when the block ends; the thread has ended by then, whichever way the block does.

    Args:
        handle: takes the filled part of a buffer, and must be done with it when it returns.
        size: how much of each buffer is used, in bytes.
        threaded: handle on a thread of its own, with three buffers, if one can be started; else at
            once, with one.
    """

    def __init__(
        self, handle: Callable[[memoryview], object], size: int, *, threaded: bool
    ) -> None:
        self.size = size
        self._handle = handle
        self._free = deque(_buffer(size) for _ in range(_DEPTH if threaded else 1))
        self._worker = _started(self._handle_one) if threaded else None

    def take(self) -> bytearray:
        """Wait for a free buffer, and take it until it is passed on."""
        if self._worker is not None:
            self._worker.wait_for(lambda: bool(self._free))
        return self._free.popleft()

    def pass_on(self, buffer: bytearray, filled: memoryview) -> None:
        """Have the filled part of a taken buffer handled, and the buffer free again afterwards."""
        if self._worker is not None:
            self._worker.do(buffer, filled)
        else:
            self._handle_one(buffer, filled)

    def _handle_one(self, buffer: bytearray, filled: memoryview) -> None:
        try:
            if filled:
                self._handle(filled)
        finally:
            self._free.append(buffer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._worker is not None:
            self._worker.finish(is_whole=kind is None)
        _spare.extend(buffer for buffer in self._free if len(buffer) == _BUFFER)
        self._free.clear()


def _started(handle: Callable[[bytearray, memoryview], None]) -> _Worker | None:
    """Start the thread of a stage; None where the system lets this process have no more."""
    try:
        return _Worker(handle)
    except RuntimeError:
        return None


def _buffer(size: int) -> bytearray:
    if size > _BUFFER:
        return bytearray(size)
    try:
        return _spare.popleft()
    except IndexError:
        return bytearray(_BUFFER)


class RingWriter:
    """Writer into the buffers of a ring, by copy or straight into them."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._size = ring.size
        self._buffer = ring.take()
        self._view = memoryview(self._buffer)
        self._filled = 0

    def write(self, data: Buffer) -> None:
        """Copy bytes into the ring."""
        view = memoryview(data)
        end = self._filled + len(view)
        while end > self._size:
            room = self._size - self._filled
            self._view[self._filled : self._size] = view[:room]
            self.commit(room)
            view = view[room:]
            end = self._filled + len(view)
        self._view[self._filled : end] = view
        self._filled = end

    def room(self, least: int) -> memoryview:
        """Return the free rest of a buffer, at least so many bytes, to be filled from its start."""
        if self._size - self._filled < least:
            self.flush()
        return self._view[self._filled : self._size]

    def commit(self, count: int) -> None:
        """Keep the first bytes of the room that was filled."""
        self._filled += count
        if self._filled == self._size:
            self.flush()

    def flush(self) -> None:
        """Pass on what is filled, and take the next buffer."""
        self._ring.pass_on(self._buffer, self._view[: self._filled])
        self._buffer = self._ring.take()
        self._view = memoryview(self._buffer)
        self._filled = 0

    def close(self) -> None:
        """Pass on what is filled, and take nothing more."""
        self._ring.pass_on(self._buffer, self._view[: self._filled])


class _Worker:
    """A thread that does one thing after the other, until it is told that there is no more."""

    def __init__(self, work: Callable[[bytearray, memoryview], None]) -> None:
        self._work = work
        self._waiting: deque[tuple[bytearray, memoryview]] = deque()
        self._no_more = False
        self._failure: BaseException | None = None
        self._changed = threading.Condition()
        # For Python 3.11, a thread has ended as soon as whoever joins it is interrupted.
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sdp-pack", daemon=True)
        self._thread.start()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            self._changed.wait_for(lambda: condition() or self._no_more)
        self.raise_failure()

    def do(self, buffer: bytearray, filled: memoryview) -> None:
        with self._changed:
            self._waiting.append((buffer, filled))
            self._changed.notify_all()

    def finish(self, *, is_whole: bool) -> None:
        """End when all is done; or drop what waits, and wait for the piece being handled alone."""
        if not is_whole:
            self._abandon()
            return
        try:
            self._end()
        except BaseException:
            self._abandon()
            raise
        self.raise_failure()

    def _end(self) -> None:
        with self._changed:
            self._no_more = True
            self._changed.notify_all()
        self._over.wait()
        self._thread.join()

    def _abandon(self) -> None:
        with self._changed:
            self._waiting.clear()
        self._end()

    def raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            while (item := self._next()) is not None:
                self._work(*item)
                with self._changed:
                    self._changed.notify_all()
        except BaseException as failure:
            self._failure = failure
            with self._changed:
                self._no_more = True
                self._changed.notify_all()
        self._over.set()

    def _next(self) -> tuple[bytearray, memoryview] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._no_more)
            return self._waiting.popleft() if self._waiting else None
