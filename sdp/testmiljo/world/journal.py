"""Journal of the latest traffic: each request with its answer, for people to read."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_BODY: Final = 256 * 1024
_MAX_EXCHANGES = 200
_MAX_HISTORIES = 20_000
_MAX_REFUSED = 1000
_MAX_OF_ONE_LETTER = 100


@dataclass(slots=True)
class _Notes:
    """Notes about the exchange that is being answered."""

    remarks: list[str] = field(default_factory=list)
    about: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    brings: tuple[str, str] | None = None


_notes: ContextVar[_Notes | None] = ContextVar("notes", default=None)


def remark(text: str) -> None:
    """Note something about the exchange that is being answered; nothing outside of one."""
    if (notes := _notes.get()) is not None:
        notes.remarks.append(text)


def brings(konversasjons_id: str, meldings_id: str) -> None:
    """Note that the exchange brings a letter, whose history begins here."""
    if (notes := _notes.get()) is not None:
        notes.brings = (konversasjons_id, meldings_id)
        notes.about.add(konversasjons_id)


def concerns(*ids: str) -> None:
    """Note the letters that the exchange is about, each by konversasjons_id or meldings_id."""
    if (notes := _notes.get()) is not None:
        notes.about.update(filter(None, ids))


def concerns_people(personidentifikatorer: Iterable[str]) -> None:
    """Note the people that the exchange is about: those looked up, or the letter's recipient."""
    if (notes := _notes.get()) is not None:
        notes.people.update(personidentifikatorer)


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
        about: the conversations of the letters that it is about.
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
    about: frozenset[str] = frozenset()
    people: frozenset[str] = field(default=frozenset(), repr=False)

    def without_content(self) -> Exchange:
        """Return the exchange without what was said in it, to be kept for long."""
        return replace(
            self,
            request_headers=(),
            request=Body(b"", self.request.size),
            answer_headers=(),
            answer=Body(b"", self.answer.size),
            people=frozenset(),
        )

    @property
    def request_type(self) -> str:
        """The Content-Type of the request, with its parameters."""
        return dict(self.request_headers).get("content-type", "")

    @property
    def answer_type(self) -> str:
        """The Content-Type of the answer, with its parameters."""
        return dict(self.answer_headers).get("content-type", "")


class Journal:
    """The latest 200 exchanges, each body up to 256 KiB, and the history of each letter.

    A history is kept however much traffic follows, without what was said: the latest 20 000 are.
    Safe to share between threads.

    Args:
        clock: tells the time.
        leaves_out: tells of which paths nothing is kept.
        is_refused_letter: tells the exchanges of letters that were refused, of which the answers
            are kept longer than the rest.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        leaves_out: Callable[[str], bool] = lambda _: False,
        is_refused_letter: Callable[[Exchange], bool] = lambda _: False,
    ) -> None:
        self._clock = clock
        self._leaves_out = leaves_out
        self._is_refused_letter = is_refused_letter
        self._refused: deque[Exchange] = deque(maxlen=_MAX_REFUSED)
        self._exchanges: deque[Exchange] = deque(maxlen=_MAX_EXCHANGES)
        self._histories: OrderedDict[str, list[Exchange]] = OrderedDict()
        self._conversations: OrderedDict[str, str] = OrderedDict()
        self._latest_of: OrderedDict[str, int] = OrderedDict()
        self._count = 0
        self._lock = threading.Lock()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every exchange that is kept, oldest first."""
        with self._lock:
            return tuple(self._exchanges)

    @property
    def count(self) -> int:
        """The number of exchanges there have been."""
        return self._count

    def history(self, konversasjons_id: str) -> tuple[Exchange, ...]:
        """List the exchanges about a letter, oldest first: lookup, sending, and receipts."""
        with self._lock:
            return tuple(self._histories.get(konversasjons_id, ()))

    @property
    def refused_letters(self) -> tuple[Exchange, ...]:
        """The latest thousand exchanges of letters that were refused, oldest first."""
        with self._lock:
            return tuple(self._refused)

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
            token = _notes.set(recording.notes)
            try:
                await app(scope, recording.receive, recording.send)
            finally:
                _notes.reset(token)
                if not recording.is_finished:
                    self._add(scope, recording)

        return kept

    def _add(self, scope: Scope, recording: _Recording) -> None:
        query = scope["query_string"].decode("latin-1")
        notes = recording.notes
        with self._lock:
            self._count += 1
            self._keep(
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
                    remarks=tuple(notes.remarks),
                    about=frozenset(notes.about),
                    people=frozenset(notes.people),
                ),
                notes.brings,
            )

    def _keep(self, exchange: Exchange, brings: tuple[str, str] | None) -> None:
        if brings is not None and brings[0] not in self._histories:
            konversasjons_id, meldings_id = brings
            self._histories[konversasjons_id] = self._lookups_before(exchange)
            self._conversations[meldings_id] = konversasjons_id
            if len(self._histories) > _MAX_HISTORIES:
                self._histories.popitem(last=False)
                self._conversations.popitem(last=False)
        about = frozenset(self._conversations.get(each, each) for each in exchange.about)
        if about != exchange.about:
            exchange = replace(exchange, about=about)
        self._exchanges.append(exchange)
        if self._is_refused_letter(exchange):
            self._refused.append(
                replace(
                    exchange.without_content(),
                    answer=exchange.answer,
                    answer_headers=exchange.answer_headers,
                )
            )
        known = [each for each in exchange.about if each in self._histories]
        if known:
            kept = exchange.without_content()
            for each in known:
                if len(self._histories[each]) < _MAX_OF_ONE_LETTER:
                    self._histories[each].append(kept)

    def _lookups_before(self, exchange: Exchange) -> list[Exchange]:
        """Find the lookups of a letter's recipient since the last letter to the same person."""
        since = max((self._latest_of.get(person, 0) for person in exchange.people), default=0)
        for person in exchange.people:
            self._latest_of[person] = exchange.number
            self._latest_of.move_to_end(person)
        while len(self._latest_of) > _MAX_HISTORIES:
            self._latest_of.popitem(last=False)
        return [
            each.without_content()
            for each in self._exchanges
            if each.number > since and not each.about and each.people & exchange.people
        ]


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
        self.notes = _Notes()
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
