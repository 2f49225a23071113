"""Environments: the addresses of the services, and how far their certificates are trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt, model_validator

from sdp.config.section import Settings, listed, unknown_environment
from sdp.domain.aktorer import Organisasjonsnummer
from sdp.errors import ConfigurationError
from sdp.transport.settings import check_https

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
    "test": {"wire": "dpi", "broker_url": _POSTEN.format("qaoffentlig."), **_TEST},
    "production": {"wire": "dpi", "broker_url": _POSTEN.format(""), **_PRODUCTION},
    "nhn-test": {"broker_url": _NHN.format("qaoffentlig.", 4445), **_TEST},
    "nhn-production": {"broker_url": _NHN.format("", 4444), **_PRODUCTION},
}

WIRE_NAMES: Final = {"dpi": "DPI", "ebms": "ebMS"}
"""The wires as people are told of them."""

_ADDRESS_OF_WIRE: Final = {"ebms": "broker_url", "dpi": "access_point_url"}

Https = Annotated[str, AfterValidator(check_https)]


class Environment(Settings):
    """One environment and its addresses. Any can be described; four are known by name."""

    name: str
    """`test`, `production`, `nhn-test`, `nhn-production`, or a name of your own."""
    production: bool
    """True where real citizens are reached; synthetic test persons are then refused."""
    wire: Literal["ebms", "dpi"] = "ebms"
    """`dpi`, by way of an access point, or `ebms`, by way of a broker. Unless told otherwise,
    `test` and `production` send on DPI; those of Norsk helsenett and of your own on ebMS.
    """
    broker_url: Https | None = None
    """The root that messages are posted to on ebMS."""
    broker_organisasjonsnummer: Organisasjonsnummer = "984661185"
    """The organisation that must have signed the broker's answers."""
    access_point_url: Https | None = None
    """The root of the access point's API; ask your provider."""
    maskinporten_url: Https | None = None
    """The issuer of tokens, with a trailing slash."""
    krr_rest_url: Https | None = None
    """The root of the contact register's REST API, without its version."""
    krr_soap_url: Https | None = None
    """The address of the contact register's SOAP service."""
    krr_organisasjonsnummer: Organisasjonsnummer = "991825827"
    """The organisation that must have signed the register's answers."""
    trust: Path | None = None
    """Folder or bundle of CA certificates for recipients, receipts and broker."""
    revocation: Literal["off", "soft", "hard"] = "off"
    """The check of revocation. `off`: none at all. `soft`: a certificate that is known to be
    revoked is refused; if nobody answers, there is a warning. `hard`: a certificate that is not
    known to be good is refused.
    """
    revocation_local_addresses: bool = False
    """True lets revocation be asked about at addresses on this machine and its own network. They
    stand in certificates that others have written.
    """
    ocsp_max_age_days: Annotated[float, Field(gt=0, le=366)] = 7.0
    """The time that an OCSP answer is believed, whatever it claims itself, in days."""
    certificate_policies: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)+$")], ...],
        BeforeValidator(listed),
    ] = ()
    """The policies (OIDs) one of which every certificate must be issued under; none takes any. The
    issuers' own documents name theirs. In a variable, they stand with commas between them.
    """
    tls_ca: Path | None = None
    """PEM file of a private CA for the TLS connection."""
    pull_interval_normal_seconds: Annotated[float, Field(ge=0)] = 600.0
    """The time to leave the normal queue alone after it was empty, in seconds."""
    pull_interval_prioritert_seconds: Annotated[float, Field(ge=0)] = 60.0
    """The same for the prioritised queue, in seconds."""
    size_limit_bytes: PositiveInt = 50_000_000
    """The largest total size of one letter's documents, in bytes."""
    refuse_print_warnings: bool = False
    """Refuse a print letter that the print preflight warns of."""

    @model_validator(mode="before")
    @classmethod
    def _fill_in_what_the_name_tells(cls, given: Any) -> Any:
        if isinstance(given, str):
            if given not in KNOWN:
                raise ValueError(unknown_environment(given, KNOWN))
            given = {"name": given}
        if not isinstance(given, dict):
            return given
        return KNOWN.get(str(given.get("name")), {}) | given

    @model_validator(mode="after")
    def _address_of_the_wire(self) -> Self:
        setting = _ADDRESS_OF_WIRE[self.wire]
        if getattr(self, setting) is None:
            raise ValueError(f"must have {setting} for the wire {self.wire}")
        return self

    @property
    def wire_url(self) -> str:
        """The address that letters are posted to."""
        return self.address(_ADDRESS_OF_WIRE[self.wire])

    def address(self, setting: str) -> str:
        """Return one of the addresses, or fail if it is missing.

        Raises:
            ConfigurationError: it is not configured.
        """
        url: str | None = getattr(self, setting)
        if url is None:
            raise ConfigurationError(
                f"environment.{setting} is needed for this, and is not configured.",
                remedy=f"Set environment.{setting}; a known environment name sets it too.",
            )
        return url

    @classmethod
    def test(cls, *, trust: Path | None = None) -> Self:
        """Return the national test environment, on DPI."""
        return cls.model_validate({"name": "test", "trust": trust})

    @classmethod
    def in_production(cls, *, trust: Path | None = None) -> Self:
        """Return the national production environment, on DPI."""
        return cls.model_validate({"name": "production", "trust": trust})
