"""The files of a package."""

from __future__ import annotations

from dataclasses import dataclass

MANIFEST = "manifest.xml"
MANIFEST_TYPE = "application/xml"
SIGNATURES = "META-INF/signatures.xml"
CONTAINER_MANIFEST = "META-INF/manifest.xml"
MIMETYPE = "mimetype"
CONTAINER_TYPE = "application/vnd.etsi.asic-e+zip"


@dataclass(frozen=True, slots=True)
class Fil:
    """A file in a package.

    Attributes:
        filnavn: its name in the package.
        mime_type: its kind, as the signature gives it.
        size: its length before compression, in bytes.
        sha256: its digest.
    """

    filnavn: str
    mime_type: str
    size: int
    sha256: bytes
