"""Documents that were put before the receivers' own validators get the same verdict from us."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdp.dokumentpakke.html.policy import HtmlPolicy
from sdp.utskrift import preflight
from tests.reference import reference

_TAKEN_BY_DIGIPOST = {"03-base-target", "27-comment-dashes", "28-bare-amp"}
_REFUSED_BY_DIGIPOST = {
    *("02-lang-nb-NO", "10-aria", "15-media-query", "24-tel-link", "42-width-px"),
}
_VERDICTS_OF_THE_PRINTER = {
    "01": "taken",
    "02": "warned",  # taken, though Digdir demands 18 mm free on the left
    "03": "warned",
    "05": "warned",
    "06": "warned",  # taken with the tolerance of 10 mm, which must be agreed
    "08": "refused",
    "09": "warned",  # taken, though Digdir wants it upright
    "20-font-ArialMT": "taken",
    "20-font-Calibri": "refused",
    "21": "refused",
}


def _problems(document: Path) -> list[str]:
    policy = HtmlPolicy()
    policy.take(document.read_bytes())
    policy.finish()
    return policy.problems


def test_html_is_judged_as_digipost_judges_it() -> None:
    problems = {
        each.stem: _problems(each) for each in reference("cases/field-04-html").glob("*.h*")
    }

    assert problems.keys() == _TAKEN_BY_DIGIPOST | _REFUSED_BY_DIGIPOST
    assert {name for name, told in problems.items() if not told} == _TAKEN_BY_DIGIPOST
    told = [problem for each in problems.values() for problem in each]
    assert all("(Digipost's validator)" in problem for problem in told)


@pytest.mark.parametrize("name", _VERDICTS_OF_THE_PRINTER)
def test_pdf_is_judged_as_the_printer_judges_it(name: str) -> None:
    (document,) = reference("cases/field-02-print-pdf").glob(f"{name}*.pdf")

    found = preflight(document.read_bytes())

    verdict = "refused" if found.refusals else "warned" if found.warnings else "taken"
    assert verdict == _VERDICTS_OF_THE_PRINTER[name]
