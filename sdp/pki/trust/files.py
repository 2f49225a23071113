"""Trust stores on disk: a folder of certificate files, or one PEM bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding

from sdp.errors import CertificateError, ConfigurationError
from sdp.pki.certificates import certificates_in, read_certificate

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography import x509

_CERTIFICATE_SUFFIXES: Final = frozenset({".cer", ".crt", ".der", ".pem"})


def read_certificates(path: Path) -> list[x509.Certificate]:
    """Read every certificate in a folder, or in one file.

    Raises:
        ConfigurationError: nothing is there, or a file holds something else; it is named.
    """
    return [one for file in _files(path) for one in _read(file)]


def _files(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            return [path]
        return sorted(one for one in path.iterdir() if one.suffix.lower() in _CERTIFICATE_SUFFIXES)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError | ValueError) -> ConfigurationError:
    # ValueError: a path that no system takes.
    reason = error.strerror if isinstance(error, OSError) else "it is no path"
    return ConfigurationError(
        f"The trust store {path} cannot be read: {reason}.",
        remedy="Check environment.trust, and the permissions of the file or folder.",
    )


def _read(file: Path) -> list[x509.Certificate]:
    try:
        data = file.read_bytes()
    except (OSError, ValueError) as error:
        raise _unreadable(file, error) from error
    try:
        found = certificates_in(data)
        return [read_certificate(each.public_bytes(Encoding.DER)) for each in found]
    except (ValueError, CertificateError) as error:
        what = "holds a certificate that cannot be read whole"
        raise ConfigurationError(
            f"{file} in the trust store {what if isinstance(error, CertificateError) else error}.",
            remedy="Keep only CA certificates there, as PEM or DER.",
        ) from error
