"""Settings of Maskinporten: the clients registered there, and the keys registered on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from sdp.config.identity import read_password
from sdp.config.section import Settings
from sdp.domain.aktorer import Organisasjonsnummer
from sdp.errors import ConfigurationError
from sdp.pki.keys.registered import RegisteredKey

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pydantic import SecretStr

    from sdp.pki import Signer

Api = Literal["krr", "dpi"]
"""The APIs that tokens are for: the contact register, and the access point."""

_PATHS: Final = ("key", "pkcs12", "pkcs11_module", "password_file")
_ClientId = Annotated[str, Field(min_length=1)]


class RegisteredKeyConfig(Settings):
    """A key registered on a client: a PEM file, a PKCS#12 file, or a key on a PKCS#11 token.

    Where none of them is named, `key_id` is the id of the virksomhetssertifikat's own key.
    """

    key_id: str | None = None
    """The id (`kid`) that Maskinporten has given the key."""
    key_registered: date | None = None
    """The day it was registered; it is good for a year from then."""
    key: Path | None = None
    """PEM file with the private key."""
    pkcs12: Path | None = None
    """PKCS#12 file; the certificate in it is not used."""
    alias: str | None = None
    """The key to take of several in the PKCS#12 file."""
    pkcs11_module: Path | None = None
    """The PKCS#11 library that came with an HSM."""
    pkcs11_token: str | None = None
    """The label of the token."""
    pkcs11_key: str | None = None
    """The label of the key, needed if the token holds several."""
    password_file: Path | None = None
    """File with the password of the key, or the PIN of the token."""
    password_env: str | None = None
    """The environment variable that holds it."""

    @model_validator(mode="after")
    def _one_key_by_its_id(self) -> Self:
        places = sum(place is not None for place in (self.key, self.pkcs12, self.pkcs11_module))
        if places > 1:
            raise ValueError("must name at most one of key, pkcs12 and pkcs11_module")
        if (self.pkcs11_module is None) != (self.pkcs11_token is None):
            raise ValueError("must name pkcs11_module and pkcs11_token together")
        if self.alias is not None and self.pkcs12 is None:
            raise ValueError("must name pkcs12 where it names an alias")
        if not self.key_id and (places or self.key_registered is not None):
            raise ValueError("must name key_id, the id that Maskinporten has given the key")
        if self.password_file is not None and self.password_env is not None:
            raise ValueError("must name at most one of password_file and password_env")
        return self

    @property
    def is_own(self) -> bool:
        """True if it is a key apart from the one of the virksomhetssertifikat."""
        return any((self.key, self.pkcs12, self.pkcs11_module))

    @property
    def expires(self) -> date | None:
        """The day that the key is a year old; None where its registration is not dated."""
        registered = self.key_registered
        if registered is None:
            return None
        try:
            return registered.replace(year=registered.year + 1)
        except ValueError:  # the 29th of February
            return registered.replace(year=registered.year + 1, day=28)

    def anchored_at(self, folder: Path) -> Self:
        """Return the same settings with relative paths taken from `folder`."""
        paths = {name: getattr(self, name) for name in _PATHS}
        return self.model_copy(
            update={name: folder / path.expanduser() for name, path in paths.items() if path}
        )


class MaskinportenApiConfig(RegisteredKeyConfig):
    """A client of its own for one API. What is left out is as in `maskinporten`."""

    client_id: _ClientId | None = None
    """The id of the client."""
    next_key: RegisteredKeyConfig | None = None
    """Another key registered on it, while one takes over from the other."""

    @model_validator(mode="after")
    def _two_keys(self) -> Self:
        if self.next_key is not None and not (self.key_id and self.next_key.is_own):
            raise ValueError("must name key_id, and in next_key a key of its own with its key_id")
        return self

    def anchored_at(self, folder: Path) -> Self:
        """Return the same settings with relative paths taken from `folder`."""
        anchored = super().anchored_at(folder)
        if self.next_key is None:
            return anchored
        return anchored.model_copy(update={"next_key": self.next_key.anchored_at(folder)})


