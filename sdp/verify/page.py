"""A report as one HTML page, to hand over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import html
from lxml.html import builder as h

from sdp._version import __version__
from sdp.verify import words
from sdp.verify.check import Verdict
from sdp.verify.words import TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sdp.verify.report import Report
    from sdp.verify.suite import Result
    from sdp.verify.words import Language

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem;
  overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% }
caption { text-align: left; padding: 1rem 0 .5rem; font-weight: 600 }
dl { display: grid; grid-template-columns: fit-content(50%) 1fr; gap: 0 1rem } dd { margin: 0 }
th, td { text-align: left; vertical-align: top; padding: .5rem; border-bottom: 1px solid #ccc }
td.verdict { font-weight: 600 }
.ok { color: #14651d } .warning { color: #7a4b00 } .failed { color: #a4000f }
.skipped { color: #555 }
td p, th p { margin: .25rem 0 0 } th p { font-weight: 400 }
@media (max-width: 45rem) {
  dl, table, caption, tbody, tr, th, td { display: block } thead { display: none }
  dt { font-weight: 600 } td, th { border: 0; padding: .125rem 0 }
  tr { border-bottom: 1px solid #ccc; padding: .5rem 0 }
  td[data-label]::before { content: attr(data-label) " "; color: #555; font-weight: 400 }
}
"""
_COLUMNS: Final = ("number", "check", "verdict", "found", "seconds")


def as_html(report: Report, language: Language = "en") -> bytes:
    """Write a report as a page that stands alone, with what failed first.

    Args:
        report: what was found.
        language: of everything but the words that the checks themselves found.
    """
    texts = TEXTS[language]
    title = report.title_in(language)
    failures = [each for each in report.results if each.outcome.verdict is Verdict.FAILED]
    came = texts["succeeded" if report.succeeded else "did_not_succeed"]
    started = texts["started"].format(
        when=f"{report.started:%Y-%m-%d %H:%M:%S %Z}", version=__version__
    )
    page = h.HTML(
        h.HEAD(
            h.META(charset="utf-8"),
            h.META(name="viewport", content="width=device-width, initial-scale=1"),
            h.TITLE(title),
            h.STYLE(_STYLE),
        ),
        h.BODY(
            h.MAIN(
                h.H1(title),
                h.P(f"{came}: {report.summary_in(language)}. {started}"),
                h.DL(*_addresses(report)),
                *([_table(texts["what_failed"], failures, language)] if failures else []),
                _table(texts["every_check"], report.results, language),
            )
        ),
        lang=language,
    )
    return html.tostring(page, encoding="utf-8", doctype="<!doctype html>", pretty_print=True)


def _addresses(report: Report) -> Iterator[html.HtmlElement]:
    for name, url in report.addresses.items():
        yield h.DT(name)
        yield h.DD(url)


def _table(caption: str, results: Iterable[Result], language: Language) -> html.HtmlElement:
    headings = (h.TH(TEXTS[language][column], scope="col") for column in _COLUMNS)
    return h.TABLE(
        h.CAPTION(caption),
        h.THEAD(h.TR(*headings)),
        h.TBODY(*(_row(result, language) for result in results)),
    )


def _row(result: Result, language: Language) -> html.HtmlElement:
    texts, outcome = TEXTS[language], result.outcome
    name, does = words.check(result.check, language)
    found = h.TD(h.DIV(outcome.came_back, lang="en"))
    if outcome.remedy:
        found.append(h.P(h.B(f"{texts['do']} "), h.SPAN(outcome.remedy, lang="en")))
    if outcome.verdict in (Verdict.WARNING, Verdict.FAILED):
        found.append(h.P(h.B(f"{texts['ask']} "), f"{words.whom(result.ask, language)}."))
    seconds = h.TD(f"{result.seconds:.1f}")
    seconds.set("data-label", texts["seconds"])
    return h.TR(
        h.TD(str(result.check.number)),
        h.TH(name, h.P(does), scope="row"),
        h.TD(words.verdict(outcome.verdict, language), h.CLASS(f"verdict {outcome.verdict}")),
        found,
        seconds,
    )
