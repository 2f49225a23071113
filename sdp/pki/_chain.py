"""Certificate chains as users have them: in a PEM file, or in any order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sdp.errors import MissingKeyError
from sdp.pki.received import certificates_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography import x509


def read_chain(source: Path | str | bytes) -> list[x509.Certificate]:
    """Read a chain from a PEM file, or its bytes: the leaf first, issuers after it in any order.

    Raises:
        MissingKeyError: it is not there, or holds no certificate.
    """
    name = "The PEM text" if isinstance(source, bytes) else str(source)
    try:
        data = source if isinstance(source, bytes) else Path(source).read_bytes()
        leaf, *others = certificates_in(data)
    except OSError as error:
        raise MissingKeyError(
            f"{name} cannot be read: {error.strerror}.",
            remedy="Check the path and its permissions.",
        ) from error
    except ValueError as error:
        raise MissingKeyError(
            f"{name} holds no certificate in PEM form.",
            remedy="It must have a part that starts with -----BEGIN CERTIFICATE-----.",
        ) from error
    return in_order(leaf, others)


def in_order(leaf: x509.Certificate, others: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    """Return the leaf and then its issuers, as far as they are among the others."""
    chain = [leaf]
    issuers = {found.subject: found for found in others}
    while chain[-1].issuer != chain[-1].subject and chain[-1].issuer in issuers:
        chain.append(issuers.pop(chain[-1].issuer))
    return chain
