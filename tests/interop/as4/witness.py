"""phase4, an AS4 implementation, as a witness of ebMS messages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.testmiljo.ca import Issued
from tests.interop.as4.traffic import Said
from tests.interop.java_witness import JavaWitness
from tests.interop.key_store import PASSWORD, key_store

_QUEUES = ("urn:normal", "urn:prioritert")


@dataclass(frozen=True)
class Phase4:
    """Reads, receives and answers messages. Its files stand in `folder`."""

    java: JavaWitness
    folder: Path

    def read(self, envelope: bytes) -> dict[str, Any]:
        """Hold the header of an envelope to phase4's schema, and tell what stands in it."""
        return self.java.ask("read", file=self._write(envelope))

    def receive(
        self, said: Said, *, trust: Iterable[x509.Certificate], mpcs: Sequence[str] = _QUEUES
    ) -> dict[str, Any]:
        """Let phase4 do with a message all that its server does, up to handing it on."""
        pems = b"".join(each.public_bytes(Encoding.PEM) for each in trust)
        order = {"trust": self._write(pems), "mpcs": list(mpcs)}
        return self.java.ask("receive", **order, **self._http(said))

    def match(self, sent: Said, receipt: bytes) -> dict[str, list[str]]:
        """Ask what phase4 would say to this receipt, had it sent the message itself."""
        return self.java.ask("match", receipt=self._write(receipt), **self._http(sent))

    def acknowledge(self, said: Said, signer: Issued, *, timestamp: bool) -> bytes:
        """Have phase4 write and sign its receipt for a message."""
        out = self._write(b"")
        pkcs12 = self._write(key_store(signer))
        order = {"pkcs12": pkcs12, "password": PASSWORD, "timestamp": timestamp, "out": out}
        self.java.ask("acknowledge", **order, **self._http(said))
        return Path(out).read_bytes()

    def refuse(self, code: str, *, ref_to: str) -> bytes:
        """Have phase4 write an error, in its own words."""
        out = self._write(b"")
        self.java.ask("refuse", code=code, ref_to=ref_to, out=out)
        return Path(out).read_bytes()

    def _http(self, said: Said) -> dict[str, str]:
        return {"content_type": said.content_type, "body": self._write(said.content)}

    def _write(self, content: bytes) -> str:
        path = self.folder / str(uuid4())
        path.write_bytes(content)
        return str(path)


def fingerprint(certificate: x509.Certificate) -> str:
    """Write the SHA-256 of a certificate as the witness does."""
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
