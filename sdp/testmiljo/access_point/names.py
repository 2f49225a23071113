"""Fixed words of the DPI wire, written out apart from the ones the library sends with."""

from __future__ import annotations

from typing import Final

AUTHORITY: Final = "iso6523-actorid-upis"
SCOPE: Final = "digitalpostinnbygger:send"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
ASIC: Final = "http://uri.etsi.org/02918/v1.2.1#"

JWT_TYPE: Final = "application/jwt"
PROBLEM_TYPE: Final = "application/problem+json"

DIGITAL: Final = "digital"
UTSKRIFT: Final = "utskrift"

RECEIPT_ALGORITHM: Final = "RS512"
"""The algorithm that Digipost's software signs receipts with."""

_ROOT: Final = "urn:fdc:digdir.no:2020"


def party(organisasjonsnummer: str) -> str:
    """Write an organisation as the DPI wire writes it."""
    return f"0192:{organisasjonsnummer}"


def standard(kind: str) -> str:
    """Name the document standard of a kind of message."""
    return f"{_ROOT}:innbyggerpost:xsd::innbyggerpost##{_ROOT}:innbyggerpost:schema:{kind}::1.0"


def receipt_standard(kind: str) -> str:
    """Name the document standard of a kind of receipt, as Digipost's software writes it."""
    return standard(kind).replace("xsd::innbyggerpost", "xsd::Innbyggerpost")


def process(kind: str) -> str:
    """Name the process that a kind of letter, `digital` or `utskrift`, belongs to."""
    return f"{_ROOT}:profile:egovernment:innbyggerpost:{kind}:ver1.0"
