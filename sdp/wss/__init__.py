"""WS-Security as ebMS and the SOAP register use it: one token, one timestamp, one signature."""

from sdp.wss.header import certificate_of, check_time, security, timestamp, uri_of
from sdp.wss.instants import read_instant, write_instant

__all__ = [
    "certificate_of",
    "check_time",
    "read_instant",
    "security",
    "timestamp",
    "uri_of",
    "write_instant",
]
