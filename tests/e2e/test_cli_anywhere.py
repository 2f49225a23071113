"""The command ends with a line and an exit code of its own, wherever and however it is started."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

_SDP = str(Path(sys.executable).parent / "sdp")
_COMMANDS = ("--help", "check 'brev ø.txt'", "plan init planen", "outbox init 'post ø.db'")
_C = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


@dataclass(frozen=True)
class Place:
    """Where the command is started: its environment, and what the shell does around it."""

    environment: dict[str, str] = field(default_factory=dict)
    before: str = ""
    after: str = ""


PLACES = {
    "without a home": Place(),
    "with a home that is not there": Place({"HOME": "/ingen/steder"}),
    "in the locale C": Place(_C),
    "in ASCII": Place(_C | {"PYTHONIOENCODING": "ascii"}),
    "in Latin-1": Place({"PYTHONIOENCODING": "latin-1"}),
    "without a folder for temporary files": Place({"TMPDIR": "/ingen/steder"}),
    "on a dumb terminal": Place({"TERM": "dumb", "COLUMNS": "0"}),
    "with variables that are no UTF-8": Place({"SDP_PROXY": "\udcff", "USER": "\udcff"}),
    "with output closed": Place(after=">&-"),
    "with both outputs closed": Place(after=">&- 2>&-"),
    "with input closed": Place(after="<&-"),
    "with output on a full disk": Place(after=">/dev/full"),
    "with few open files": Place(before="ulimit -n 12;"),
    "with no room for files": Place(before="ulimit -f 0;"),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_no_traceback_is_shown(place: Place, tmp_path: Path) -> None:
    (tmp_path / "brev ø.txt").write_text("Hei", encoding="utf-8")
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    for command in _COMMANDS:
        ran = subprocess.run(
            ["bash", "-c", f"{place.before} {shlex.quote(_SDP)} {command} {place.after}"],
            cwd=tmp_path,
            env=kept | place.environment,
            capture_output=True,
            check=False,
            timeout=60,
        )
        said = (ran.stdout + ran.stderr).decode(errors="replace")
        assert "Traceback" not in said, said
        assert "Exception ignored" not in said, said
        assert ran.returncode in {0, 1, 3}, said
        assert ran.returncode == 0 or said or "2>&-" in place.after
