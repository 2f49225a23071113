"""The test environment under many letters: CPU and memory of its own process, and its pages.

Run it with `.venv/bin/python -m benchmarks.testmiljo dpi 10000`. The sender is this process.
"""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from urllib.request import urlopen

from cryptography.x509 import load_pem_x509_certificate

from sdp import (
    Avsender,
    Client,
    ClientConfig,
    DigitalForsendelse,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    Formaal,
    Forsendelse,
    Mottaker,
    TekniskMottaker,
)

_STEPS = 10
_PAGES = ("/web/", "/web/?q=Brev", "/api-test/letters")


def main(wire: str, letters: int) -> None:
    """Send letters in ten steps, and tell of each what a letter took and what there is."""
    with tempfile.TemporaryDirectory(prefix="sdp-bench-") as name:
        folder = Path(name)
        command = [sys.executable, "-m", "sdp", "testmiljo", "--port", "0", "--out", name]
        with subprocess.Popen(
            [*command, "--wire", wire, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as served:
            try:
                if served.stdout is None or not served.stdout.readline():
                    raise RuntimeError("the test environment did not start")
                _measure(folder, letters, served.pid)
            finally:
                served.terminate()


def _measure(folder: Path, letters: int, pid: int) -> None:
    config = ClientConfig.from_toml(folder / "sdp.toml")
    mottaker = _mottaker(folder)
    pdf = (folder / "brev.pdf").read_bytes()
    size = max(1, letters // _STEPS)
    print("letters  letters/s  CPU ms/letter  MiB  " + "  ".join(f"{each} ms" for each in _PAGES))
    with Client(config) as client:
        for step in range(1, _STEPS + 1):
            began, cpu = time.perf_counter(), _cpu(pid)
            for _ in range(size):
                client.send(_letter(mottaker, pdf))
            seconds, cpu = time.perf_counter() - began, _cpu(pid) - cpu
            pages = "  ".join(f"{_page(folder, config, each) * 1e3:.0f}" for each in _PAGES)
            print(
                f"{step * size:7}  {size / seconds:9.0f}  {cpu / size * 1e3:13.2f}  "
                f"{_resident(pid):3.0f}  {pages}",
                flush=True,
            )


def _mottaker(folder: Path) -> Mottaker:
    person = tomllib.loads((folder / "innbygger.toml").read_text(encoding="utf-8"))
    return Mottaker(
        personidentifikator=person["personidentifikator"],
        postkasseadresse=person["postkasseadresse"],
        postkasse=TekniskMottaker(
            organisasjonsnummer=person["postkasse"],
            sertifikat=load_pem_x509_certificate(person["sertifikat"].encode()),
        ),
    )


def _letter(mottaker: Mottaker, pdf: bytes) -> DigitalForsendelse:
    return Forsendelse.digital(
        avsender=Avsender(organisasjonsnummer="991825827"),
        mottaker=mottaker,
        formaal=Formaal.INFORMASJON,
        digital_post=DigitalPost(ikke_sensitiv_tittel="Brev"),
        dokumentpakke=Dokumentpakke(
            hoveddokument=Dokument.from_bytes(pdf, filnavn="brev.pdf", tittel="Brev")
        ),
    )


def _page(folder: Path, config: ClientConfig, path: str) -> float:
    """Seconds for a page of the environment."""
    context = ssl.create_default_context(cafile=folder / "tls-ca.pem")
    root = config.environment.krr_rest_url or ""
    origin = "/".join(root.split("/")[:3])
    began = time.perf_counter()
    with urlopen(f"{origin}{path}", context=context) as answer:
        answer.read()
    return time.perf_counter() - began


def _cpu(pid: int) -> float:
    """Seconds of processor time that a process has used, all its threads together (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    """Mebibytes of memory that a process holds (Linux)."""
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
