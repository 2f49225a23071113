"""Java libraries as processes that answer one JSON object for each they are given."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.interop.requirements import java, lacking
from tests.locks import alone

_HERE = Path(__file__).parent
_LOCK = _HERE / "target/.lock"
"""Keeps other processes of the same run out of the folders that Maven writes to."""

BRIEF = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
"""Options of a virtual machine that lives for seconds: it optimises no further than it gains."""
_STORES = (
    "-Dkeystore.pkcs12.macIterationCount=1",
    "-Dkeystore.pkcs12.certPbeIterationCount=1",
    "-Dkeystore.pkcs12.keyPbeIterationCount=1",
)
"""So that the trust stores that a program writes cost as little as those of `key_store`."""

_NOT_TO_BE_HAD = ("Could not resolve", "could not be resolved", "Could not transfer")


class JavaRefusedError(Exception):
    """The Java side found fault; its message tells what."""


@dataclass
class JavaWitness:
    """Talks to one running process. Not to be shared between threads."""

    process: subprocess.Popen[str]

    def ask(self, command: str, **order: Any) -> dict[str, Any]:
        """Give an order and wait for its answer.

        Raises:
            JavaRefusedError: it answered that something is wrong.
        """
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({"command": command, **order}) + "\n")
        stdin.flush()
        line = stdout.readline()
        assert line, "the Java process ended"
        answer = json.loads(line)
        if not answer["ok"]:
            raise JavaRefusedError(answer["error"])
        details: dict[str, Any] = answer["details"]
        return details


@dataclass(frozen=True)
class JavaProject:
    """One of the Maven projects beside this file, and its program."""

    folder: Path
    program: str

    def compile(self) -> None:
        """Compile, once, with what is on this machine, or else with what Maven Central gives.

        The projects are compiled together, by one Maven; where one of them lacks its libraries,
        each is compiled when it is asked for.

        Skips the test where the machine lacks what it takes; see `requirements`.
        """
        maven = [java().maven, "--batch-mode", "--quiet"]
        if self in _compiled:
            return
        with alone(_LOCK):
            if not self._is_compiled():
                outcome = _run([*maven, "--offline", "compile"], _HERE)
                if outcome.returncode == 0:
                    for project in PROJECTS:
                        project._note_compiled()
                else:
                    outcome = self._compile_alone(maven)
        if self._is_compiled():
            _compiled.add(self)
            return
        if any(words in outcome.stdout for words in _NOT_TO_BE_HAD):
            lacking("the Java libraries are not on this machine, and cannot be fetched")
        pytest.fail(f"the Java side does not compile:\n{outcome.stdout}")

    def _compile_alone(self, maven: list[str]) -> subprocess.CompletedProcess[str]:
        outcome = _run([*maven, "--offline", "compile"], self.folder)
        if outcome.returncode != 0:
            outcome = _run([*maven, "compile"], self.folder)
        if outcome.returncode == 0:
            self._note_compiled()
        return outcome

    @contextmanager
    def running(self) -> Iterator[JavaWitness]:
        """Run the program, which has been compiled."""
        classes = self.folder / "target" / "classes"
        classpath = ":".join(map(str, (classes, *self.libraries())))
        command = [java().program, *BRIEF, *_STORES, "-cp", classpath, self.program]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        ) as process:
            yield JavaWitness(process)

    def libraries(self) -> list[Path]:
        """The files of the libraries that the program, which has been compiled, runs with."""
        with alone(_LOCK):
            classpath = (self.folder / "target" / "classpath.txt").read_text()
        return [Path(each) for each in classpath.strip().split(":")]

    @property
    def _stamp(self) -> Path:
        return self.folder / "target" / ".compiled"

    def _is_compiled(self) -> bool:
        """Tell whether another process has compiled what there is now, with the same Java."""
        if not self._stamp.exists() or self._stamp.read_text() != java().program:
            return False
        sources = [self.folder / "pom.xml", *(self.folder / "src").rglob("*.*")]
        return self._stamp.stat().st_mtime > max(each.stat().st_mtime for each in sources)

    def _note_compiled(self) -> None:
        self._stamp.write_text(java().program)


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"MAVEN_OPTS": " ".join(BRIEF)},
        capture_output=True,
        text=True,
        check=False,
    )


_compiled: set[JavaProject] = set()

DIFIS_CLIENT = JavaProject(_HERE / "java", "interop.Witness")
DSS = JavaProject(_HERE / "dss", "interop.Dss")
PHASE4 = JavaProject(_HERE / "as4", "interop.Phase4")
DIGIPOST = JavaProject(_HERE / "digipost", "interop.Digipost")
PROJECTS = (DIFIS_CLIENT, DSS, PHASE4, DIGIPOST)
"""All of them, as `pom.xml` beside this file has them."""
