"""Protocol that every wire offers the client, and the parts that all of them need."""

from sdp.transport.request import Multipart
from sdp.wire.interface import (
    LeftReceipts,
    Package,
    Parties,
    PendingMessage,
    ReceiptQueue,
    RidingReceipts,
    SetAside,
    Wire,
    with_grounds,
)
from sdp.wire.signers import MAILBOX_PROVIDERS, SentTo, Signers

__all__ = [
    "MAILBOX_PROVIDERS",
    "LeftReceipts",
    "Multipart",
    "Package",
    "Parties",
    "PendingMessage",
    "ReceiptQueue",
    "RidingReceipts",
    "SentTo",
    "SetAside",
    "Signers",
    "Wire",
    "with_grounds",
]
