"""Chromium as the tests of pages start it."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext
    from playwright.sync_api import Page as BrowserPage


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser; skip where there is none, and fail in CI."""
    cannot_run = pytest.fail if os.environ.get("CI") else pytest.skip
    program = shutil.which("chromium")
    if program is None:
        cannot_run("there is no Chromium here; on Debian: apt-get install chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        cannot_run("there is no Playwright here; pip install playwright")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            # As root, Chromium has no sandbox. All it visits here is our own.
            executable_path=program,
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        yield started
        started.close()


def watched_page(context: BrowserContext, complaints: list[str]) -> BrowserPage:
    """Open a page whose messages on the console and errors are noted."""
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    return opened
