"""Packs letters as DPI wants them, with libxmlsec and zipfile, and can get it wrong."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree

from tests.unit.testmiljo.packer import MANIFEST, Package

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sdp.testmiljo.ca import Issued

CONTAINER_TYPE = b"application/vnd.etsi.asic-e+zip"
DPI_MANIFEST = MANIFEST.replace(b"9908:", b"0192:").replace(
    b"<personidentifikator>01815800083</personidentifikator>", b""
)
PRINT_MANIFEST = (
    b'<manifest xmlns="http://begrep.difi.no/sdp/schema_v10"><avsender>'
    b"<organisasjon>0192:991825827</organisasjon></avsender>"
    b'<hoveddokument href="brev.pdf" mime="application/pdf"/></manifest>'
)


def as_etsi_spells_it(root: etree._Element) -> None:
    """Move XAdESSignatures to the namespace of DPI."""
    root.tag = "{http://uri.etsi.org/02918/v1.2.1#}XAdESSignatures"


@dataclass
class DpiPackage(Package):
    """What goes into a package of DPI; as it stands, a good one."""

    signatures: Callable[[etree._Element], None] = as_etsi_spells_it
    container: dict[str, bytes] = field(default_factory=lambda: {"mimetype": CONTAINER_TYPE})
    """What the ZIP starts with, stored as it is."""
    first_compression: int = zipfile.ZIP_STORED
    listing: bytes | None = b""
    """META-INF/manifest.xml; a true one if empty, and none at all if None."""

    def __post_init__(self) -> None:
        if self.files.get("manifest.xml") == MANIFEST:
            self.files["manifest.xml"] = DPI_MANIFEST

    def zip(self, signer: Issued, moment: datetime) -> bytes:
        signatures = self._signed(signer, moment)
        listing = self._true_listing() if self.listing == b"" else self.listing
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.container.items():
                archive.writestr(name, content, self.first_compression)
            for name, content in (*self.files.items(), *self.more_files.items()):
                archive.writestr(name, content)
            archive.writestr("META-INF/signatures.xml", signatures)
            if listing is not None:
                archive.writestr("META-INF/manifest.xml", listing)
        return target.getvalue()

    def _true_listing(self) -> bytes:
        types = {"/": CONTAINER_TYPE.decode()} | {
            name: self.mime_types[name] for name in self.files if name in self.mime_types
        }
        entries = "".join(
            f'<m:file-entry m:full-path="{name}" m:media-type="{kind}"/>'
            for name, kind in types.items()
        )
        namespace = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
        return f'<m:manifest xmlns:m="{namespace}">{entries}</m:manifest>'.encode()


def print_package() -> DpiPackage:
    """A good package for the printer."""
    return DpiPackage(files={"brev.pdf": b"%PDF-1.4", "manifest.xml": PRINT_MANIFEST})
