"""Where to send, who is sending, and how: read from TOML and the process environment."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PositiveFloat,
    PositiveInt,
    SecretBytes,
    SecretStr,
    ValidationError,
    model_validator,
)

from sdp.config._addresses import KNOWN
from sdp.config._problems import configuration_error, known_keys, unknown_environment
from sdp.config._toml import read_toml, write_toml
from sdp.config._variables import from_environ, merged
from sdp.config.services import (
    DpiConfig,
    EbmsConfig,
    KrrConfig,
    MaskinportenConfig,
    Settings,
    listed,
)
from sdp.domain.identifikatorer import Kanal, Organisasjonsnummer
from sdp.errors import ConfigurationError
from sdp.pki import Identity, Policy, Revocation, RevocationLimits, TrustStore
from sdp.pki.keys.pkcs11 import Pkcs11Identity
from sdp.pki.trust.anchors import refuse_other_environment
from sdp.transport.fetching import HttpFetcher
from sdp.transport.settings import HttpSettings, check_https, check_proxy, without_userinfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

__all__ = [
    "ClientConfig",
    "DpiConfig",
    "EbmsConfig",
    "Environment",
    "IdentityConfig",
    "KrrConfig",
    "MaskinportenConfig",
]

_ADDRESS_OF_WIRE = {"ebms": "broker_url", "dpi": "access_point_url"}

Https = Annotated[str, AfterValidator(check_https)]
Proxy = Annotated[str, AfterValidator(check_proxy)]


class Environment(Settings):
    """One environment and its addresses. Any can be described; four are known by name.

    Attributes:
        name: `test`, `production`, `nhn-test`, `nhn-production`, or a name of your own.
        production: whether real citizens are reached; synthetic test persons are then refused.
        wire: `ebms`, by way of a broker, or `dpi`, by way of an access point.
        broker_url: the root that messages are posted to on ebMS.
        broker_organisasjonsnummer: the organisation that must have signed the broker's answers.
        access_point_url: the root of the access point's API; ask your provider.
        maskinporten_url: the issuer of tokens, with a trailing slash.
        krr_rest_url: the root of the contact register's REST API, without its version.
        krr_soap_url: the address of the contact register's SOAP service.
        krr_organisasjonsnummer: the organisation that must have signed the register's answers.
        trust: folder or bundle of CA certificates for recipients, receipts and broker.
        revocation: how revocation is checked. `off`: not at all. `soft`: a certificate that is
            known to be revoked is refused; if nobody answers, there is a warning. `hard`: a
            certificate that is not known to be good is refused.
        revocation_local_addresses: whether revocation may be asked about at addresses on this
            machine and its own network. They stand in certificates that others have written.
        ocsp_max_age_days: how long an OCSP answer is believed, whatever it claims itself.
        certificate_policies: the policies (OIDs) one of which every certificate must be issued
            under; none takes any. The issuers' own documents name theirs. In a variable, they stand
            with commas between them.
        tls_ca: PEM file of a private CA for the TLS connection.
        pull_interval_normal_seconds: how long to leave the normal queue alone when it was empty.
        pull_interval_prioritert_seconds: the same for the prioritised queue.
        size_limit_bytes: the largest total size of one letter's documents.
        refuse_print_warnings: refuse a print letter that the print preflight warns of.
    """

    name: str
    production: bool
    wire: Literal["ebms", "dpi"] = "ebms"
    broker_url: Https | None = None
    broker_organisasjonsnummer: Organisasjonsnummer = "984661185"
    access_point_url: Https | None = None
    maskinporten_url: Https | None = None
    krr_rest_url: Https | None = None
    krr_soap_url: Https | None = None
    krr_organisasjonsnummer: Organisasjonsnummer = "991825827"
    trust: Path | None = None
    revocation: Literal["off", "soft", "hard"] = "off"
    revocation_local_addresses: bool = False
    ocsp_max_age_days: Annotated[float, Field(gt=0, le=366)] = 7.0
    certificate_policies: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)+$")], ...],
        BeforeValidator(listed),
    ] = ()
    tls_ca: Path | None = None
    pull_interval_normal_seconds: Annotated[float, Field(ge=0)] = 600.0
    pull_interval_prioritert_seconds: Annotated[float, Field(ge=0)] = 60.0
    size_limit_bytes: PositiveInt = 50_000_000
    refuse_print_warnings: bool = False

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
        """Posten's functional test environment."""
        return cls.model_validate({"name": "test", "trust": trust})

    @classmethod
    def in_production(cls, *, trust: Path | None = None) -> Self:
        """Posten's production environment."""
        return cls.model_validate({"name": "production", "trust": trust})


