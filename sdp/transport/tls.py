"""TLS in memory (RFC 8446): what was said becomes records to be sent, and records what is heard.

It knows no socket. So whatever carries it sends a request of many records by one system call, and
takes all the records that have come by another; a socket of `ssl` takes three for each record.
"""

from __future__ import annotations

import ssl
from typing import Final

READ_SIZE: Final = 64 * 1024
"""How many bytes of records are read at a time."""


class Tls:
    """One side of a TLS connection: the client's.

    Its steps return None where the other side has to say more first: send what is `due`, hand
    `take_in` what comes, and do the step again.
    """

    def __init__(self, context: ssl.SSLContext, server_hostname: str | None) -> None:
        self._came, self._due = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._connection = context.wrap_bio(self._came, self._due, server_hostname=server_hostname)

    def due(self) -> bytes:
        """Return the records that are to be sent now, each of them once."""
        return self._due.read() if self._due.pending else b""

    def take_in(self, records: bytes) -> None:
        """Take what has come; nothing means that the other side is gone."""
        if records:
            self._came.write(records)
        else:
            self._came.write_eof()

    @property
    def has_more(self) -> bool:
        """True while something that came was not read."""
        return bool(self._came.pending or self._connection.pending())

    def handshake(self) -> bool | None:
        """Agree on keys; True when that is done.

        Raises:
            ssl.SSLError: the other side is not to be trusted, or speaks something else.
        """
        try:
            self._connection.do_handshake()
        except ssl.SSLWantReadError:
            return None
        return True

    def write(self, words: memoryview) -> int | None:
        """Make records of some of the words; return how many bytes of them."""
        try:
            return self._connection.write(words)
        except ssl.SSLWantReadError:
            return None

    def read(self, max_bytes: int) -> bytes | None:
        """Return what was said; nothing means that the other side has said all.

        A connection that just ends counts as such an end, as it does for sockets of `ssl`: what
        HTTP says of its own length tells whether something is missing.
        """
        try:
            return self._connection.read(max_bytes)
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLEOFError:
            return b""
