"""Fixed words of ebMS messages: URNs, roles, content types."""

from __future__ import annotations

from typing import Final

PARTY_TYPE: Final = "urn:oasis:names:tc:ebcore:partyid-type:iso6523:9908"
ROLE_AVSENDER: Final = "urn:sdp:avsender"
ROLE_MELDINGSFORMIDLER: Final = "urn:sdp:meldingsformidler"
STANDARD: Final = "urn:no:difi:sdp:1.0"
AGREEMENT: Final = "http://begrep.difi.no/SikkerDigitalPost/1.0/transportlag/Meldingsutveksling/"

SOAP_TYPE: Final = "application/soap+xml"
CMS_TYPE: Final = "application/cms"

BODY_ID: Final = "soapBody"
ENVELOPE_ID: Final = "envelope@meldingsformidler.sdp.difi.no"


def party(organisasjonsnummer: str) -> str:
    """Write an organisation as ISO 6523 with the prefix that ebMS messages have."""
    return f"9908:{organisasjonsnummer}"
