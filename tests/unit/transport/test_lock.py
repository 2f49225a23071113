"""Flows that hold a lock run one at a time, whoever asks first."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sdp.transport.effects import Flow, Lock, Sleep
from sdp.transport.http import HttpTransport
from sdp.transport.settings import HttpSettings
from sdp.transport.sync import Driver

MANY = 8


@dataclass(frozen=True)
class SlowKey:
    """A key whose hash lets other threads in, as any that is hashed by Python code may."""

    name: str

    def __hash__(self) -> int:
        time.sleep(0.002)
        return hash(self.name)


def test_threads_that_ask_first_all_at_once_take_turns() -> None:
    running = 0
    most = 0
    together = threading.Barrier(MANY)

    def alone() -> Flow[None]:
        nonlocal running, most
        with (yield Lock(SlowKey("token"))):
            running += 1
            most = max(most, running)
            yield Sleep(0.002)
            running -= 1

    with HttpTransport(HttpSettings()) as http, ThreadPoolExecutor(MANY) as pool:
        driver = Driver(http, time.sleep)

        def ask(_: int) -> None:
            together.wait()
            driver.run(alone())

        list(pool.map(ask, range(MANY)))
    assert most == 1
