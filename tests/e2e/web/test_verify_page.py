"""The page of a verify report in a real browser, on a narrow screen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from sdp.config import Environment
from sdp.verify import SUITE, Result
from sdp.verify.check import failed, ok
from sdp.verify.report import Report, as_html
from sdp.verify.words import Language

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.parametrize("language", ["en", "nb"])
def test_a_report_fits_a_telephone_and_says_first_that_it_failed(
    page: Page, language: Language
) -> None:
    results = (
        Result(SUITE[0], ok("all is well"), 0.1),
        Result(SUITE[6], failed("no answer from https://" + "langt." * 30 + "no/", "try"), 1.0),
    )
    report = Report(Environment.test(), datetime.now(UTC), results)
    page.set_viewport_size({"width": 400, "height": 800})
    page.set_content(as_html(report, language).decode())

    assert page.evaluate("document.documentElement.scrollWidth") == 400
    heading = page.get_by_role("heading", level=1).inner_text()
    assert heading.startswith({"en": "Failed: ", "nb": "Feilet: "}[language])
