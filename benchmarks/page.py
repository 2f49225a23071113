"""Tables of docs/performance.md, written from what `make bench` has measured.

`python -m benchmarks.page` writes them anew from `benchmarks/results.json`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]
_PAGE = _ROOT / "docs" / "performance.md"
RESULTS = _ROOT / "benchmarks" / "results.json"


def write(results: dict[str, Any]) -> None:
    """Put the tables into the page, each between its marks.

    Raises:
        RuntimeError: the page has no place for one of them.
    """
    page = _PAGE.read_text(encoding="utf-8")
    for name, table in {"targets": _targets(results), "growth": _growth(results)}.items():
        start, end = f"<!-- {name}: written by make bench -->", f"<!-- end of {name} -->"
        written = f"{start}\n\n{table}\n\n{end}"
        parts = re.split(f"{start}.*?{end}", page, maxsplit=1, flags=re.DOTALL)
        if len(parts) == 1:
            raise RuntimeError(f"{_PAGE} has no place for a table: {start}")
        page = written.join(parts)
    _PAGE.write_text(page, encoding="utf-8")


def _targets(results: dict[str, Any]) -> str:
    machine = (
        f"{results['cores']} virtual cores, Linux, CPython {results['python']},"
        f" {results['openssl']}; medians of {results['rounds']} interleaved rounds, in brackets the"
        " smallest and the largest."
    )
    limits = ", ".join(f"{what} {one:.0f}" for what, one in results["limits_of_one_core"].items())
    rows = [
        f"| {one['what'].replace(' / ', ' ÷ ')} "
        f"| {one['median']:.2f} ({one['low']:.2f}..{one['high']:.2f}) "
        f"| {_target(one['must'])} | {_target(one['aim'])} | {_verdict(one['verdict'])} |"
        for one in results["measured"]
    ]
    head = ["| What | Measured | Must | Aim | |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([machine, "", *head, *rows, "", f"One core of that machine: {limits}."])


def _growth(results: dict[str, Any]) -> str:
    growth = results["growth_cpu_ms"]
    lines = []
    for what, found in (
        ("Document", growth["document"]),
        ("Attachments of 1 KB", growth["attachments"]),
    ):
        lines += [
            f"| {what} | " + " | ".join(found) + " |",
            "| --- " * (len(found) + 1) + "|",
            "| CPU, ms | " + " | ".join(f"{one:.1f}" for one in found.values()) + " |",
            "",
        ]
    lines += ["| All cores at once | Times one core |", "| --- | --- |"]
    lines += [f"| {what} | {one:.2f} |" for what, one in results["scaling"].items()]
    return "\n".join(lines)


def _target(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}" if value >= 1000 else f"{value:.4g}"


def _verdict(word: str) -> str:
    return {"aim": "aim met", "ok": "must met"}.get(word, word)


if __name__ == "__main__":
    write(json.loads(RESULTS.read_text(encoding="utf-8")))
