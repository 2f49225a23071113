"""Content of a dossier: the facts of a letter, and its receipts with what they rest on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

LETTER: Final = "letter.json"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.jws"
SUMMARY_TEXT: Final = "summary.txt"
SUMMARY_HTML: Final = "summary.html"
FORMAT: Final = "sdp-dossier/1"


@dataclass(frozen=True, slots=True)
class DossierReceipt:
    """A receipt, with what it was verified with.

    Attributes:
        meldings_id: its own id.
        slag: `mottak`, `levering`, `aapning`, `varslingfeilet`, `returpost` or `feil`.
        tidspunkt: when it says that it happened.
        avsender: the organisation that signed it.
        mottatt: when its signature was verified and it was stored.
        bekreftet: when the other side was told so, or None.
        raw: the signed bytes: a JWS in compact form, or canonical XML.
        certificates: the signer's certificate and its issuers', in DER.
        answers: the answers about their revocation, OCSP or CRL, in DER.
    """

    meldings_id: str
    slag: str
    tidspunkt: datetime
    avsender: str
    mottatt: datetime
    bekreftet: datetime | None
    raw: bytes = field(repr=False)
    certificates: tuple[bytes, ...] = field(repr=False, default=())
    answers: tuple[bytes, ...] = field(repr=False, default=())

    @property
    def is_xml(self) -> bool:
        """True for a receipt over ebMS, False for one over DPI."""
        return self.raw.startswith(b"<")


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that is known of one letter, and nothing private.

    Attributes:
        facts: values that JSON can hold: ids, state, route, rule, times, fingerprints, history.
        receipts: in the order they came.
    """

    facts: Mapping[str, Any]
    receipts: tuple[DossierReceipt, ...]
