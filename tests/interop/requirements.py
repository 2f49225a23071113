"""What the Java witnesses need of the machine: Maven, and a JDK of 17 or newer."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

_OLDEST = 17
_REMEDY = "on Debian: apt-get install openjdk-17-jdk-headless maven"
REQUIRED = "SDP_INTEROP_REQUIRED"
"""Set by `make interop`, which is for nothing where the witnesses cannot be had."""


@dataclass(frozen=True)
class Java:
    """Maven, and the JDK that it uses."""

    maven: str
    home: Path

    @property
    def program(self) -> str:
        """The virtual machine."""
        return str(self.home / "bin" / "java")


@cache
def java() -> Java:
    """Find Maven and its JDK; without them the test is skipped, or fails where it must run."""
    maven = shutil.which("mvn")
    if maven is None:
        lacking(f"mvn (Maven) is not installed; {_REMEDY}")
    outcome = subprocess.run([maven, "--version"], capture_output=True, text=True, check=False)
    told = re.search(r"^Java version: ((\d+).*?), .*runtime: (.+)$", outcome.stdout, re.MULTILINE)
    if told is None:
        lacking(f"mvn finds no Java: {(outcome.stdout + outcome.stderr).strip()}; {_REMEDY}")
    home = Path(told[3])
    if int(told[2]) < _OLDEST:
        lacking(f"mvn uses Java {told[1]}, which is older than {_OLDEST}; set JAVA_HOME to a newer")
    if not (home / "bin" / "javac").exists():
        lacking(f"the Java at {home} cannot compile: javac is missing; {_REMEDY}")
    return Java(maven, home)


def lacking(what: str) -> NoReturn:
    """Skip the test that needs what the machine lacks, and say what it is.

    In CI the test fails; under `make interop` the run ends at once.
    """
    if os.environ.get("CI"):
        pytest.fail(what)
    if os.environ.get(REQUIRED):
        pytest.exit(f"Nothing was judged: {what}", returncode=1)
    pytest.skip(what)
