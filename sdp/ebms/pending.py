"""A letter on its way: everything that is needed to send the very same message again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self

from sdp.ebms.mime import Attachment

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sdp.ebms.messages import Draft


class Package(Attachment, Protocol):
    """What the wire needs of a packed dokumentpakke."""

    @property
    def fingerprint(self) -> bytes:
        """The SHA-256 of the encrypted package."""

    @property
    def billable_bytes(self) -> int:
        """The sizes of its files before compression, summed."""

    def close(self) -> None:
        """Let go of the bytes."""


@dataclass(frozen=True, slots=True)
class PendingMessage:
    """A message that went out, or may have. Close it when its fate is known.

    It holds the encrypted package, in memory or in a temporary file, until it is closed.

    Attributes:
        meldings_id: the id of the letter.
        konversasjons_id: the id that its receipts will carry.
        message_id: the transport's id of the message.
        sent_at: when it was first sent.
    """

    meldings_id: UUID
    konversasjons_id: UUID
    message_id: str
    sent_at: datetime
    url: str = field(repr=False)
    content_id: str = field(repr=False)
    draft: Draft = field(repr=False)
    package: Package = field(repr=False)

    def close(self) -> None:
        """Let go of the package. The message can then not be sent again."""
        self.package.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
