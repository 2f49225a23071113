"""DPI: signed JSON and packages over an access point's REST API, free of I/O."""

from sdp.dpi.sending import DpiPending
from sdp.dpi.settings import DpiSettings
from sdp.dpi.statuses import Forsendelsesstatus, Statuskode
from sdp.dpi.wire import DpiWire

__all__ = ["DpiPending", "DpiSettings", "DpiWire", "Forsendelsesstatus", "Statuskode"]
