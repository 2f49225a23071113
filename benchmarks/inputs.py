"""Inputs of the benchmarks: documents and keys, in one folder that goes away."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from sdp.testmiljo.ca import TestCA

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.pairs import Command

MIB = 1024 * 1024
_LINE = "{n:08d} Vi viser til søknaden din av {d:02d}.{m:02d}. Vedtaket er begrunnet nedenfor.\n"


@dataclass(frozen=True, slots=True)
class Workshop:
    """A folder with keys, and the commands that work in it."""

    folder: Path

    @classmethod
    def set_up(cls, folder: Path) -> Workshop:
        """Make the keys of a sender and a mailbox."""
        now = datetime.now(UTC)
        ca = TestCA.create(now)
        sender = ca.issue("991825827", "Etaten", moment=now)
        mailbox = ca.issue("984661185", "Postkassen", moment=now)
        (folder / "sender.p12").write_bytes(sender.pkcs12("x"))
        (folder / "mailbox.p12").write_bytes(mailbox.pkcs12("x"))
        (folder / "mailbox.pem").write_bytes(mailbox.certificate.public_bytes(Encoding.PEM))
        (folder / "mailbox.key").write_bytes(mailbox.key_pem())
        (folder / "password").write_text("x")
        return cls(folder)

    def fresh(self, name: str) -> Path:
        """Make a folder within this one."""
        folder = self.folder / name
        folder.mkdir()
        return folder

    def random(self, name: str, size: int) -> str:
        """Write a file that does not compress."""
        with (self.folder / name).open("wb") as file:
            for start in range(0, size, MIB):
                file.write(os.urandom(min(MIB, size - start)))
        return name

    def text(self, name: str, size: int) -> str:
        """Write a file of Norwegian sentences with numbers and dates in them."""
        with (self.folder / name).open("wb") as file:
            written = n = 0
            while written < size:
                lines = (
                    _LINE.format(n=n + k, d=(n + k) * 7 % 28 + 1, m=(n + k) % 12 + 1)
                    for k in range(10_000)
                )
                chunk = "".join(lines).encode()[: size - written]
                written += file.write(chunk)
                n += 10_000
        return name

    def sdp_pack(self, name: str) -> Command:
        """Pack one document with the `sdp` command."""
        return [
            _beside_python("sdp"), "pack", name, "--title", "T",
            "--identity", "sender.p12", "--password-file", "password", "--sender", "991825827",
            "--recipient-cert", "mailbox.pem", "--person", "01815800083",
            "--mailbox", "a#1", "--out", "sdp.cms", "--size-limit", "100GiB",
        ]  # fmt: skip

    def openssl_encrypt(self, name: str) -> Command:
        """Encrypt the same bytes with openssl: no ZIP, no digests, no signature."""
        return [
            "openssl", "cms", "-encrypt", "-binary", "-stream", "-aes256", "-outform", "DER",
            "-in", name, "-out", "openssl.cms", "mailbox.pem",
        ]  # fmt: skip

    def sdp_open(self) -> Command:
        """Decrypt, verify and extract what `sdp_pack` made."""
        opening = (
            "open sdp.cms --identity mailbox.p12 --password-file password --extract opened "
            "--size-limit 100GiB"
        )
        return ["sh", "-c", f"rm -rf opened && {_beside_python('sdp')} {opening}"]

    def openssl_decrypt(self) -> Command:
        """Decrypt the same package with openssl."""
        return [
            "openssl", "cms", "-decrypt", "-binary", "-inform", "DER", "-in", "sdp.cms",
            "-inkey", "mailbox.key", "-recip", "mailbox.pem", "-out", "openssl.zip",
        ]  # fmt: skip

    def python(self, code: str) -> Command:
        """Run a few lines of Python."""
        return [sys.executable, "-c", code]

    def remove(self, *names: str) -> None:
        """Delete files that are of no more use."""
        for name in names:
            (self.folder / name).unlink(missing_ok=True)


def _beside_python(name: str) -> str:
    return os.path.join(os.path.dirname(sys.executable), name)  # noqa: PTH118, PTH120
