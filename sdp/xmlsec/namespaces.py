"""The namespaces of the specification, by the prefixes they go by here."""

from __future__ import annotations

from typing import Final

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
EC: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
XML: Final = "http://www.w3.org/XML/1998/namespace"

ENV: Final = "http://www.w3.org/2003/05/soap-envelope"
ENV_1_1: Final = "http://schemas.xmlsoap.org/soap/envelope/"

_WSS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE: Final = f"{_WSS}wssecurity-secext-1.0.xsd"
WSU: Final = f"{_WSS}wssecurity-utility-1.0.xsd"
X509_TOKEN: Final = f"{_WSS}x509-token-profile-1.0#X509v3"
BASE64_ENCODING: Final = f"{_WSS}soap-message-security-1.0#Base64Binary"

EB: Final = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
EBBP: Final = "http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0"

SBDH: Final = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
SDP: Final = "http://begrep.difi.no/sdp/schema_v10"

PREFIXES: Final = {
    "ds": DS,
    "eb": EB,
    "ebbp": EBBP,
    "env": ENV,
    "sbdh": SBDH,
    "sdp": SDP,
    "wsse": WSSE,
    "wsu": WSU,
}
