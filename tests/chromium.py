"""Chromium as the tests of pages start it."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Error
    from playwright.sync_api import Page as BrowserPage


# What the pages under test do not need, and what takes half of the processor's time otherwise:
# drawing on a graphics card that is imitated, a process for each site, and one in reserve.
_FRUGAL = (
    *("--disable-gpu", "--in-process-gpu"),
    *("--disable-site-isolation-trials", "--renderer-process-limit=1"),
)
_UNUSED = (
    *("SpareRendererForSitePerProcess", "WebUIOmniboxPopup", "WebUIOmniboxFullPopup"),
    "WebUIOmniboxAimPopup",
    # Playwright's own, which the last list of features replaces.
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "AvoidCorsURLLoaderRestartOnRedirect"),
    *("DestroyProfileOnBrowserClose", "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable"),
    *("PaintHolding", "ThirdPartyStoragePartitioning", "MediaRouter", "OptimizationHints"),
    *("NetworkTimeServiceQuerying", "PreconnectToSearch"),
)


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
    args = [*_FRUGAL, f"--disable-features={','.join(_UNUSED)}"]
    if os.geteuid() == 0:
        # As root, Chromium has no sandbox. All it visits here is our own.
        args.append("--no-sandbox")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=args)
        yield started
        started.close()


@contextmanager
def as_new(page: BrowserPage, complaints: list[str]) -> Iterator[BrowserPage]:
    """Lend a page for one test: as a new one is, its messages on the console and errors noted.

    A new page is a new process, which takes five times as long as a page that goes elsewhere.
    """

    def note_message(message: ConsoleMessage) -> None:
        complaints.append(f"{message.type}: {message.text}")

    def note_error(error: Error) -> None:
        complaints.append(str(error))

    page.set_viewport_size({"width": 1280, "height": 720})
    page.emulate_media(media="null", color_scheme="light")
    page.on("console", note_message)
    page.on("pageerror", note_error)
    try:
        yield page
    finally:
        page.remove_listener("console", note_message)
        page.remove_listener("pageerror", note_error)
        page.context.clear_cookies()
        page.goto("about:blank")
