"""A report as one HTML page, to hand over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import html
from lxml.html import builder as h

from sdp._version import __version__
from sdp.verify.check import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sdp.verify.report import Report
    from sdp.verify.suite import Result

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
caption { text-align: left; padding: 1rem 0 .5rem; font-weight: 600 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem } dd { margin: 0 }
th, td { text-align: left; vertical-align: top; padding: .5rem; border-bottom: 1px solid #ccc }
td.verdict { font-weight: 600 }
.ok { color: #14651d } .warning { color: #7a4b00 } .failed { color: #a4000f }
.skipped { color: #555 }
td p, th p { margin: .25rem 0 0 } th p { font-weight: 400 }
"""
_HEADINGS: Final = ("No.", "Check", "Verdict", "What came back, and what to do", "Seconds")


def as_html(report: Report) -> bytes:
    """Write a report as a page that stands alone, with what failed first."""
    failures = [each for each in report.results if each.outcome.verdict is Verdict.FAILED]
    page = h.HTML(
        h.HEAD(
            h.META(charset="utf-8"),
            h.META(name="viewport", content="width=device-width, initial-scale=1"),
            h.TITLE(report.title),
            h.STYLE(_STYLE),
        ),
        h.BODY(
            h.MAIN(
                h.H1(report.title),
                h.P(
                    f"{'Succeeded' if report.succeeded else 'Did not succeed'}: {report.summary}."
                    f" Started {report.started:%Y-%m-%d %H:%M:%S %Z}, with sdp {__version__}."
                ),
                h.DL(*_addresses(report)),
                *([_table("What failed", failures)] if failures else []),
                _table("Every check, in the order it was run", report.results),
            )
        ),
        lang="en",
    )
    return html.tostring(page, encoding="utf-8", doctype="<!doctype html>", pretty_print=True)


def _addresses(report: Report) -> Iterator[html.HtmlElement]:
    for name, url in report.addresses.items():
        yield h.DT(name)
        yield h.DD(url)


def _table(caption: str, results: Iterable[Result]) -> html.HtmlElement:
    return h.TABLE(
        h.CAPTION(caption),
        h.THEAD(h.TR(*(h.TH(heading, scope="col") for heading in _HEADINGS))),
        h.TBODY(*(_row(result) for result in results)),
    )


def _row(result: Result) -> html.HtmlElement:
    outcome = result.outcome
    found = h.TD(h.DIV(outcome.came_back))
    if outcome.remedy:
        found.append(h.P(h.B("Do: "), outcome.remedy))
    if outcome.verdict in (Verdict.WARNING, Verdict.FAILED):
        found.append(h.P(h.B("Ask: "), f"{result.ask}."))
    return h.TR(
        h.TD(str(result.check.number)),
        h.TH(result.check.name, h.P(result.check.does), scope="row"),
        h.TD(outcome.verdict, h.CLASS(f"verdict {outcome.verdict}")),
        found,
        h.TD(f"{result.seconds:.1f}"),
    )
