"""Journal of the latest traffic: each request with its answer, for people to read."""

from __future__ import annotations

import threading
import time
from collections import deque
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_BODY: Final = 256 * 1024
_MAX_EXCHANGES = 200

_remarks: ContextVar[list[str] | None] = ContextVar("remarks", default=None)


def remark(text: str) -> None:
    """Note something about the exchange that is being answered; nothing outside of one."""
    remarks = _remarks.get()
    if remarks is not None:
        remarks.append(text)


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of a request or an answer, as many as are kept, and how many there were."""

    content: bytes = field(repr=False)
    size: int

    @property
    def is_whole(self) -> bool:
        """True where every byte is kept."""
        return len(self.content) == self.size


@dataclass(frozen=True, slots=True, eq=False)
class Exchange:
    """One request and its answer.

    Attributes:
        number: counts from 1 as answers end.
        moment: when the request came.
        seconds: how long the answer took.
        path: with the query, if there was one.
        status: None where the connection was cut before an answer.
        is_cut: whether the connection was cut, before an answer or within it.
        remarks: what the environment did on demand, and the like.
    """

    number: int
    moment: datetime
    seconds: float
    method: str
    path: str = field(repr=False)
    request_headers: tuple[tuple[str, str], ...] = field(repr=False)
    request: Body
    status: int | None
    answer_headers: tuple[tuple[str, str], ...] = field(repr=False)
    answer: Body
    is_cut: bool
    remarks: tuple[str, ...]

    @property
    def request_type(self) -> str:
        """The Content-Type of the request, with its parameters."""
        return dict(self.request_headers).get("content-type", "")

    @property
    def answer_type(self) -> str:
        """The Content-Type of the answer, with its parameters."""
        return dict(self.answer_headers).get("content-type", "")


class Journal:
    """The latest 200 exchanges, each body up to 256 KiB. Safe to share between threads.

    Args:
        clock: tells the time.
        leaves_out: tells of which paths nothing is kept.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        leaves_out: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._clock = clock
        self._leaves_out = leaves_out
        self._exchanges: deque[Exchange] = deque(maxlen=_MAX_EXCHANGES)
        self._count = 0
        self._lock = threading.Lock()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every exchange that is kept, oldest first."""
        with self._lock:
            return tuple(self._exchanges)

    def find(self, number: int) -> Exchange | None:
        """Find an exchange that is still kept."""
        return next((each for each in self.exchanges if each.number == number), None)

    def keeping(self, app: ASGIApp) -> ASGIApp:
        """Put the journal in front of an application."""

        async def kept(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or self._leaves_out(scope["path"]):
                await app(scope, receive, send)
                return
            # Whoever has the whole answer must find it here: keep it before its last part goes.
            recording = _Recording(
                self._clock(), receive, send, on_finished=lambda it: self._add(scope, it)
            )
            token = _remarks.set(recording.remarks)
            try:
                await app(scope, recording.receive, recording.send)
            finally:
                _remarks.reset(token)
                if not recording.is_finished:
                    self._add(scope, recording)

        return kept

    def _add(self, scope: Scope, recording: _Recording) -> None:
        query = scope["query_string"].decode("latin-1")
        with self._lock:
            self._count += 1
            self._exchanges.append(
                Exchange(
                    number=self._count,
                    moment=recording.moment,
                    seconds=time.monotonic() - recording.started,
                    method=scope["method"],
                    path=f"{scope['path']}?{query}" if query else scope["path"],
                    request_headers=_text(scope["headers"]),
                    request=recording.request.body,
                    status=recording.status,
                    answer_headers=_text(recording.answer_headers),
                    answer=recording.answer.body,
                    is_cut=not recording.is_finished,
                    remarks=tuple(recording.remarks),
                )
            )


class _Recording:
    """Stands between an application and its server, and writes down what goes by."""

    def __init__(
        self,
        moment: datetime,
        receive: Receive,
        send: Send,
        *,
        on_finished: Callable[[_Recording], None],
    ) -> None:
        self.moment = moment
        self.started = time.monotonic()
        self.request = _Tape()
        self.answer = _Tape()
        self.status: int | None = None
        self.answer_headers: Iterable[tuple[bytes, bytes]] = ()
        self.is_finished = False
        self.remarks: list[str] = []
        self._receive = receive
        self._send = send
        self._on_finished = on_finished
        self._start: Message | None = None

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self.request.add(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.answer_headers = message.get("headers", ())
            # An answer without a body is whole with its headers, so these wait for what follows.
            self._start = message
            return
        if message["type"] == "http.response.body":
            self.answer.add(message.get("body", b""))
            if not message.get("more_body", False):
                self.is_finished = True
                self._on_finished(self)
        if self._start is not None:
            start, self._start = self._start, None
            await self._send(start)
        await self._send(message)


class _Tape:
    """Keeps the first bytes of many, and counts them all."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._size = 0

    def add(self, content: bytes) -> None:
        self._size += len(content)
        self._kept += content[: LONGEST_BODY - len(self._kept)]

    @property
    def body(self) -> Body:
        return Body(bytes(self._kept), self._size)


def _text(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
