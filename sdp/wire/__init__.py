"""What every wire offers the client, and what all of them need."""

from sdp.wire.interface import Ko, Package, PendingMessage, SetAside, Wire
from sdp.wire.sent_to import SentTo

__all__ = ["Ko", "Package", "PendingMessage", "SentTo", "SetAside", "Wire"]
