"""Files are read within bounds: neither a device nor a pipe hangs the library or fills memory."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import sdp
from sdp.cli.letter import read_address
from sdp.cli.parameters import certificate, person
from sdp.cli.people import opened
from sdp.gate import files
from sdp.gate.files import lines_of, open_file, read_file
from sdp.outbox.encryption import KeySource
from sdp.prices.price_list import PriceList
from sdp.verify.preflight import people_in

pytestmark = pytest.mark.skipif(os.name != "posix", reason="devices and pipes as POSIX has them")

MOMENT = datetime(2026, 5, 4, 12, tzinfo=UTC)
DEVICES = ("/dev/zero", "/dev/full", "/dev/urandom", "rør")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work beside a named pipe that nobody writes to, and wait little for it."""
    os.mkfifo(tmp_path / "rør")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(files, "PIPE_SECONDS", 0.2)


@pytest.fixture
def written() -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Run a shell command that writes to the pipe, until the test ends."""
    running = []

    def write(command: str) -> subprocess.Popen[bytes]:
        running.append(subprocess.Popen(["sh", "-c", f"({command}) > rør"]))
        return running[-1]

    yield write
    for each in running:
        each.kill()
        each.wait()


@pytest.mark.parametrize("device", DEVICES)
def test_what_never_ends_is_refused_with_its_name_and_the_rule(device: str) -> None:
    with pytest.raises(OSError, match=r"longer than 16 MiB|nobody finished writing") as refusal:
        read_file(device)
    assert refusal.value.filename == device


@pytest.mark.parametrize("device", DEVICES)
def test_a_device_is_not_opened_as_a_file(device: str) -> None:
    with pytest.raises(OSError, match="not a regular file") as refusal:
        open_file(device)
    assert refusal.value.filename == device


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    (tmp_path / "fil").write_bytes(b"x" * 100)
    assert read_file("fil", 100) == b"x" * 100
    with pytest.raises(OSError, match="longer than"):
        read_file("fil", 99)


@pytest.mark.parametrize(
    "command", ["printf hemmelig", "printf hemm; sleep 0.2; printf elig"], ids=["once", "in parts"]
)
def test_what_another_program_writes_to_a_pipe_is_read_whole(
    command: str,
    written: Callable[[str], subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "PIPE_SECONDS", 120.0)
    written(command)
    assert read_file("rør") == b"hemmelig"


def test_a_pipe_that_is_filled_without_end_is_left(
    written: Callable[[str], subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PIPE_SECONDS", 120.0)
    written("exec yes")
    with pytest.raises(OSError, match="longer than 16 MiB"):
        read_file("rør")


def test_a_line_without_end_is_refused() -> None:
    assert list(lines_of(io.StringIO("a\nbc\n\nd"), 3)) == ["a\n", "bc\n", "\n", "d"]
    with pytest.raises(ValueError, match="no line longer than 3"):
        list(lines_of(io.StringIO("abcd"), 3))


def test_where_files_cannot_be_waited_for_they_are_read_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Windows has neither.
    monkeypatch.delattr(os, "O_NONBLOCK")
    monkeypatch.delattr("select.poll")
    (tmp_path / "fil").write_bytes(b"innhold")
    assert read_file("fil") == b"innhold"
    with pytest.raises(OSError, match="longer than"):
        read_file("/dev/zero")


def _client(**options: Any) -> sdp.Client:
    environment = {"name": "x", "production": False, "broker_url": "https://a.example/", **options}
    return sdp.Client(sdp.ClientConfig(environment=sdp.Environment(**environment)))


def _identity(**options: Any) -> object:
    identity = sdp.IdentityConfig(**options)
    return sdp.ClientConfig(environment=sdp.Environment.test(), identity=identity).load_identity(
        MOMENT
    )


def _rows(path: str) -> None:
    with opened(Path(path)) as file:
        list(file)


READINGS: dict[str, Callable[[str], object]] = {
    "a configuration": lambda path: sdp.ClientConfig.from_toml(path, environ={}),
    "a trust store": sdp.TrustStore.from_path,
    "a key store": lambda path: sdp.Identity.from_pkcs12(path, "x", moment=MOMENT),
    "a key": lambda path: sdp.Identity.from_pem(path, path, moment=MOMENT),
    "a trust store of the settings": lambda path: _client(trust=path),
    "a private CA": lambda path: _client(tls_ca=path),
    "a key store of the settings": lambda path: _identity(pkcs12=path, password="x"),
    "a password": lambda path: _identity(pkcs12="x", password_file=path),
    "a PKCS#11 module": lambda path: _identity(pkcs11_module=path, pkcs11_token="t", password="1"),
    "a document": lambda path: sdp.Dokument.from_path(path, filnavn="brev.pdf", tittel="V"),
    "the outbox": lambda path: sdp.Outbox.open(path).close(),
    "the key of the outbox": lambda path: KeySource(f"file:{path}").read(),
    "a price list": lambda path: PriceList.from_path(Path(path)),
    "an address": lambda path: read_address(Path(path)),
    "a number": lambda path: person(f"@{path}"),
}
"""What names a file, with errors of our own."""

PLAIN: dict[str, Callable[[str], object]] = {
    "a certificate": certificate,
    "people": _rows,
    "people to ask about": lambda path: people_in(Path(path)),
}
"""What the command tells by the error of the system."""


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
def test_no_file_that_is_named_hangs_the_library(
    reading: Callable[[str], object], device: str
) -> None:
    with pytest.raises(sdp.SdpError):
        reading(device)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("reading", PLAIN.values(), ids=PLAIN)
def test_no_file_that_is_named_hangs_the_command(
    reading: Callable[[str], object], device: str
) -> None:
    with pytest.raises(OSError, match=r"longer than|nobody|not a regular file") as refusal:
        reading(device)
    assert refusal.value.filename == device
    assert refusal.value.strerror


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("ending", [".pdf", ".html", ".txt", ".docx", ".zip"])
def test_a_document_that_never_ends_is_told_to_be_out_of_reach(
    ending: str, device: str, tmp_path: Path
) -> None:
    link = tmp_path / f"brev{ending}"
    link.symlink_to(device if device.startswith("/") else tmp_path / device)
    for printed in (False, True):
        (checked,) = sdp.check(link, print=printed).documents
        assert [each.rule for each in checked.findings] == [
            "it cannot be read: it is not a regular file"
        ]


def test_a_document_that_has_become_a_device_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "brev.pdf").write_bytes(b"%PDF-1.7")
    dokument = sdp.Dokument.from_path(tmp_path / "brev.pdf", tittel="V")
    (tmp_path / "brev.pdf").unlink()
    (tmp_path / "brev.pdf").symlink_to("/dev/zero")
    with pytest.raises(OSError, match="not a regular file"):
        dokument.kilde.open()


def test_the_command_ends_with_the_name_of_the_file_and_the_rule() -> None:
    ran = subprocess.run(
        [
            *(str(Path(sys.executable).parent / "sdp"), "open", "/dev/zero"),
            *("--identity", "/dev/zero", "--password-file", "/dev/null"),
        ],
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 1
    told = " ".join(ran.stderr.decode().split())
    assert "/dev/zero cannot be read: it is longer than 16 MiB" in told