class MaskinportenConfig(MaskinportenApiConfig):
    """The client that tokens are issued to, as registered with Maskinporten.

    The scopes of its tokens are `krr.scopes` and `dpi.scope`. Without a `key_id`, the
    virksomhetssertifikat signs; with one and no key beside it, it is the id of that certificate's
    key.
    """

    client_id: _ClientId
    """The id of the client."""
    resource: str | None = None
    """The audience that tokens must be restricted to, if an API demands one."""
    consumer_org: Organisasjonsnummer | None = None
    """The organisation whose receipts are fetched on DPI, if it has delegated that to you. A letter
    is always sent for its own avsender.
    """
    krr: MaskinportenApiConfig | None = None
    """The client for the contact register, if that has one of its own."""
    dpi: MaskinportenApiConfig | None = None
    """The client for the access point, likewise."""

    def anchored_at(self, folder: Path) -> Self:
        """Return the same settings with relative paths taken from `folder`."""
        return (
            super()
            .anchored_at(folder)
            .model_copy(
                update={
                    "krr": self.krr and self.krr.anchored_at(folder),
                    "dpi": self.dpi and self.dpi.anchored_at(folder),
                }
            )
        )


@dataclass(frozen=True, slots=True)
class MaskinportenClient:
    """The client that tokens for one API are asked for as.

    Attributes:
        client_id: its id.
        keys: those registered on it, newest first; none where the virksomhetssertifikat signs.
    """

    client_id: str
    keys: tuple[RegisteredKeyConfig, ...]


def client_for(api: Api, maskinporten: MaskinportenConfig) -> MaskinportenClient:
    """Return the client for an API: its own id and keys, and for what it lacks the common."""
    own = maskinporten.krr if api == "krr" else maskinporten.dpi
    common = _registered_keys(maskinporten)
    if own is None:
        return MaskinportenClient(maskinporten.client_id, common)
    return MaskinportenClient(
        own.client_id or maskinporten.client_id, _registered_keys(own) or common
    )


def _registered_keys(settings: MaskinportenApiConfig) -> tuple[RegisteredKeyConfig, ...]:
    """Return the keys registered on a client, newest first: by their dates, else `next_key`."""
    both = (settings.next_key, settings)
    keys: list[RegisteredKeyConfig] = [key for key in both if key and key.key_id is not None]
    if all(key.key_registered for key in keys):
        keys.sort(key=lambda key: key.key_registered or date.min, reverse=True)
    return tuple(keys)


def load_key(
    key: RegisteredKeyConfig, moment: datetime, signer: Callable[[], Signer]
) -> RegisteredKey:
    """Read the key, or open it on its token. Close it when done.

    Args:
        key: where it is.
        moment: decides among several keys in a PKCS#12 file; aware.
        signer: gives the virksomhetssertifikat's key, where it is that one.

    Raises:
        ConfigurationError: no key is named, or its password cannot be found.
        IdentityError: it cannot be used; the type says why.
    """
    if key.key_id is None:
        raise ConfigurationError(
            "No key is registered with Maskinporten.", remedy="Set maskinporten.key_id."
        )
    if key.pkcs11_module is not None and key.pkcs11_token is not None:
        return RegisteredKey.from_token(
            key.key_id,
            key.pkcs11_module,
            key.pkcs11_token,
            lambda: _password(key) or "",
            key_label=key.pkcs11_key,
        )
    if key.pkcs12 is not None:
        return RegisteredKey.from_pkcs12(
            key.key_id, key.pkcs12, _password(key) or "", alias=key.alias, moment=moment
        )
    if key.key is not None:
        return RegisteredKey.from_pem(key.key_id, key.key, _password(key))
    return RegisteredKey.held_by(signer(), key.key_id)


def _password(key: RegisteredKeyConfig) -> SecretStr | None:
    return read_password("maskinporten", env=key.password_env, file=key.password_file)
