"""What is known when a letter has been accepted."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from sdp.domain._tekst import Utfylt
from sdp.domain._tid import Tidspunkt
from sdp.domain._verdi import Verdi


def _not_negative(value: int) -> int:
    if value < 0:
        raise ValueError("must not be negative")
    return value


def _sha256(value: bytes) -> bytes:
    if len(value) != 32:
        raise ValueError(f"must be 32 bytes; it is {len(value)}")
    return value


Bytes = Annotated[int, AfterValidator(_not_negative)]


class SendResultat(Verdi):
    """A letter the broker has accepted, with a checked transport receipt.

    Attributes:
        meldings_id: the id of the message.
        konversasjons_id: the id its receipts will carry.
        transport_id: the transport's id of the message; on the classic wire the ebMS MessageId.
        sent_at: when it was sent; aware.
        billable_bytes: the total size of all files in the package before compression.
        package_size: the size of the encrypted package, in bytes.
        fingerprint: the SHA-256 of the encrypted package; 32 bytes.
        already_received: whether the broker already had the message from an earlier attempt.
    """

    meldings_id: Utfylt
    konversasjons_id: Utfylt
    transport_id: Utfylt
    sent_at: Tidspunkt
    billable_bytes: Bytes
    package_size: Bytes
    fingerprint: Annotated[bytes, AfterValidator(_sha256)]
    already_received: bool = False
