"""The commands that the pages show do what the pages say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from sdp import Client
from sdp.cli.testmiljo import write_files
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.world.register import Kind
from tests.documents import pdf
from tests.e2e.client.conftest import Letters
from tests.e2e.commands import Programs
from tests.pages import ROOT, Command, commands

_NOT_RUN: Mapping[str, str] = {
    "make ": "works on the clone itself; the target is looked up in the Makefile instead",
    "sdp testmiljo": "serves until Ctrl-C; the environment that the other commands use is one",
    ".venv/bin/sdp testmiljo": "the same",
    "sdp trust fetch": "asks Buypass and Commfides, over the internet",
    "pip install": "asks PyPI; the names of the extras are looked up in pyproject.toml instead",
    "apt-get install": "changes the machine",
    "docker ": "takes a daemon; e2e/test_deployment_files.py looks at the file",
    "systemctl ": "changes the machine; e2e/test_deployment_files.py looks at the units",
    "journalctl ": "reads the journal of a machine that has such a unit",
    "sdp outbox serve": "serves until Ctrl-C; tests/e2e/outbox_page starts and uses it",
    "sdp outbox init postgresql": "asks a PostgreSQL; tests/e2e/outbox starts one and runs it",
    "sdp outbox work postgresql": "the same",
    "sdp outbox copy post.db postgresql": "the same",
    "pg_dump ": "asks a PostgreSQL; tests/e2e/outbox/test_restore.py runs it",
    "pg_restore ": "the same",
}
"""Commands that are shown and not run here, by how they begin, and why not."""


def _is_run(command: Command) -> bool:
    return not command.text.startswith(tuple(_NOT_RUN))


@pytest.mark.parametrize("page", sorted({c.block.page for c in commands() if _is_run(c)}))
@pytest.mark.timeout(300)
def test_the_commands_on_a_page_run_one_after_the_other(
    page: str, testmiljo: Testmiljo, tmp_path: Path, programs: Programs
) -> None:
    _furnish(tmp_path, testmiljo, page)
    environ = os.environ | {
        # Those of the page on the first steps are the installed ones, which it names by their path.
        "PATH": f"{programs.folder}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "MELDINGS_ID": str(_send_one(testmiljo)),
        "SOFTHSM2_CONF": str(tmp_path / "softhsm2.conf"),
    }
    for command in commands(page):
        if not _is_run(command):
            continue
        ran = subprocess.run(
            ["bash", "-c", _adapted(command.text, testmiljo)],
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )

        assert ran.returncode == 0, f"{command}\n{ran.stdout}\n{ran.stderr}"
        assert _first_words(command.output) <= _first_words(ran.stdout.splitlines()), ran.stdout


@pytest.mark.parametrize("command", [c for c in commands() if c.text.startswith("make ")], ids=str)
def test_every_target_that_is_shown_is_in_the_makefile(command: Command) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert re.search(rf"^{command.text.split()[1]}:", makefile, re.MULTILINE)


@pytest.mark.parametrize("command", [c for c in commands() if c.text.startswith("pip ")], ids=str)
def test_every_extra_that_is_shown_exists(command: Command) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    shown = {
        extra for found in re.findall(r"\[(.*?)\]", command.text) for extra in found.split(",")
    }

    assert shown <= project["optional-dependencies"].keys()


@pytest.mark.parametrize("beginning", _NOT_RUN)
def test_everything_that_is_excused_is_still_shown(beginning: str) -> None:
    assert any(command.text.startswith(beginning) for command in commands())


def _adapted(command: str, testmiljo: Testmiljo) -> str:
    if "softhsm2-util" in command and shutil.which("softhsm2-util") is None:
        pytest.skip("softhsm2-util is not installed")
    here = command.replace("https://localhost:8443", testmiljo.root_url)
    return here.replace(" --follow", "")  # which goes on until Ctrl-C


def _first_words(lines: tuple[str, ...] | list[str]) -> set[str]:
    """The first word of each line, up to one that says that some were left out."""
    words = []
    for line in lines:
        if line == "...":
            break
        words += line.split()[:1]
    return set(words)


def _send_one(testmiljo: Testmiljo) -> object:
    letter = Letters(testmiljo).digital()
    with Client(testmiljo.client_config()) as client:
        client.send(letter)
    return letter.meldings_id


def _furnish(folder: Path, testmiljo: Testmiljo, page: str) -> None:
    """Put everything in the folder that the pages take for granted."""
    write_files(testmiljo, folder / "testmiljo")
    ebms = testmiljo.write_config(folder).rename(folder / "agency-ebms.toml")
    dpi = ebms.read_text(encoding="utf-8").replace('wire = "ebms"', 'wire = "dpi"')
    shown = dpi if page == "from-ebms-to-dpi.md" else ebms.read_text(encoding="utf-8")
    (folder / "agency.toml").write_text(shown, encoding="utf-8")
    kari, declined = testmiljo.innbygger(), testmiljo.innbygger(kind=Kind.RESERVED)
    mailbox = testmiljo.postkasse.actor
    (folder / ".venv").symlink_to(Path(sys.executable).parents[1])
    (folder / "examples").symlink_to(ROOT / "examples")
    (folder / "tokens").mkdir()
    texts = {
        "fnr.txt": kari.personidentifikator,
        "person.txt": kari.personidentifikator,
        "people.txt": kari.personidentifikator,
        "declined.txt": declined.personidentifikator,
        "people.csv": f"fnr,postnummer\n{kari.personidentifikator},0155\n",
        "letters.csv": f"fnr;nøkkel;barn\n{kari.personidentifikator};sak-1;Ola\n",
        "kari.txt": "Kari Nordmann\nStorgata 1\n0155 Oslo\n",
        "kommunen.txt": "Kommunen\nTorget 1\n0155 Oslo\n",
        "id.password": "hemmelig",
        "mailbox.password": "hemmelig",
        "softhsm2.conf": f"directories.tokendir = {folder / 'tokens'}\n",
    }
    contents = {name: text.encode() for name, text in texts.items()} | {
        "brev.pdf": pdf(),
        "vedtak.pdf": pdf(),
        "vedlegg.pdf": pdf(),
        "id.p12": testmiljo.avsender.pkcs12("hemmelig"),
        "mailbox.p12": serialize_key_and_certificates(
            None, mailbox.key, mailbox.certificate, None, BestAvailableEncryption(b"hemmelig")
        ),
        "mailbox.pem": mailbox.certificate.public_bytes(Encoding.PEM),
        "key.pem": testmiljo.avsender.key_pem(),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
