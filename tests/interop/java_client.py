"""Difi's Java client, sending to a test environment."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.testmiljo import Testmiljo
from sdp.testmiljo.environment import AVSENDER, POSTKASSE, PRINTER
from tests.documents import pdf
from tests.interop.java_witness import JavaWitness
from tests.interop.key_store import PASSWORD, key_store


@dataclass(frozen=True)
class JavaClient:
    """Writes letters as JSON and has the Java client send them."""

    java: JavaWitness
    miljo: Testmiljo
    folder: Path

    @classmethod
    def connect(
        cls, java: JavaWitness, miljo: Testmiljo, folder: Path, **changes: str
    ) -> JavaClient:
        """Make the Java client anew, with a trust store and key of this environment."""
        (folder / "avsender.p12").write_bytes(key_store(miljo.avsender))
        pems = (found.public_bytes(Encoding.PEM) for found in miljo.ca.certificates)
        (folder / "trust.pem").write_bytes(b"".join(pems))
        order = {
            "url": miljo.url,
            "trust": str(folder / "trust.pem"),
            "pkcs12": str(folder / "avsender.p12"),
            "password": PASSWORD,
            "databehandler": AVSENDER,
            "folder": str(folder),
        }
        java.ask("connect", **(order | changes))
        return cls(java, miljo, folder)

    def digital(self, *, digital: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        """Describe a digital letter to a new citizen."""
        innbygger = self.miljo.innbygger()
        post = {
            "personidentifikator": innbygger.personidentifikator,
            "postkasseadresse": innbygger.postkasseadresse,
            "sertifikat": _base64(innbygger.postkasse.sertifikat),
            "postkasse": POSTKASSE,
            "tittel": "Brev fra Java",
        }
        return self._letter() | {"digital": post | (digital or {})} | changes

    def fysisk(self, *, fysisk: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        """Describe a letter to print."""
        hjemme = {
            "navn": "Kari Ødegård",
            "linje": "Storgata 1",
            "postnummer": "0155",
            "poststed": "OSLO",
        }
        post = {
            "printer": PRINTER,
            "sertifikat": _base64(self.miljo.printer.actor.certificate),
            "adresse": hjemme,
            "retur": "DIREKTE_RETUR",
            "returadresse": hjemme,
            "posttype": "A_PRIORITERT",
            "farge": "SORT_HVIT",
        }
        return self._letter() | {"fysisk": post | (fysisk or {})} | changes

    def dokument(self, filnavn: str, content: bytes, mime_type: str, **more: Any) -> dict[str, Any]:
        """Describe a document, which is written to a file."""
        path = self.folder / str(uuid4())
        path.write_bytes(content)
        return {
            "tittel": filnavn,
            "filnavn": filnavn,
            "path": str(path),
            "mime_type": mime_type,
        } | more

    def send(self, letter: dict[str, Any]) -> dict[str, Any]:
        """Send a letter.

        Raises:
            JavaRefusedError: the Java client raised an error.
        """
        return self.java.ask("send", **letter)

    def pull(self, *, prioritet: str = "NORMAL", **options: str) -> dict[str, Any]:
        """Fetch a receipt; an empty one says that the queue is empty."""
        return self.java.ask("pull", prioritet=prioritet, **options)

    def confirm(self, receipt: dict[str, Any]) -> None:
        """Confirm a receipt that `pull` gave."""
        self.java.ask("confirm", meldings_id=receipt["meldings_id"])

    def _letter(self) -> dict[str, Any]:
        return {
            "avsender": AVSENDER,
            "konversasjons_id": str(uuid4()),
            "dokumenter": [self.dokument("brev.pdf", pdf(), "application/pdf")],
        }


def _base64(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
