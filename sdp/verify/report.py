"""Report of a run: JSON, JUnit XML, and an HTML page to hand over."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from lxml import etree, html
from lxml.html import builder as h

from sdp._version import __version__
from sdp.config.environments import WIRE_NAMES
from sdp.verify import words
from sdp.verify.check import Verdict
from sdp.verify.preflight import ADDRESSES
from sdp.verify.words import TEXTS, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sdp.config import Environment
    from sdp.verify.suite import Result
    from sdp.verify.words import Language


@dataclass(frozen=True, slots=True)
class Report:
    """The results of one run.

    Attributes:
        environment: what was run against.
        started: when it began.
        results: in the order they came.
        is_whole: whether the run came to its end.
        register: the wire of the contact register, which tells its address.
    """

    environment: Environment
    started: datetime
    results: tuple[Result, ...]
    is_whole: bool = True
    register: Literal["rest", "soap"] = "rest"

    @property
    def title(self) -> str:
        """Say in a few words what was verified, or that it failed."""
        return self.title_in("en")

    def title_in(self, language: Language) -> str:
        """Write the title in a language."""
        texts = TEXTS[language]
        wire = WIRE_NAMES[self.environment.wire]
        of = texts["of"].format(environment=self.environment.name, wire=wire)
        is_failed = self.counts[Verdict.FAILED] > 0
        how = "failed" if is_failed else "verified" if self.is_whole else "stopped"
        return f"{texts[how]}: {of}"

    @property
    def succeeded(self) -> bool:
        """True where every check was come to, and none failed."""
        return self.is_whole and self.counts[Verdict.FAILED] == 0

    @property
    def addresses(self) -> dict[str, str]:
        """The configured addresses that this wire uses, each by its setting."""
        of_wire = {"ebms": ("broker_url",), "dpi": ("access_point_url", "maskinporten_url")}
        used = {*of_wire[self.environment.wire], f"krr_{self.register}_url"}
        if self.register == "rest":
            used.add("maskinporten_url")
        urls = {name: getattr(self.environment, name) for name in ADDRESSES if name in used}
        return {name: url for name, url in urls.items() if url is not None}

    @property
    def counts(self) -> Counter[Verdict]:
        """The number of checks with each verdict."""
        return Counter(result.outcome.verdict for result in self.results)

    @property
    def summary(self) -> str:
        """Count the verdicts in words."""
        return self.summary_in("en")

    def summary_in(self, language: Language) -> str:
        """Count the verdicts in the words of a language."""
        counts = ", ".join(f"{self.counts[each]} {verdict(each, language)}" for each in Verdict)
        return counts if self.is_whole else f"{counts}; {TEXTS[language]['stopped'].lower()}"

    def as_json(self, language: Language = "en") -> dict[str, Any]:
        """Write everything as JSON has it; names and verdicts are the same in every language."""
        return {
            "environment": self.environment.name,
            "wire": self.environment.wire,
            "addresses": self.addresses,
            "version": __version__,
            "started": self.started.isoformat(),
            "succeeded": self.succeeded,
            "whole": self.is_whole,
            "counts": {verdict.value: self.counts[verdict] for verdict in Verdict},
            "checks": [_as_json(result, language) for result in self.results],
        }


def _as_json(result: Result, language: Language) -> dict[str, Any]:
    name, does = words.check(result.check, language)
    return {
        "number": result.check.number,
        "name": name,
        "does": does,
        "verdict": result.outcome.verdict.value,
        "came_back": words.finding(result.outcome.came_back, language)[0],
        "remedy": words.finding(result.outcome.remedy, language)[0],
        "ask": words.whom(result.ask, language),
        "seconds": round(result.seconds, 3),
    }


_CLASS: Final = "sdp.verify"


def as_junit(report: Report) -> bytes:
    """Write a report with one test case for each check; what it does and a warning are output.

    A run that was stopped is an error beside its cases, so that no build server takes it for whole.
    """
    seconds = sum(result.seconds for result in report.results)
    root = etree.Element("testsuites")
    suite = etree.SubElement(
        root,
        "testsuite",
        name=report.title,
        tests=str(len(report.results) + (not report.is_whole)),
        failures=str(report.counts[Verdict.FAILED]),
        errors="0" if report.is_whole else "1",
        skipped=str(report.counts[Verdict.SKIPPED]),
        time=f"{seconds:.3f}",
        timestamp=report.started.isoformat(timespec="seconds"),
    )
    properties = etree.SubElement(suite, "properties")
    for name, url in report.addresses.items():
        etree.SubElement(properties, "property", name=name, value=url)
    for result in report.results:
        suite.append(_case(result))
    if not report.is_whole:
        case = etree.SubElement(suite, "testcase", classname=_CLASS, name="the whole run")
        etree.SubElement(case, "error", message="The run was stopped before its end.")
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _case(result: Result) -> etree._Element:
    outcome = result.outcome
    case = etree.Element(
        "testcase",
        classname=_CLASS,
        name=f"{result.check.number} {result.check.name}",
        time=f"{result.seconds:.3f}",
    )
    told = [result.check.does]
    match outcome.verdict:
        case Verdict.FAILED:
            failure = etree.SubElement(case, "failure", message=outcome.came_back)
            failure.text = f"{outcome.remedy} Ask: {result.ask}."
        case Verdict.SKIPPED:
            message = f"{outcome.came_back} {outcome.remedy}".rstrip()
            etree.SubElement(case, "skipped", message=message)
        case Verdict.WARNING:
            told += [outcome.came_back, f"{outcome.remedy} Ask: {result.ask}."]
        case Verdict.OK:
            told.append(outcome.came_back)
    etree.SubElement(case, "system-out").text = "\n".join(told)
    return case


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
        language: of everything but rare errors and what the other side says.
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
    came_back, spoken = words.finding(outcome.came_back, language)
    found = h.TD(h.DIV(came_back, lang=spoken))
    if outcome.remedy:
        remedy, spoken = words.finding(outcome.remedy, language)
        found.append(h.P(h.B(f"{texts['do']} "), h.SPAN(remedy, lang=spoken)))
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
