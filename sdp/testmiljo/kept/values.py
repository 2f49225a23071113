"""The small values that JSON has no form for."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.testmiljo.queues import Queue


def write_bytes(content: bytes) -> str:
    """Write bytes as base64."""
    return b64encode(content).decode()


def read_bytes(written: str) -> bytes:
    """Read bytes.

    Raises:
        ValueError: it is no base64.
    """
    return b64decode(written, validate=True)


def write_moment(moment: datetime | None) -> str | None:
    """Write a moment, with its zone."""
    return None if moment is None else moment.isoformat()


def read_moment(written: str) -> datetime:
    """Read a moment.

    Raises:
        ValueError: it is none, or has no zone.
    """
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment


def read_optional_moment(written: str | None) -> datetime | None:
    """Read a moment that may be none.

    Raises:
        ValueError: it has no zone, or cannot be read.
    """
    return None if written is None else read_moment(written)


def write_certificate(certificate: x509.Certificate) -> str:
    """Write a certificate as PEM."""
    return certificate.public_bytes(Encoding.PEM).decode()


def read_certificate(written: str) -> x509.Certificate:
    """Read a certificate.

    Raises:
        ValueError: it is none.
    """
    return x509.load_pem_x509_certificate(written.encode())


def write_queue(queue: Queue) -> dict[str, str]:
    """Write which queue it is."""
    return {"databehandler": queue.databehandler, "mpc": queue.mpc}


def read_queue(written: Any) -> Queue:
    """Read which queue it is.

    Raises:
        TypeError: something is missing.
    """
    return Queue(**written)
