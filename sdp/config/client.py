"""The configuration of a client: everything it needs to know, from TOML and variables."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PositiveInt,
    ValidationError,
)

from sdp.config.environments import Environment
from sdp.config.identity import IdentityConfig
from sdp.config.loading import from_environ, merged, read_toml, write_toml
from sdp.config.maskinporten import MaskinportenConfig
from sdp.config.section import Settings, configuration_error, known_keys, listed
from sdp.domain.aktorer import Kanal, Organisasjonsnummer
from sdp.errors import ConfigurationError
from sdp.pki import Policy, Revocation, RevocationLimits, TrustStore
from sdp.pki.revocation.policy import utc_now
from sdp.pki.trust.anchors import refuse_other_environment
from sdp.transport.fetching import HttpFetcher
from sdp.transport.settings import HttpSettings, check_proxy, without_userinfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from sdp.pki import Identity
    from sdp.pki.keys.pkcs11 import Pkcs11Identity


_Suppliers = dict[Organisasjonsnummer, tuple[Organisasjonsnummer, ...]]


_Seconds = Annotated[float, Field(gt=0, le=86_400)]
"""A time of at most a day: no system waits for as long as a float can say."""


class EbmsConfig(Settings):
    """Use of ebMS."""

    receipt_senders: tuple[Organisasjonsnummer, ...] = ()
    """The organisations whose receipts are taken where nobody remembers the letter: mailbox
    providers and printers. The two providers of mailboxes are always among them.
    """
    receipt_suppliers: dict[Organisasjonsnummer, tuple[Organisasjonsnummer, ...]] = Field(
        default={}
    )
    """For an organisation, those others who may sign its receipts."""


class DpiConfig(Settings):
    """Use of DPI."""

    receipt_senders: tuple[Organisasjonsnummer, ...] = ()
    """The organisations whose receipts are taken where nobody remembers the letter: mailbox
    providers and printers. The two providers of mailboxes are always among them.
    """
    receipt_suppliers: dict[Organisasjonsnummer, tuple[Organisasjonsnummer, ...]] = Field(
        default={}
    )
    """For an organisation, those others who may sign its receipts."""
    receipt_interval_seconds: Annotated[float, Field(ge=0)] = 60.0
    """The pause of `receipts(follow=True)` after an empty list, in seconds."""
    page_size: PositiveInt = 100
    """The number of receipts that are asked for at a time."""
    response_within_seconds: _Seconds | None = None
    """The time from sending to an expected response, told to the receiver, in seconds; None tells
    nothing.
    """
    scope: Annotated[str, Field(min_length=1)] = "digitalpostinnbygger:send"
    """The scope of the token."""


class KrrConfig(Settings):
    """Use of the contact register."""

    wire: Literal["rest", "soap"] = "rest"
    """`rest`, or `soap` if the older service is still available to you."""
    version: Literal["v1", "v2"] = "v2"
    """The version of the REST API."""
    signed_answers: bool = False
    """Ask the REST API to sign its answers, and check that it has."""
    paa_vegne_av: Organisasjonsnummer | None = None
    """The organisation on whose behalf you ask, if not your own."""
    scopes: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()
    """The scopes of the tokens; none takes those for your own access, or with `paa_vegne_av` those
    that it has delegated to you in Altinn. In a variable, with spaces between them.
    """
    one_scope_per_token: bool = False
    """Ask with one token for each scope, and put the answers together."""
    cache_seconds: Annotated[float, Field(ge=0, le=3600)] = 0.0
    """The time that answers to `lookup` and `route` are kept, in memory only, in seconds; an hour
    at most, and 0 keeps none. The recipient of a letter is looked up in any case.
    """


Proxy = Annotated[str, AfterValidator(check_proxy)]


class ClientConfig(Settings):
    """Everything a client needs to know. Times are in seconds."""

    environment: Environment
    """The addresses; a name alone is enough for the four that are known."""
    identity: IdentityConfig | None = None
    """The sender's key and certificate; not needed where a `Signer` is given."""
    databehandler: Organisasjonsnummer | None = None
    """Organisation number of the technical sender; None takes the certificate's."""
    kanal: Kanal | None = None
    """A name that keeps this system's receipts apart from others' on DPI; at most 28 letters,
    digits, `_` and `-`.
    """
    maskinporten: MaskinportenConfig | None = None
    """The client of Maskinporten: needed for DPI and for the contact register over REST."""
    dpi: DpiConfig = DpiConfig()
    """The use of DPI."""
    ebms: EbmsConfig = EbmsConfig()
    """The use of ebMS."""
    krr: KrrConfig = KrrConfig()
    """The use of the contact register."""
    proxy: Proxy | None = Field(default=None, repr=False)
    """A proxy such as `http://proxy.example.no:3128`; never in `repr`: it may hold a password."""
    notice_lint: Literal["off", "warn", "error"] = "warn"
    """The fate of a title or notice with a link, eleven digits, an e-mail address or more than one
    text message (`sdp.lint`): `off`, `warn` in the log, or `error`.
    """
    show_remote_text: bool = False
    """True shows in errors what the other side writes in its own words, masked, beside codes and
    statuses.
    """
    pool_size: PositiveInt = 10
    """The largest number of connections open at once."""
    connect_timeout: _Seconds = 10.0
    """The longest wait for a connection to open, in seconds."""
    read_timeout: _Seconds = 60.0
    """The longest wait for the next bytes of an answer, in seconds."""
    write_timeout: _Seconds = 60.0
    """The longest wait for the other side to take the next bytes, in seconds."""
    pool_timeout: _Seconds = 30.0
    """The longest wait for one of the `pool_size` connections, in seconds."""

    @property
    def has_register(self) -> bool:
        """True if there is a contact register to ask who has opted out of digital letters."""
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
        maskinporten = self.maskinporten and self.maskinporten.anchored_at(folder)
        return self.model_copy(
            update={
                "environment": environment,
                "identity": identity,
                "maskinporten": maskinporten,
            }
        )

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
        return self.identity.load(moment)

    def load_trust(self, *, clock: Callable[[], datetime] | None = None) -> TrustStore | None:
        """Read the trust store of the environment; None where none is configured.

        Args:
            clock: tells the time that answers about revocation must be current at; None takes
                that of this machine.

        Raises:
            ConfigurationError: it cannot be read, or holds anchors of the other environment.
        """
        if self.environment.trust is None:
            return None
        trust = TrustStore.from_path(self.environment.trust)
        return self.hold_to_environment(trust, clock=clock)

    def hold_to_environment(
        self, trust: TrustStore, *, clock: Callable[[], datetime] | None = None
    ) -> TrustStore:
        """Return the same store, which checks policies and revocation as the environment demands.

        A store that has a check of revocation already keeps it, with its clock.

        Raises:
            ConfigurationError: it holds anchors of the other environment.
        """
        refuse_other_environment(trust, production=self.environment.production)
        if self.environment.certificate_policies:
            trust = trust.with_policies(self.environment.certificate_policies)
        policy = Policy(self.environment.revocation)
        if policy is Policy.OFF or trust.checks_revocation:
            return trust
        return trust.with_revocation(self.revocation(policy, clock=clock))

    def revocation(
        self, policy: Policy, *, clock: Callable[[], datetime] | None = None
    ) -> Revocation:
        """Return a check of revocation with these settings. A client asks by itself instead."""
        local = self.environment.revocation_local_addresses
        fetch = HttpFetcher(proxy=self.proxy, tls_ca=self.environment.tls_ca, local_addresses=local)
        days = timedelta(days=self.environment.ocsp_max_age_days)
        limits = RevocationLimits(ocsp_max_age_seconds=days.total_seconds())
        return Revocation(
            policy, fetch, limits=limits, local_addresses=local, clock=clock or utc_now
        )

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
