"""ebMS: letters and receipts over ebMS 3.0 and AS4, SOAP 1.2, free of I/O."""

from sdp.ebms.sending import EbmsPending
from sdp.ebms.wire import EbmsWire

__all__ = ["EbmsPending", "EbmsWire"]
