"""The fixed words of Oppslagstjenesten over SOAP: namespaces, types of WS-Security, algorithms."""

from __future__ import annotations

from typing import Final

BINDING: Final = "{http://kontaktinfo.difi.no/wsdl/oppslagstjeneste-16-02}Soap12"
OPPSLAGSTJENESTEN: Final = "http://kontaktinfo.difi.no/xsd/oppslagstjeneste/16-02"

WSSE11: Final = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"

RSA_OAEP_MGF1P: Final = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
SHA1: Final = "http://www.w3.org/2000/09/xmldsig#sha1"
AES256_CBC: Final = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
CONTENT: Final = "http://www.w3.org/2001/04/xmlenc#Content"
