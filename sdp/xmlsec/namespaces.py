"""The namespaces on the wire, and the prefixes this library looks things up with."""

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

PREFIXES: Final = {
    "env": ENV,
    "eb": EB,
    "ebbp": EBBP,
    "wsse": WSSE,
    "wsu": WSU,
    "ds": DS,
    "ec": EC,
    "sbd": SBDH,
    "sdp": SDP,
}
