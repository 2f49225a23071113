from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from sdp.domain import Aapningskvittering, Leveringskvittering
from tests.chromium import as_new, chromium
from tests.e2e.commands import command
from tests.e2e.outbox.processes import until
from tests.unit.outbox.rig import Rig
from tests.unit.outbox.test_stuck import set_aside, unsettled
from tests.unit.outbox.world import Clock, World, letter, person, receipt

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Request
    from playwright.sync_api import Page as BrowserPage

OPENED, LATE, UNSETTLED, REFUSED, PAUSED = "sak-1", "sak/2", "sak 3", "sak-4", "sak-5"


def fill(path: Path) -> None:
    """Letters in most states, each under the key of its name."""
    clock = Clock(datetime.now(UTC) - timedelta(days=12))
    world = World(clock, reserved={person(4)})
    rig = Rig(path, world, clock)
    rig.outbox.put(UNSETTLED, person(3), letter(), kampanje="Skoleskyss")
    unsettled(rig, UNSETTLED)
    clock.moment = datetime.now(UTC) - timedelta(days=9)
    rig.outbox.put(OPENED, person(1), letter(), kampanje="Skoleskyss")
    rig.outbox.put(LATE, person(2), letter(), kampanje="Skoleskyss")
    rig.outbox.put(REFUSED, person(4), letter(), kampanje="Skoleskyss")
    rig.work()
    conversation = rig.outbox.post(OPENED).konversasjons_id
    world.waiting = [
        receipt(kind, conversation).model_copy(update={"tidspunkt": clock()})
        for kind in (Leveringskvittering, Aapningskvittering)
    ]
    world.waiting.append(set_aside(1))
    rig.poll()
    rig.outbox.put(PAUSED, person(5), letter(), kampanje="Feiing")
    rig.outbox.pause("Feiing", hvem="kari")
    rig.outbox.put_many((f"mange-{number:03}", person(6), letter()) for number in range(120))
    rig.die()


class Served:
    """A page that is served by the command, as a process of its own."""

    def __init__(self, path: Path, *options: str) -> None:
        self.path = path
        self._log = path.with_suffix(".log")
        self._log.touch()
        self._process = command("outbox", "serve", path, "--port", "0", *options, log=self._log)
        until(lambda: not self._process.is_running or self._address() is not None)
        address = self._address()
        assert address is not None, self._log.read_text()
        self.url = address
        self.http = httpx.Client(base_url=self.url, follow_redirects=False, trust_env=False)

    def _address(self) -> str | None:
        found = re.search(r"(http://\S+)/\n", self._log.read_text())
        return found and found[1]

    def close(self) -> str:
        """End it as systemd would; return what it wrote meanwhile."""
        self.http.close()
        if self._process.is_running:
            self._process.signal(signal.SIGTERM)
        self.exit_code = self._process.wait(within=100)
        return self._log.read_text()

    def kill(self) -> None:
        self.http.close()
        self._process.kill()


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Served]]:
    started: list[Served] = []

    def start(*options: str) -> Served:
        path = tmp_path_factory.mktemp("page") / "post.db"
        fill(path)
        started.append(Served(path, *options))
        return started[-1]

    yield start
    for each in started:
        each.kill()


@pytest.fixture(scope="module")
def looking(serve: Callable[..., Served]) -> Served:
    return serve()


@pytest.fixture(scope="module")
def deciding(serve: Callable[..., Served]) -> Served:
    return serve("--allow-actions")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def lent_page(browser: Browser) -> Iterator[BrowserPage]:
    with browser.new_context() as context:
        context.set_default_timeout(10_000)
        yield context.new_page()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser has complained about, and what it asked of others."""
    return []


@pytest.fixture
def page(lent_page: BrowserPage, complaints: list[str]) -> Iterator[BrowserPage]:
    def note_request(asked: Request) -> None:
        if "//127.0.0.1:" not in asked.url:
            complaints.append(asked.url)

    with as_new(lent_page, complaints) as page:
        page.on("request", note_request)
        yield page
        page.remove_listener("request", note_request)
