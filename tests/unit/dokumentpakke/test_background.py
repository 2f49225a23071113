"""A stage on a thread of its own is over when its block is, however the block ends."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from sdp.dokumentpakke.background import background


def stages() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "sdp-pack"]


def test_what_the_writer_raises_is_raised_when_the_block_ends() -> None:
    def full(_: object) -> None:
        raise OSError("full")

    with pytest.raises(OSError, match="full"), background(full) as write:
        write(b"hei")
    assert not stages()


@pytest.mark.parametrize("pieces", [1, 5])
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
        with background(slow) as write:
            for _ in range(pieces):
                write(b"hei")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert not stages()
    assert len(taken) == 1
