"""The site as a browser has it: built strictly, found by search, in its language, and readable."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.chromium import chromium
from tests.locks import alone

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_ROOT = Path(__file__).parents[2]
_ANSWERS = {
    "logging": "logging/",
    "metrics": "logging/",
    "Docker": "containers/",
    "Kubernetes": "containers/",
    "systemd": "supervision/",
    "cron": "supervision/",
    "crash": "after-a-crash/",
    "backup": "outbox-operations/",
    "checklist": "checklist/",
    "sizing": "sizing/",
    "FAQ": "faq/",
    "GDPR": "privacy/",
    "ROS": "transition/",
    "årshjul": "plan-norsk/",
    "gevinst": "plan-norsk/",
    "sjekkliste": "sjekkliste/",
    "personvern": "personvern/",
    "proxy": "network/",
    "DPIA": "privacy/",
}


@pytest.fixture(scope="module")
def site(run_folder: Path) -> Path:
    """The site, built once by whichever process of the run needs it first."""
    pytest.importorskip("mkdocs")
    folder, unfinished = run_folder / "site", run_folder / "site.unfinished"
    with alone(run_folder / "site.lock"):
        if folder.exists():
            return folder
        built = subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(unfinished)],
            cwd=_ROOT,
            env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert built.returncode == 0, built.stderr
        return unfinished.rename(folder)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def index(site: Path) -> list[dict[str, Any]]:
    found = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    docs: list[dict[str, Any]] = found["docs"]
    return docs


@pytest.mark.parametrize(("word", "page"), _ANSWERS.items())
def test_a_search_finds_the_word_in_a_heading_of_the_page_that_answers(
    index: list[dict[str, Any]], word: str, page: str
) -> None:
    headings = [each["title"] for each in index if each["location"].partition("#")[0] == page]
    assert any(word.casefold() in heading.casefold() for heading in headings), headings


@pytest.mark.parametrize("page", ["norsk", "plan-norsk", "sjekkliste", "personvern"])
def test_a_norwegian_page_says_that_it_is_norwegian(site: Path, page: str) -> None:
    assert '<html lang="nb"' in (site / page / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [1280, 400])
def test_no_page_of_the_site_is_wider_than_its_window(
    site: Path, browser: Browser, width: int
) -> None:
    pages = ["index.html", *(f"{each}/index.html" for each in ("start", "norsk", "reference"))]
    with browser.new_page(viewport={"width": width, "height": 900}) as page:
        for each in pages:
            page.goto((site / each).as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") == width, each


def test_the_figure_of_the_way_lies_on_a_screen_and_stands_on_a_telephone(
    site: Path, browser: Browser
) -> None:
    with browser.new_page() as page:
        for width, shown in ((1280, "letter.svg"), (400, "letter-standing.svg")):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto((site / "index.html").as_uri())
            figures = page.locator("img[src^=letter]")
            [seen] = [each for each in figures.all() if each.is_visible()]
            assert seen.get_attribute("src") == shown
