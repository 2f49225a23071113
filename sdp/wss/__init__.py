"""WS-Security as both classic services use it: one token, one timestamp, one signature."""

from sdp.wss.instants import read_instant, write_instant
from sdp.wss.reading import certificate_of, check_time, uri_of
from sdp.wss.writing import security, timestamp

__all__ = [
    "certificate_of",
    "check_time",
    "read_instant",
    "security",
    "timestamp",
    "uri_of",
    "write_instant",
]
