"""The two shapes a package has, one for each wire."""

from __future__ import annotations

from enum import Enum


class Profile(Enum):
    """How the packages of a wire differ. Source: the national docs of each wire.

    Attributes:
        xades_namespace: the namespace of XAdESSignatures.
        organisation_prefix: what goes before an organisation number.
        names_person: whether the manifest holds the fødselsnummer of the recipient.
        has_mimetype: whether the ZIP starts with `mimetype` and ends with `META-INF/manifest.xml`.
    """

    CLASSIC = ("http://uri.etsi.org/2918/v1.2.1#", "9908", True, False)
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
