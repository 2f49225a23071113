"""Tables of docs/performance.md and docs/sizing.md, written from what `make bench` has measured.

`python -m benchmarks.page` writes them anew from `benchmarks/results.json`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_ROOT = Path(__file__).parents[1]
_PERFORMANCE = _ROOT / "docs" / "performance.md"
_SIZING = _ROOT / "docs" / "sizing.md"
_AGENCIES = {
    1_000: "one core, one process and SQLite, on the machine that makes the letters",
    100_000: "the same; one worker",
    1_000_000: "one worker with SQLite, or two with PostgreSQL for the sake of restarts",
    10_000_000: "two cores, PostgreSQL, as many workers as the receiving side takes letters from",
}
RESULTS = _ROOT / "benchmarks" / "results.json"
FIGURE_OF_GROWTH = _ROOT / "docs" / "growth.svg"


def write(results: dict[str, Any]) -> None:
    """Put the tables into the pages, each between its marks.

    Raises:
        RuntimeError: a page has no place for one of them.
    """
    _fill(_PERFORMANCE, {"targets": _targets(results), "growth": _growth(results)})
    _fill(_SIZING, {"needs": _needs(results["sizing"]), "sizes": _sizes(results["sizing"])})


def _fill(page: Path, tables: dict[str, str]) -> None:
    text = page.read_text(encoding="utf-8")
    for name, table in tables.items():
        start, end = f"<!-- {name}: written by make bench -->", f"<!-- end of {name} -->"
        written = f"{start}\n\n{table}\n\n{end}"
        parts = re.split(f"{start}.*?{end}", text, maxsplit=1, flags=re.DOTALL)
        if len(parts) == 1:
            raise RuntimeError(f"{page} has no place for a table: {start}")
        text = written.join(parts)
    page.write_text(text, encoding="utf-8")


def _targets(results: dict[str, Any]) -> str:
    machine = (
        f"{results['cores']} virtual cores, Linux, CPython {results['python']},"
        f" {results['openssl']}; medians of {results['rounds']} interleaved rounds, of letters and"
        f" receipts {results['rounds_of_letters']}; in brackets the smallest and the largest."
    )
    limits = ", ".join(f"{what} {one:.0f}" for what, one in results["limits_of_one_core"].items())
    rows = [
        f"| {one['what'].replace(' / ', ' ÷ ')} "
        f"| {one['median']:.2f} ({one['low']:.2f}..{one['high']:.2f}) "
        f"| {_target(one['must'])} | {_target(one['aim'])} | {_verdict(one['verdict'])} |"
        for one in results["measured"]
    ]
    head = ["| What | Measured | Must | Aim | |", "| --- | --- | --- | --- | --- |"]
    end = f"One core of that machine: {limits}.{_duration_of_parts(results)}"
    return "\n".join([machine, "", *head, *rows, "", end])


def _duration_of_parts(results: dict[str, Any]) -> str:
    """Say how long the run took, and which parts took most of it."""
    seconds: dict[str, float] = results.get("seconds", {})
    if not seconds:
        return ""
    longest = sorted(seconds, key=lambda part: seconds[part], reverse=True)[:3]
    parts = ", ".join(f"{part} {_duration(seconds[part])}" for part in longest)
    return f" The run took {_duration(sum(seconds.values()))}, of which {parts}."


def _growth(results: dict[str, Any]) -> str:
    growth = results["growth"]
    document = growth["document"]
    lines = [
        *_head("Document", document),
        _row("Whole ebMS message, CPU, ms", document, "message_cpu_ms"),
        _row("Packed alone, CPU, ms", document, "packed_cpu_ms"),
        _row("Packed alone, MB each second", document, "packed_mb_per_s"),
        _row("Peak memory of the process, MiB", document, "peak_mib"),
        _row("Rounds", document, "rounds"),
        "",
        *_head("Attachments of 1 KB", growth["attachments"]),
        "| CPU, ms | " + " | ".join(_short(one) for one in growth["attachments"].values()) + " |",
        "",
        *_head("Letters a second, beside one alone", next(iter(results["scaling"].values()))),
    ]
    for what, found in results["scaling"].items():
        lines.append(f"| {what} | " + " | ".join(f"{one:.2f}" for one in found.values()) + " |")
    return "\n".join(lines)


def _needs(found: dict[str, dict[str, float]]) -> str:
    lines = _head("A letter of 50 KB through the outbox", found)
    for what, name, unit in (
        ("CPU: putting, register, packing, sending, receipts; ms", "cpu_ms", 1.0),
        ("database when it is delivered, its own document included; KB", "delivered_bytes", 1e3),
        ("database when person and document have been purged; KB", "purged_bytes", 1e3),
    ):
        figures = " | ".join(_short(one[name] / unit) for one in found.values())
        lines.append(f"| {what} | {figures} |")
    return "\n".join(lines)


def _sizes(found: dict[str, dict[str, float]]) -> str:
    """Multiply the dearer wire's needs; the busiest day is taken to have a tenth of the letters."""
    cpu, held, kept = (
        max(one[name] for one in found.values())
        for name in ("cpu_ms", "delivered_bytes", "purged_bytes")
    )
    lines = _head(
        "letters a year",
        (
            "CPU in the year",
            "one core's time on the busiest day",
            "database at most",
            "left of a year, purged",
            "what is enough",
        ),
    )
    for letters, enough in _AGENCIES.items():
        day = letters / 10
        lines.append(
            f"| {_grouped(letters)} "
            f"| {_duration(letters * cpu / 1e3)} | {_duration(day * cpu / 1e3)} "
            f"| {_room(day * held + (letters - day) * kept)} | {_room(letters * kept)} | {enough} |"
        )
    return "\n".join(lines)


def _grouped(value: float) -> str:
    """Write a whole number with its thousands apart."""
    return f"{value:,.0f}".replace(",", " ")


def _duration(seconds: float) -> str:
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{_two_digits(seconds / size)} {unit}"
    return f"{_two_digits(seconds)} s"


def _room(size: float) -> str:
    for unit, most in (("GB", 1e9), ("MB", 1e6)):
        if size >= most:
            return f"{_two_digits(size / most)} {unit}"
    return f"{_two_digits(size / 1e3)} KB"


def _two_digits(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _head(what: str, columns: Iterable[str]) -> list[str]:
    names = list(columns)
    return [f"| {what} | " + " | ".join(names) + " |", "| --- " * (len(names) + 1) + "|"]


def _row(what: str, found: dict[str, dict[str, Any]], name: str) -> str:
    return f"| {what} | " + " | ".join(_short(one[name]) for one in found.values()) + " |"


def _short(value: float | None) -> str:
    """Write a figure with no more digits than it deserves; nothing where nothing was measured."""
    if value is None:
        return ""
    if value < 100 and value != int(value):
        return f"{value:.1f}"
    return _grouped(value)


def _target(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}" if value >= 1000 else f"{value:.4g}"


def _verdict(word: str) -> str:
    return {"aim": "aim met", "ok": "must met"}.get(word, word)


if __name__ == "__main__":
    write(json.loads(RESULTS.read_text(encoding="utf-8")))
