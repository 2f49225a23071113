"""A report as JUnit XML, which build servers read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree

from sdp.verify.check import Verdict

if TYPE_CHECKING:
    from sdp.verify.report import Report
    from sdp.verify.running import Result

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
