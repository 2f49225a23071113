"""The site as a browser has it: built strictly, found by search, in its language, and readable."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

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
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs")
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)],
        cwd=_ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return folder


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
