"""Package profiles of the two wires, and the files in a package."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Profile(Enum):
    """Details in which the packages of the wires differ. Source: the national docs of each wire.

    Attributes:
        xades_namespace: the namespace of XAdESSignatures.
        organisation_prefix: what goes before an organisation number.
        names_person: whether the manifest holds the fødselsnummer of the recipient.
        has_mimetype: whether the ZIP starts with `mimetype` and ends with `META-INF/manifest.xml`.
    """

    EBMS = ("http://uri.etsi.org/2918/v1.2.1#", "9908", True, False)
    DPI = ("http://uri.etsi.org/02918/v1.2.1#", "0192", False, True)

    def __init__(
        self,
        xades_namespace: str,
        organisation_prefix: str,
        names_person: bool,  # noqa: FBT001 - an enum member is written once, above
        has_mimetype: bool,  # noqa: FBT001
    ) -> None:
        self.xades_namespace = xades_namespace
        self.organisation_prefix = organisation_prefix
        self.names_person = names_person
        self.has_mimetype = has_mimetype


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
