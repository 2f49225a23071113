"""Share of the public names whose types are known to every type checker, and the least it may be.

    python tools/type_completeness.py

It asks basedpyright, which reads the package as its users' editors do. Names without a known type
are listed; a share below the least is a failure.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

LEAST: Final = 0.99
_ROOT: Final = Path(__file__).parents[1]


def main() -> int:
    """Print the share, and the names without a type. Return 1 if the share is too small."""
    found = _measured()
    score: float = found["completenessScore"]
    for line in _lacking(found["symbols"]):
        print(line)
    print(f"Types of the public names that are known: {score:.1%}, of which {LEAST:.0%} must be.")
    return int(score < LEAST)


def _measured() -> dict[str, Any]:
    programs = Path(sys.executable).parent
    # Its own search path begins with this interpreter, so that it finds what is installed here.
    environment = os.environ | {
        "PYTHONPATH": str(_ROOT),
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    checker = str(programs / "basedpyright")
    command = [checker, "--outputjson", "--ignoreexternal", "--verifytypes", "sdp"]
    # It returns 1 as soon as one type is not known; the share decides here.
    answer = subprocess.run(  # noqa: S603 - our own command
        command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False
    )
    try:
        measured: dict[str, Any] = json.loads(answer.stdout)["typeCompleteness"]
    except (ValueError, KeyError):
        sys.exit(f"basedpyright gave no answer that can be read: {answer.stderr[:500]}")
    return measured


def _lacking(symbols: list[dict[str, Any]]) -> list[str]:
    return [
        f"{each['name']}: {problem['message'].splitlines()[0]}"
        for each in symbols
        if each["isExported"] and not (each["isTypeKnown"] and not each.get("isTypeAmbiguous"))
        for problem in each.get("diagnostics", [])[:1]
    ]


if __name__ == "__main__":
    sys.exit(main())
