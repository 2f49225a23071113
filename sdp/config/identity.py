"""The sender's identity: where its key and certificate are, and how they are opened."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import SecretBytes, SecretStr, model_validator

from sdp.config.section import Settings
from sdp.errors import ConfigurationError, not_picklable
from sdp.gate.files import read_file
from sdp.pki import Identity
from sdp.pki.keys.pkcs11 import Pkcs11Identity
from sdp.pki.keys.secret import password_in

if TYPE_CHECKING:
    from datetime import datetime


class IdentityConfig(Settings):
    """The sender's key and certificate: in a PKCS#12 file, in two PEM files, or on a token.

    The password, or the PIN of the token, is best kept in a file or an environment variable; it can
    also be written here.
    """

    pkcs12: Path | None = None
    """PKCS#12 file with the key and the certificate."""
    alias: str | None = None
    """The key to take of several in a PKCS#12 file: the alias (friendly name) of one, or its
    certificate's serial number in hexadecimal. Else the one that may sign is taken.
    """
    pkcs11_module: Path | None = None
    """The PKCS#11 library that came with an HSM."""
    pkcs11_token: str | None = None
    """The label of the token."""
    pkcs11_key: str | None = None
    """The label of the key, needed if the token holds several."""
    certificate: Path | None = None
    """The chain in PEM; with a token, needed only if the chain is not on it."""
    key: Path | None = None
    """PEM file with the private key, beside `certificate`."""
    password: SecretStr | None = None
    """The password itself, or the PIN; never in `repr`. Better kept in one of the next two."""
    password_file: Path | None = None
    """File with the password of the key, or the PIN of the token."""
    password_env: str | None = None
    """The environment variable that holds it."""

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
            raise not_picklable(
                "a configuration with a password in it", "name a password_file or a password_env"
            )
        return super().__getstate__()

    def load(self, moment: datetime) -> Identity | Pkcs11Identity:
        """Read the sender's key and certificate, or open them on their token.

        Raises:
            ConfigurationError: the password cannot be found.
            IdentityError: it cannot be used at `moment`; the type says why.
        """
        if self.pkcs11_module is not None and self.pkcs11_token is not None:
            return Pkcs11Identity.from_token(
                self.pkcs11_module,
                self.pkcs11_token,
                lambda: _password(self) or "",
                key_label=self.pkcs11_key,
                chain=self.certificate,
                moment=moment,
            )
        password = _password(self)
        if self.pkcs12 is not None:
            return Identity.from_pkcs12(
                self.pkcs12, password or "", alias=self.alias, moment=moment
            )
        if self.certificate is None or self.key is None:
            raise ConfigurationError("identity must name certificate and key together.")
        return Identity.from_pem(self.certificate, self.key, password, moment=moment)


def _password(identity: IdentityConfig) -> SecretStr | None:
    if identity.password is not None:
        return identity.password
    return read_password("identity", env=identity.password_env, file=identity.password_file)


def read_password(section: str, *, env: str | None, file: Path | None) -> SecretStr | None:
    """Read a password from the variable or the file that a section of the settings names.

    Raises:
        ConfigurationError: it is not there, or is not UTF-8.
    """
    if env is not None:
        named = f"The variable {env}, named by {section}.password_env,"
        if env not in os.environ:
            raise ConfigurationError(
                f"{named} is not set.", remedy="Set it where this program is started."
            )
        return _read(SecretBytes(os.fsencode(os.environ[env])), named)
    if file is not None:
        named = f"{section}.password_file {file}"
        try:
            return _read(SecretBytes(read_file(file)), named)
        except OSError as error:
            raise ConfigurationError(
                f"{named} cannot be read: {error.strerror}.",
                remedy="Check the path, and that this user may read the file.",
            ) from error
        except ValueError:
            raise ConfigurationError(f"{named} cannot be read: it is no path.") from None
    return None


def _read(content: SecretBytes, named: str) -> SecretStr:
    password = password_in(content)
    if password is None:
        raise ConfigurationError(
            f"{named} is not UTF-8, nor UTF-16 with a byte order mark.",
            remedy="Write it anew in that encoding.",
        )
    return password
