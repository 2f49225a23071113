"""The classic wire: ebMS 3.0 and AS4 over SOAP 1.2, free of I/O."""

from sdp.ebms.exchanges import EbmsExchanges
from sdp.ebms.pending import EbmsPending
from sdp.ebms.wire import EbmsWire

__all__ = ["EbmsExchanges", "EbmsPending", "EbmsWire"]
