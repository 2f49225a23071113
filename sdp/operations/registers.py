"""The contact register of a client, as it is configured."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sdp.errors import ConfigurationError
from sdp.krr.cache import CachedRegister
from sdp.krr.person import Person
from sdp.pki import Decryptor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sdp.config import ClientConfig
    from sdp.krr.person import Oppslag, Printsertifikat
    from sdp.krr.register import Kontaktregister
    from sdp.krr.rest.wire import KrrRest
    from sdp.maskinporten import Maskinporten
    from sdp.pki import Signer, TrustStore
    from sdp.transport.effects import Flow


class NoRegister:
    """Stands where no contact register is configured, and says so when it is needed."""

    def lookup(self, personer: Iterable[str]) -> Flow[tuple[Oppslag, ...]]:  # noqa: ARG002
        """Raise ConfigurationError."""
        raise _not_configured()

    def print_certificate(self) -> Flow[Printsertifikat]:
        """Raise ConfigurationError."""
        raise _not_configured()


class DatedRegister:
    """A contact register whose people say when they were asked about, by the question's time."""

    def __init__(self, register: Kontaktregister, clock: Callable[[], datetime]) -> None:
        self._register = register
        self._clock = clock

    def lookup(self, personer: Iterable[str]) -> Flow[tuple[Oppslag, ...]]:
        """Ask the register, and date its answers."""
        return self._dated(self._register.lookup(personer))

    def print_certificate(self) -> Flow[Printsertifikat]:
        """Ask the register who prints."""
        return self._register.print_certificate()

    def _dated(self, asking: Flow[tuple[Oppslag, ...]]) -> Flow[tuple[Oppslag, ...]]:
        moment = self._clock()
        return tuple(
            oppslag.model_copy(update={"hentet": moment})
            if isinstance(oppslag, Person)
            else oppslag
            for oppslag in (yield from asking)
        )


def build_register(
    config: ClientConfig,
    *,
    signer: Signer,
    trust: TrustStore,
    maskinporten: Maskinporten | None,
    clock: Callable[[], datetime],
) -> Kontaktregister:
    """Build the contact register that the configuration describes, or `NoRegister`."""
    match config.krr.wire:
        case "soap":
            return _soap(config, signer, trust, clock)
        case "rest" if maskinporten is None:
            return NoRegister()
        case "rest":
            return _rest(config, trust, maskinporten, clock)


def cached(
    register: Kontaktregister, config: ClientConfig, clock: Callable[[], datetime]
) -> Kontaktregister:
    """Put a cache before the register, if the configuration asks for one."""
    if not config.krr.cache_seconds:
        return register
    return CachedRegister(register, timedelta(seconds=config.krr.cache_seconds), clock)


def _rest(
    config: ClientConfig,
    trust: TrustStore,
    maskinporten: Maskinporten,
    clock: Callable[[], datetime],
) -> KrrRest:
    from sdp.krr.rest.wire import KrrRest, KrrSettings

    settings = KrrSettings(
        url=config.environment.address("krr_rest_url"),
        version=config.krr.version,
        signed_answers=config.krr.signed_answers,
        organisasjonsnummer=config.environment.krr_organisasjonsnummer,
        consumer_org=config.krr.paa_vegne_av,
        scopes=config.krr.scopes or None,
        one_scope_per_token=config.krr.one_scope_per_token,
    )
    return KrrRest(settings, maskinporten=maskinporten, trust=trust, clock=clock)


def _soap(
    config: ClientConfig, signer: Signer, trust: TrustStore, clock: Callable[[], datetime]
) -> Kontaktregister:
    from sdp.krr.soap import KrrSoap, KrrSoapSettings  # zeep is slow to import, and optional

    if not isinstance(signer, Decryptor):
        raise ConfigurationError(
            "The contact register over SOAP encrypts its answers for the sender, and this signer "
            "does not decrypt.",
            remedy="Give a signer that is a Decryptor too, or set krr.wire to rest.",
        )
    settings = KrrSoapSettings(
        url=config.environment.address("krr_soap_url"),
        organisasjonsnummer=config.environment.krr_organisasjonsnummer,
        paa_vegne_av=config.krr.paa_vegne_av,
    )
    return KrrSoap(settings, signer=signer, decryptor=signer, trust=trust, clock=clock)


def _not_configured() -> ConfigurationError:
    return ConfigurationError(
        "No contact register is configured.",
        remedy="Set maskinporten.client_id for the register over REST, or krr.wire to soap.",
    )
