"""Protocol that every wire offers the client, and the parts that all of them need."""

from sdp.wire.interface import Package, PendingMessage, ReceiptQueue, SetAside, Wire
from sdp.wire.left import LeftReceipts
from sdp.wire.multipart import Multipart
from sdp.wire.parties import Parties
from sdp.wire.signers import MAILBOX_PROVIDERS, SentTo, Signers

__all__ = [
    "MAILBOX_PROVIDERS",
    "LeftReceipts",
    "Multipart",
    "Package",
    "Parties",
    "PendingMessage",
    "ReceiptQueue",
    "SentTo",
    "SetAside",
    "Signers",
    "Wire",
]
