"""What is built for users is all of the library, and works away from its sources."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]

# The page and its style sheet, read by a program that has the wheel and not the sources.
_SHOWS_THE_PAGE = """
import ssl, sys, urllib.request
import sdp
from sdp.testmiljo import Testmiljo

assert sdp.__file__.startswith(sys.argv[1]), sdp.__file__
with Testmiljo.start() as miljo:
    tls = ssl.create_default_context(cafile=miljo.client_config().environment.tls_ca)
    for path in ("/web/", "/web/faults", "/web/style.css", "/web/icon.svg"):
        with urllib.request.urlopen(miljo.root_url + path, context=tls) as answer:
            print(answer.status, path)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked as an installer does it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=_ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_the_source_archive_holds_what_it_takes_to_build_test_and_document(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    subprocess.run(build, cwd=_ROOT, check=True, capture_output=True)
    (built,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(built) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert names >= {
        *("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"),
        *("Makefile", "mkdocs.yml", "pyproject.toml", "requirements/dev.txt", "tools/sbom.py"),
        *("benchmarks/__main__.py", "docs/index.md", "examples/send_brev.py", "tests/pages.py"),
    }


def _files(folder: Path) -> set[str]:
    return {
        file.relative_to(folder).as_posix()
        for file in (folder / "sdp").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def test_every_file_of_the_library_is_in_the_wheel_and_no_others(wheel: Path) -> None:
    files = _files(wheel)

    assert files == _files(_ROOT)
    assert "sdp/py.typed" in files
    assert "sdp/web/templates/base.html" in files
    assert {path.name.partition("-")[0] for path in wheel.iterdir()} == {
        "sdp",
        "sikker_digital_post",
    }


def test_the_wheel_offers_the_command_and_the_fixtures(wheel: Path) -> None:
    (declared,) = wheel.glob("sikker_digital_post-*.dist-info/entry_points.txt")
    entry_points = ConfigParser()
    entry_points.read(declared, encoding="utf-8")

    assert dict(entry_points["console_scripts"]) == {"sdp": "sdp.cli:main"}
    assert dict(entry_points["pytest11"]) == {"sdp": "sdp.pytest_plugin"}


def test_the_web_page_is_served_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _SHOWS_THE_PAGE, str(wheel)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(wheel)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.stdout.count("200 /web/") == 4, ran.stderr
