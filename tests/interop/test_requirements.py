"""Where Java or Maven is missing, the tests say what is missing rather than pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interop.requirements import REQUIRED, java

Machine = Callable[..., Path]


@pytest.fixture(autouse=True)
def _unknown_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv(REQUIRED, raising=False)
    java.cache_clear()
    yield
    java.cache_clear()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Make a machine whose Maven tells of a Java of this version, with or without a compiler."""

    def make(*, version: str = "17.0.15", compiler: bool = True, maven: bool = True) -> Path:
        home = tmp_path / "java home"
        (home / "bin").mkdir(parents=True)
        if compiler:
            (home / "bin" / "javac").touch()
        if maven:
            script = tmp_path / "mvn"
            told = f"Java version: {version}, vendor: Debian, runtime: {home}"
            script.write_text(f"#!/bin/sh\necho 'Apache Maven 3.8.7'\necho '{told}'\n")
            script.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        return home

    return make


_LACKING = {
    "Maven": ({"maven": False}, r"mvn \(Maven\) is not installed"),
    "a compiler": ({"compiler": False}, "javac is missing"),
    "Java 17": ({"version": "11.0.2"}, r"Java 11\.0\.2, which is older than 17"),
    "Java 9 or newer": ({"version": "1.8.0_292"}, r"Java 1\.8\.0_292, which is older than 17"),
    "Java": ({"version": "none"}, "mvn finds no Java"),
}


def test_a_machine_with_all_of_it_is_used_with_the_java_of_maven(machine: Machine) -> None:
    home = machine()

    assert java().program == str(home / "bin" / "java")


@pytest.mark.parametrize(("lacks", "words"), _LACKING.values(), ids=_LACKING)
def test_the_test_is_skipped_and_says_what_is_missing(
    machine: Machine, lacks: dict[str, object], words: str
) -> None:
    machine(**lacks)

    with pytest.raises(pytest.skip.Exception, match=words):
        java()


def test_in_ci_the_test_fails(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine(compiler=False)
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="javac is missing"):
        java()


def test_make_interop_ends_with_an_error_that_says_that_nothing_was_judged(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(compiler=False)
    monkeypatch.setenv(REQUIRED, "1")

    with pytest.raises(pytest.exit.Exception, match=r"Nothing was judged: .*javac") as caught:
        java()

    assert caught.value.returncode == 1
    makefile = Path(__file__).parents[2] / "Makefile"
    assert f"{REQUIRED}=1 $(BIN)/python -m pytest" in makefile.read_text()
