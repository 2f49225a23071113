"""A report as JUnit XML, which build servers read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from sdp.integrasjonstest.check import Verdict

if TYPE_CHECKING:
    from sdp.integrasjonstest.report import Report
    from sdp.integrasjonstest.running import Result


def as_junit(report: Report) -> bytes:
    """Write a report with one test case for each check; a warning is told as its output."""
    seconds = sum(result.seconds for result in report.results)
    root = etree.Element("testsuites")
    suite = etree.SubElement(
        root,
        "testsuite",
        name=report.title,
        tests=str(len(report.results)),
        failures=str(report.counts[Verdict.FAILED]),
        errors="0",
        skipped=str(report.counts[Verdict.SKIPPED]),
        time=f"{seconds:.3f}",
        timestamp=report.started.isoformat(timespec="seconds"),
    )
    for result in report.results:
        suite.append(_case(result))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _case(result: Result) -> etree._Element:
    outcome = result.outcome
    case = etree.Element(
        "testcase",
        classname="sdp.integrasjonstest",
        name=f"{result.check.number} {result.check.name}",
        time=f"{result.seconds:.3f}",
    )
    match outcome.verdict:
        case Verdict.FAILED:
            failure = etree.SubElement(case, "failure", message=outcome.came_back)
            failure.text = f"{outcome.remedy} Ask: {result.ask}.".lstrip()
        case Verdict.SKIPPED:
            etree.SubElement(case, "skipped", message=outcome.came_back)
        case Verdict.WARNING:
            etree.SubElement(case, "system-out").text = f"{outcome.came_back}. {outcome.remedy}"
        case Verdict.OK:
            etree.SubElement(case, "system-out").text = outcome.came_back
    return case
