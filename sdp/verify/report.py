"""Report of a run, as JSON and as JUnit XML."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from lxml import etree

from sdp._version import __version__
from sdp.verify.check import Verdict
from sdp.verify.preflight import ADDRESSES
from sdp.verify.words import TEXTS, verdict

if TYPE_CHECKING:
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
        wire = {"ebms": "ebMS", "dpi": "DPI"}[self.environment.wire]
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

    def as_json(self) -> dict[str, Any]:
        """Write everything as JSON has it."""
        return {
            "environment": self.environment.name,
            "wire": self.environment.wire,
            "addresses": self.addresses,
            "version": __version__,
            "started": self.started.isoformat(),
            "succeeded": self.succeeded,
            "whole": self.is_whole,
            "counts": {verdict.value: self.counts[verdict] for verdict in Verdict},
            "checks": [_as_json(result) for result in self.results],
        }


def _as_json(result: Result) -> dict[str, Any]:
    return {
        "number": result.check.number,
        "name": result.check.name,
        "does": result.check.does,
        "verdict": result.outcome.verdict.value,
        "came_back": result.outcome.came_back,
        "remedy": result.outcome.remedy,
        "ask": result.ask.value,
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
