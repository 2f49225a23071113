"""Namespaces, URNs and algorithm names of the ebMS wire.

They are written out here, apart from the ones the library sends with, so that a misspelling on one
side is caught by the other.
"""

from __future__ import annotations

from typing import Final

ENV: Final = "http://www.w3.org/2003/05/soap-envelope"
EB: Final = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
EBBP: Final = "http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0"
WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
EC: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
SBDH: Final = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
SDP: Final = "http://begrep.difi.no/sdp/schema_v10"
XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"
ASIC: Final = "http://uri.etsi.org/2918/v1.2.1#"
XML: Final = "http://www.w3.org/XML/1998/namespace"

PREFIXES: Final = {
    "env": ENV,
    "eb": EB,
    "ebbp": EBBP,
    "wsse": WSSE,
    "wsu": WSU,
    "ds": DS,
    "ec": EC,
    "sbdh": SBDH,
    "sdp": SDP,
    "xades": XADES,
    "asic": ASIC,
}

EXCLUSIVE_C14N: Final = EC
INCLUSIVE_C14N: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
INCLUSIVE_C14N_11: Final = "http://www.w3.org/2006/12/xml-c14n11"
ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
ATTACHMENT_CONTENT: Final = (
    "http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#Attachment-Content-Signature-Transform"
)
RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA1: Final = "http://www.w3.org/2000/09/xmldsig#sha1"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
SIGNED_PROPERTIES: Final = "http://uri.etsi.org/01903#SignedProperties"

X509_TYPE: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
)
BASE64: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
)

PARTY_TYPE: Final = "urn:oasis:names:tc:ebcore:partyid-type:iso6523:9908"
ROLE_AVSENDER: Final = "urn:sdp:avsender"
ROLE_MELDINGSFORMIDLER: Final = "urn:sdp:meldingsformidler"
STANDARD: Final = "urn:no:difi:sdp:1.0"
AGREEMENT: Final = "http://begrep.difi.no/SikkerDigitalPost/1.0/transportlag/Meldingsutveksling/"
CMS_TYPE: Final = "application/cms"
SOAP_TYPE: Final = "application/soap+xml"


def party(organisasjonsnummer: str) -> str:
    """Write an organisation as the ebMS wire writes it."""
    return f"9908:{organisasjonsnummer}"
