"""A stage on a thread of its own is over when its block is, and its buffers are used again."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from sdp.dokumentpakke.ring import Ring, RingWriter, _spare


def stages() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "sdp-pack"]


def write(ring: Ring, data: bytes) -> None:
    buffer = ring.take()
    buffer[: len(data)] = data
    ring.pass_on(buffer, memoryview(buffer)[: len(data)])


@pytest.mark.parametrize("threaded", [True, False])
def test_all_that_is_written_comes_out_in_order_whatever_the_pieces(threaded: bool) -> None:
    out, data = bytearray(), os.urandom(100_003)
    with Ring(out.extend, 1000, threaded=threaded) as ring:
        writer = RingWriter(ring)
        start = 0
        for length in (1, 999, 1, 1000, 1001, 5000, 0, len(data)):
            writer.write(data[start : start + length])
            start += length
        room = writer.room(500)
        room[:3] = b"end"
        writer.commit(3)
        writer.flush()
        writer.flush()
    assert bytes(out) == data + b"end"


@pytest.mark.parametrize("threaded", [True, False])
def test_buffers_are_used_again(threaded: bool) -> None:
    seen = set()
    with Ring(lambda view: seen.add(id(view.obj)), 10, threaded=threaded) as ring:
        for _ in range(100):
            write(ring, b"hei")
    assert len(seen) <= (3 if threaded else 1)


@pytest.mark.parametrize("threaded", [True, False])
def test_the_buffers_of_a_ring_serve_the_next_one(threaded: bool) -> None:
    def buffers() -> set[int]:
        seen = set()
        with Ring(lambda view: seen.add(id(view.obj)), 10, threaded=threaded) as ring:
            writer = RingWriter(ring)
            writer.write(b"hei")
            writer.close()
        return seen

    first = buffers()
    assert first <= {id(buffer) for buffer in _spare}


def test_what_the_handler_raises_is_raised_when_the_block_ends() -> None:
    def full(_: object) -> None:
        raise OSError("full")

    with pytest.raises(OSError, match="full"), Ring(full, 10, threaded=True) as ring:
        write(ring, b"hei")
    assert not stages()


def test_what_the_handler_raises_is_raised_where_a_buffer_is_waited_for() -> None:
    def full(_: object) -> None:
        raise OSError("full")

    def write_for_long() -> None:
        with Ring(full, 10, threaded=True) as ring:
            for _ in range(1000):
                write(ring, b"hei")
                time.sleep(0.001)
            pytest.fail("nobody was told")

    with pytest.raises(OSError, match="full"):
        write_for_long()
    assert not stages()


@pytest.mark.parametrize("pieces", [1, 3])
def test_an_interrupt_while_the_end_is_waited_for_ends_the_stage_too(pieces: int) -> None:
    main = threading.main_thread().ident
    taken = []

    def slow(piece: object) -> None:
        taken.append(piece)
        if len(taken) == 1:
            time.sleep(0.2)  # until the block is over, and its end waits
            signal.pthread_kill(main or 0, signal.SIGINT)
            time.sleep(0.2)

    def work() -> None:
        with Ring(slow, 10, threaded=True) as ring:
            for _ in range(pieces):
                write(ring, b"hei")

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            work()
    finally:
        signal.signal(signal.SIGINT, before)
    assert not stages()
    assert len(taken) == 1


def test_where_no_thread_can_be_started_the_stage_does_its_work_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_more(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_more)
    came: list[bytes] = []
    with Ring(lambda data: came.append(bytes(data)), 4, threaded=True) as ring:
        writer = RingWriter(ring)
        writer.write(b"0123456789")
        writer.flush()

    assert b"".join(came) == b"0123456789"
