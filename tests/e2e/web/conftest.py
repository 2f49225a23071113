from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from sdp import Client
from sdp.testmiljo import Testmiljo
from tests.chromium import as_new, chromium
from tests.e2e.client.conftest import Letters
from tests.e2e.web.page import Browserless, received

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as BrowserPage


@pytest.fixture(scope="module")
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


@pytest.fixture
def letters(miljo: Testmiljo) -> Letters:
    return Letters(miljo)


@pytest.fixture
def web(miljo: Testmiljo) -> Iterator[Browserless]:
    with Browserless(miljo) as web:
        yield web
    miljo.faults.clear()


@pytest.fixture(params=("ebms", "dpi"))
def client(miljo: Testmiljo, request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client on each wire, that has no receipts to come from letters before."""
    with Client(miljo.client_config(wire=request.param)) as made:
        received(made)
        yield made


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@contextmanager
def page_of(miljo: Testmiljo, browser: Browser) -> Iterator[BrowserPage]:
    """Open a page for the addresses of one environment."""
    # The CA of the environment is nobody's but its own.
    with browser.new_context(base_url=miljo.root_url, ignore_https_errors=True) as context:
        context.set_default_timeout(10_000)
        yield context.new_page()


@pytest.fixture(scope="module")
def lent_page(miljo: Testmiljo, browser: Browser) -> Iterator[BrowserPage]:
    with page_of(miljo, browser) as page:
        yield page


@pytest.fixture
def complaints() -> list[str]:
    """What the browser has complained about."""
    return []


@pytest.fixture
def page(miljo: Testmiljo, lent_page: BrowserPage, complaints: list[str]) -> Iterator[BrowserPage]:
    with as_new(lent_page, complaints) as page:
        yield page
    miljo.faults.clear()