class IdentityConfig(Settings):
    """Where the sender's key and certificate are: a PKCS#12 file, two PEM files, or a token.

    The password, or the PIN of the token, is best kept in a file or an environment variable; it can
    also be written here.

    Attributes:
        alias: chooses among several keys in a PKCS#12 file: the alias (friendly name) of one, or
            its certificate's serial number in hexadecimal. Else the one that may sign is taken.
        pkcs11_module: the PKCS#11 library that came with an HSM.
        pkcs11_token: the label of the token.
        pkcs11_key: the label of the key, needed if the token holds several.
        certificate: the chain in PEM; with a token, needed only if the chain is not on it.
    """

    pkcs12: Path | None = None
    alias: str | None = None
    pkcs11_module: Path | None = None
    pkcs11_token: str | None = None
    pkcs11_key: str | None = None
    certificate: Path | None = None
    key: Path | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    password_env: str | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        files = None if self.pkcs11_module else self.certificate
        places = (self.pkcs12, files or self.key, self.pkcs11_module)
        if sum(place is not None for place in places) != 1:
            raise ValueError("must name one of pkcs12, certificate and key, or pkcs11_module")
        if self.alias is not None and self.pkcs12 is None:
            raise ValueError("must name pkcs12 where it names an alias")
        if (self.pkcs11_module is None) != (self.pkcs11_token is None):
            raise ValueError("must name pkcs11_module and pkcs11_token together")
        if self.pkcs11_module is None and (self.certificate is None) != (self.key is None):
            raise ValueError("must name certificate and key together")
        passwords = (self.password, self.password_file, self.password_env)
        if sum(source is not None for source in passwords) > 1:
            raise ValueError("must name at most one of password, password_file and password_env")
        return self

    def __getstate__(self) -> dict[Any, Any]:
        if self.password is not None:
            raise TypeError(
                "a configuration with a password in it cannot be pickled; "
                "name a password_file or a password_env instead"
            )
        return super().__getstate__()


