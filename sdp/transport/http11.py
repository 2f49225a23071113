"""HTTP/1.1 on one connection, in memory: h11 writes the requests and reads the answers (RFC 9112).

It knows no socket; `pool.py` carries what it says to and fro, on threads and on an event loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import h11
import httpcore

from sdp.transport.way import NO_ANSWER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sdp.transport.exchange import Exchange

READ_SIZE: Final = 64 * 1024
"""How many bytes of an answer are read at a time."""

_LARGEST_HEAD: Final = 100 * 1024
_WRITE_SIZE: Final = 16 * 1024
"""A head waits for what follows until there is so much: the most bytes of a TLS record."""

_END: Final = h11.EndOfMessage()


class Http11:
    """One side of a connection: the client's."""

    def __init__(self) -> None:
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGEST_HEAD)
        self._waiting = b""

    def begin(self, method: str, target: bytes, headers: Iterable[tuple[str, str]]) -> None:
        """Begin a request; its head goes out with what follows.

        Raises:
            httpcore.LocalProtocolError: it cannot be written as HTTP.
        """
        named = [(name.encode("ascii"), value.encode()) for name, value in headers]
        try:
            head = h11.Request(method=method, target=target, headers=named)
            self._waiting = self._h11.send(head)
        except h11.LocalProtocolError as error:
            raise httpcore.LocalProtocolError(str(error)) from error

    def more(self, piece: bytes) -> bytes:
        """Return what to write now, with this piece of the body or before it."""
        due = self._waiting + self._h11.send(h11.Data(piece))
        is_due = len(due) >= _WRITE_SIZE
        self._waiting = b"" if is_due else due
        return due if is_due else b""

    def end(self) -> bytes:
        """Return the last to write of a request."""
        due, self._waiting = self._waiting + self._h11.send(_END), b""
        return due

    def hears_more(self, came: bytes, exchange: Exchange) -> bool:
        """Hand on what came of an answer; tell whether more of it is to be heard.

        Args:
            came: what was read; nothing means that the other side is gone.
            exchange: what the answer belongs to.

        Raises:
            httpcore.RemoteProtocolError: it is not HTTP, or not whole.
        """
        if not came and self._h11.their_state is h11.SEND_RESPONSE:
            raise httpcore.RemoteProtocolError(NO_ANSWER)
        self._h11.receive_data(came)
        while True:
            try:
                event = self._h11.next_event()
            except h11.RemoteProtocolError as error:
                raise httpcore.RemoteProtocolError(str(error)) from error
            match event:
                case h11.NEED_DATA:
                    return True
                case h11.Data(data=data):
                    exchange.take_in(data)
                case h11.Response(status_code=status, headers=headers):
                    if not exchange.begins(status, headers.raw_items()):
                        return False
                case h11.InformationalResponse():
                    pass
                case _:
                    return False

    def is_reusable(self) -> bool:
        """Tell whether another request may follow, and be ready for it."""
        if self._h11.our_state is not h11.DONE or self._h11.their_state is not h11.DONE:
            return False
        if any(self._h11.trailing_data):
            return False  # the other side is gone, or has said what would be taken for an answer
        self._h11.start_next_cycle()
        return True
