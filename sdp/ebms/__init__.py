"""The classic wire: ebMS 3.0 and AS4 over SOAP 1.2, free of I/O."""

from sdp.ebms.ko import Ko
from sdp.ebms.pending import Package, PendingMessage
from sdp.ebms.set_aside import SetAside
from sdp.ebms.wire import EbmsWire

__all__ = ["EbmsWire", "Ko", "Package", "PendingMessage", "SetAside"]
