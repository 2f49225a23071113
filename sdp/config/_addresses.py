"""Addresses of the national environments that are known by name."""

from __future__ import annotations

from typing import Any, Final

_POSTEN = "https://{}meldingsformidler.digipost.no/api/"
_NHN = "https://{}meldingsformidler.nhn.digipost.no:{}/api/"
_TEST = {
    "revocation": "soft",
    "production": False,
    "access_point_url": "https://sandbox1.ediex.no/api/v2/dpi",
    "maskinporten_url": "https://test.maskinporten.no/",
    "krr_rest_url": "https://test.kontaktregisteret.no/rest/",
    "krr_soap_url": "https://kontaktinfo-ws-ver2.difi.no/kontaktinfo-external/ws-v5",
}
_PRODUCTION = {
    "revocation": "soft",
    "production": True,
    "access_point_url": "https://edi.edigard.com/api/v2/dpi",
    "maskinporten_url": "https://maskinporten.no/",
    "krr_rest_url": "https://kontaktregisteret.no/rest/",
    "krr_soap_url": "https://kontaktinfo-ws.difi.no/kontaktinfo-external/ws-v5",
}
KNOWN: Final[dict[str, dict[str, Any]]] = {
    "test": {"broker_url": _POSTEN.format("qaoffentlig."), **_TEST},
    "production": {"broker_url": _POSTEN.format(""), **_PRODUCTION},
    "nhn-test": {"broker_url": _NHN.format("qaoffentlig.", 4445), **_TEST},
    "nhn-production": {"broker_url": _NHN.format("", 4444), **_PRODUCTION},
}