class ClientConfig(Settings):
    """Everything a client needs to know. Times are in seconds.

    Attributes:
        environment: the addresses; a name alone is enough for the four that are known.
        identity: the sender's key and certificate; not needed where a `Signer` is given.
        databehandler: organisation number of the technical sender; None takes the certificate's.
        kanal: keeps this system's receipts apart from others' on DPI; at most 28
            letters, digits, `_` and `-`.
        maskinporten: needed for DPI and for the contact register over REST.
        dpi: how DPI is used.
        ebms: how ebMS is used.
        krr: how the contact register is asked.
        proxy: such as `http://proxy.example.no:3128`; never in `repr`: it may hold a password.
        pool_size: the largest number of connections open at once.
    """

    environment: Environment
    identity: IdentityConfig | None = None
    databehandler: Organisasjonsnummer | None = None
    kanal: Kanal | None = None
    maskinporten: MaskinportenConfig | None = None
    dpi: DpiConfig = DpiConfig()
    ebms: EbmsConfig = EbmsConfig()
    krr: KrrConfig = KrrConfig()
    proxy: Proxy | None = Field(default=None, repr=False)
    pool_size: PositiveInt = 10
    connect_timeout: PositiveFloat = 10.0
    read_timeout: PositiveFloat = 60.0
    write_timeout: PositiveFloat = 60.0
    pool_timeout: PositiveFloat = 30.0

    @property
    def has_register(self) -> bool:
        """Whether there is a contact register to ask who has opted out of digital letters."""
        return self.krr.wire == "soap" or self.maskinporten is not None

    @classmethod
    def from_toml(
        cls, path: str | os.PathLike[str], *, environ: Mapping[str, str] | None = None
    ) -> Self:
        """Read a TOML file. Paths in it are relative to it.

        An environment variable `SDP_…` overrides the file; `__` separates nested keys:
        `SDP_POOL_SIZE`, `SDP_ENVIRONMENT__BROKER_URL`.

        Raises:
            ConfigurationError: naming the file and each key that is wrong.
        """
        path = Path(path)
        settings = merged(read_toml(path), cls._variables(environ))
        return cls._checked(settings, path).anchored_at(path.parent)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read only environment variables `SDP_…`, such as `SDP_ENVIRONMENT=test`.

        Raises:
            ConfigurationError: naming each variable that is wrong.
        """
        return cls._checked(cls._variables(environ), "the process environment")

    @classmethod
    def _variables(cls, environ: Mapping[str, str] | None) -> dict[str, Any]:
        return from_environ(os.environ if environ is None else environ, known_keys(cls))

    @classmethod
    def _checked(cls, settings: dict[str, Any], source: object) -> Self:
        try:
            return cls.model_validate(settings)
        except ValidationError as error:
            problem = configuration_error(error, cls, f"The configuration in {source}")
        settings.clear()
        raise problem

    def anchored_at(self, folder: Path) -> Self:
        """Return the same configuration with its relative paths taken from `folder`."""
        environment = _relative_to(folder, self.environment, ("trust", "tls_ca"))
        identity = self.identity and _relative_to(
            folder,
            self.identity,
            ("pkcs12", "certificate", "key", "password_file", "pkcs11_module"),
        )
        return self.model_copy(update={"environment": environment, "identity": identity})

    def load_identity(self, moment: datetime) -> Identity | Pkcs11Identity:
        """Read the sender's key and certificate, or open them on their token.

        Raises:
            ConfigurationError: no identity is configured, or its password cannot be found.
            IdentityError: it cannot be used at `moment`; the type says why.
        """
        if self.identity is None:
            raise ConfigurationError(
                "No identity is configured.", remedy="Set identity.pkcs12, or give a Signer."
            )
        identity = self.identity
        if identity.pkcs11_module is not None and identity.pkcs11_token is not None:
            return Pkcs11Identity.from_token(
                identity.pkcs11_module,
                identity.pkcs11_token,
                lambda: _password(identity) or "",
                key_label=identity.pkcs11_key,
                chain=identity.certificate,
                moment=moment,
            )
        password = _password(identity)
        if identity.pkcs12 is not None:
            return Identity.from_pkcs12(
                identity.pkcs12, password or "", alias=identity.alias, moment=moment
            )
        if identity.certificate is None or identity.key is None:
            raise ConfigurationError("identity must name certificate and key together.")
        return Identity.from_pem(identity.certificate, identity.key, password, moment=moment)

    def load_trust(self) -> TrustStore | None:
        """Read the trust store of the environment; None where none is configured.

        Raises:
            ConfigurationError: it cannot be read, or holds anchors of the other environment.
        """
        if self.environment.trust is None:
            return None
        return self.hold_to_environment(TrustStore.from_path(self.environment.trust))

    def hold_to_environment(self, trust: TrustStore) -> TrustStore:
        """Return the same store, which checks policies and revocation as the environment demands.

        A store that has a check of revocation already keeps it.

        Raises:
            ConfigurationError: it holds anchors of the other environment.
        """
        refuse_other_environment(trust, production=self.environment.production)
        if self.environment.certificate_policies:
            trust = trust.with_policies(self.environment.certificate_policies)
        policy = Policy(self.environment.revocation)
        if policy is Policy.OFF or trust.checks_revocation:
            return trust
        return trust.with_revocation(self.revocation(policy))

    def revocation(self, policy: Policy) -> Revocation:
        """Return a check of revocation with these settings. A client asks by itself instead."""
        local = self.environment.revocation_local_addresses
        fetch = HttpFetcher(proxy=self.proxy, tls_ca=self.environment.tls_ca, local_addresses=local)
        days = timedelta(days=self.environment.ocsp_max_age_days)
        limits = RevocationLimits(ocsp_max_age_seconds=days.total_seconds())
        return Revocation(policy, fetch, limits=limits, local_addresses=local)

    def http_settings(self) -> HttpSettings:
        """Return the settings of the HTTP connections."""
        return HttpSettings(
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            write_timeout=self.write_timeout,
            pool_timeout=self.pool_timeout,
            tls_ca=self.environment.tls_ca,
            proxy=self.proxy,
            pool_size=self.pool_size,
        )

    def to_toml(self) -> str:
        """Write the configuration as TOML; passwords are left out, that of the proxy too."""
        hidden = {"identity": {"password"}}
        settings = self.model_dump(exclude_none=True, exclude=hidden)
        settings["dpi"] = self.dpi.model_dump(exclude_none=True, exclude_defaults=True)
        settings["ebms"] = self.ebms.model_dump(exclude_none=True, exclude_defaults=True)
        settings["krr"] = self.krr.model_dump(exclude_none=True, exclude_defaults=True)
        if self.proxy is not None:
            settings["proxy"] = without_userinfo(self.proxy)
        return write_toml(settings)


def _relative_to(folder: Path, settings: Any, fields: Iterable[str]) -> Any:
    paths = {name: getattr(settings, name) for name in fields}
    return settings.model_copy(
        update={name: folder / path.expanduser() for name, path in paths.items() if path}
    )


def _password(identity: IdentityConfig) -> SecretStr | None:
    if identity.password is not None:
        return identity.password
    if identity.password_env is not None:
        named = f"The variable {identity.password_env}, named by identity.password_env,"
        if identity.password_env not in os.environ:
            raise ConfigurationError(
                f"{named} is not set.", remedy="Set it where this program is started."
            )
        return _utf8(SecretBytes(os.fsencode(os.environ[identity.password_env])), named)
    if identity.password_file is not None:
        named = f"identity.password_file {identity.password_file}"
        try:
            written = SecretBytes(identity.password_file.read_bytes().rstrip(b"\r\n"))
        except OSError as error:
            raise ConfigurationError(
                f"{named} cannot be read: {error.strerror}.",
                remedy="Check the path, and that this user may read the file.",
            ) from error
        return _utf8(written, named)
    return None


def _utf8(password: SecretBytes, named: str) -> SecretStr:
    """Read a password; what cannot be read is neither told nor left on the error as its cause."""
    try:
        return SecretStr(password.get_secret_value().decode())
    except UnicodeDecodeError:
        pass
    raise ConfigurationError(f"{named} is not UTF-8.", remedy="Write it anew in that encoding.")
