"""Fixed words of DPI messages: URNs, authorities, content types."""

from __future__ import annotations

from typing import Final

AUTHORITY: Final = "iso6523-actorid-upis"
DIGEST_METHOD: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
VERSION: Final = "1.0"
CONVERSATION: Final = "ConversationId"

JWT_TYPE: Final = "application/jwt"
CMS_TYPE: Final = "application/cms"
JSON_TYPE: Final = "application/json"
PROBLEM_TYPE: Final = "application/problem+json"

DOCUMENT: Final = "standardBusinessDocument"
HEADER: Final = "standardBusinessDocumentHeader"

_PREFIX: Final = "urn:fdc:digdir.no:2020:"


def party(organisasjonsnummer: str) -> str:
    """Write an organisation as ISO 6523 with the prefix that DPI messages have."""
    return f"0192:{organisasjonsnummer}"


def standard(kind: str) -> str:
    """Name the document standard of a kind of message, such as `digital`."""
    root = f"{_PREFIX}innbyggerpost"
    return f"{root}:xsd::innbyggerpost##{root}:schema:{kind}::{VERSION}"


def is_standard(written: str, kind: str) -> bool:
    """Tell whether a text names the standard of a kind of message, as it is or once was written.

    Mailboxes keep to the documents of their day: `xsd::Innbyggerpost##` and `xsd:digital::...##`
    have stood where the identifiers now have `xsd::innbyggerpost##`. What follows says the kind.
    """
    root = f"{_PREFIX}innbyggerpost"
    document, _, schema = written.lower().partition("##")
    return document.startswith(f"{root}:xsd:") and schema == f"{root}:schema:{kind}::{VERSION}"


def process(kind: str) -> str:
    """Name the process that a kind of letter starts, such as `utskrift`."""
    return f"{_PREFIX}profile:egovernment:innbyggerpost:{kind}:ver{VERSION}"
