"""The versions in docs/interop.md are those of the libraries that judge."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.interop.java_witness import PROJECTS

pytestmark = pytest.mark.timeout(600)  # the first run fetches the Java libraries

_DOCUMENT = Path(__file__).parents[2] / "docs" / "interop.md"
_ROW = re.compile(r"^\| (?P<what>.*:.*) \| (?P<version>\d[\w.]*) \| ", re.MULTILINE)
_ARTIFACT = re.compile(r"`[\w.-]+:(?P<name>[\w.-]+)`")


def _told() -> list[str]:
    """The file names of the libraries, by the artifacts and versions that the document names."""
    rows = _ROW.finditer(_DOCUMENT.read_text(encoding="utf-8"))
    return [
        f"{artifact['name']}-{row['version']}.jar"
        for row in rows
        for artifact in _ARTIFACT.finditer(row["what"])
    ]


def test_each_library_that_the_document_names_is_in_use_in_that_version() -> None:
    for project in PROJECTS:
        project.compile()
    used = {library.name for project in PROJECTS for library in project.libraries()}

    told = _told()
    assert len(told) == 10
    assert set(told) <= used
