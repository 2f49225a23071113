"""Writes what a client needs to reach the environment: configuration, key and certificates."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sdp.config import ClientConfig, DpiConfig, IdentityConfig, MaskinportenConfig

if TYPE_CHECKING:
    from sdp.config import Environment
    from sdp.testmiljo.ca import Issued

_CONFIGURATIONS: Final = {"ebms": "sdp.toml", "dpi": "sdp-dpi.toml"}
_PKCS12 = "avsender.p12"
_PASSWORD = "avsender.password"  # noqa: S105 - the name of the file that holds it


def write_client_config(
    folder: Path, environment: Environment, avsender: Issued, *, client_id: str, printer: str
) -> Path:
    """Write a configuration file for each wire beside the sender's key store and its password.

    Files that hold secrets can be read by their owner alone. Paths are relative to the folder,
    which may be moved; those of `environment` must be too.

    Returns:
        The path of the one for the wire of `environment`.

    Raises:
        OSError: the folder cannot be written to.
    """
    password = secrets.token_urlsafe(24)
    _write_secret(folder / _PASSWORD, password.encode())
    _write_secret(folder / _PKCS12, avsender.pkcs12(password))
    for wire, filnavn in _CONFIGURATIONS.items():
        config = ClientConfig(
            environment=environment.model_copy(update={"wire": wire}),
            identity=IdentityConfig(pkcs12=Path(_PKCS12), password_file=Path(_PASSWORD)),
            maskinporten=MaskinportenConfig(client_id=client_id),
            dpi=DpiConfig(receipt_senders=(printer,), receipt_interval_seconds=0),
        )
        (folder / filnavn).write_text(config.to_toml(), encoding="utf-8")
    return folder / _CONFIGURATIONS[environment.wire]


def _write_secret(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
