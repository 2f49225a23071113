"""Requests to the access point: the caller, the form of a letter, and questions in the address.

The parser of the form works on any buffer with `find`, bytes or a memory-mapped file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, Self

from sdp.testmiljo.access_point import names
from sdp.testmiljo.access_point.problems import forbidden, invalid, not_found, unauthenticated
from sdp.testmiljo.access_point.shapes import uuid_in
from sdp.testmiljo.maskinporten import TokenRefused
from sdp.testmiljo.validators.headers import ContentType, PartHeaders
from sdp.testmiljo.validators.mime import Spool, spans
from sdp.testmiljo.validators.names import CMS_TYPE
from sdp.testmiljo.world.receipts import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterable
    from contextlib import AbstractContextManager

    from sdp.testmiljo.validators.mime import Buffer


_PARTY = re.compile(r"0192:(\d{9})", re.ASCII)


class Tokens(Protocol):
    """Issuer of tokens, which knows the good ones."""

    def check(self, authorization: str | None, scopes: Iterable[str]) -> dict[str, Any]:
        """Return the claims of the token in an Authorization header.

        Raises:
            TokenRefused: there is none that is good for these scopes now.
        """


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller.

    Attributes:
        token: the token itself.
        consumer: the organisation that has been given the scope.
        supplier: the one that uses it on behalf of the consumer, where there is one.
    """

    token: str = field(repr=False)
    consumer: str
    supplier: str | None

    @property
    def databehandler(self) -> str:
        """The organisation that asks: the supplier where there is one."""
        return self.supplier or self.consumer

    @property
    def reader(self) -> Reader:
        """The messages that are the caller's: a supplier's token is for one avsender alone."""
        return Reader(self.databehandler, None if self.supplier is None else self.consumer)


def authorize(authorization: str | None, tokens: Tokens, audience: str | None) -> Caller:
    """Tell who asks.

    Args:
        authorization: the header of the request.
        tokens: knows which tokens are good.
        audience: what tokens must be restricted to, if anything.

    Raises:
        HttpRejection: 401 where the token is not good, 403 where it does not reach.
    """
    try:
        claims = tokens.check(authorization, (names.SCOPE,))
    except TokenRefused as refused:
        refuse = forbidden if refused.missing_scope else unauthenticated
        raise refuse(refused.reason) from refused
    if audience is not None and audience not in _audiences(claims):
        raise unauthenticated("the token is for another audience (aud) than this access point")
    consumer = _organisation(claims.get("consumer"))
    if consumer is None:
        raise forbidden("the token names no consumer")
    return Caller(
        token=(authorization or "").partition(" ")[2],
        consumer=consumer,
        supplier=_organisation(claims.get("supplier")),
    )


def _audiences(claims: dict[str, Any]) -> list[Any]:
    audience = claims.get("aud")
    return audience if isinstance(audience, list) else [audience]


def _organisation(party: Any) -> str | None:
    identifier = party.get("ID") if isinstance(party, dict) else None
    match = _PARTY.fullmatch(identifier) if isinstance(identifier, str) else None
    return None if match is None else match[1]


_MAX_HEADER_BYTES = 16 * 1024
_MAX_MESSAGE_BYTES = 1024 * 1024
_TYPES = {"forretningsmelding": names.JWT_TYPE, "dokumentpakke": CMS_TYPE}


@dataclass(frozen=True, slots=True)
class Form:
    """The two files of a letter."""

    forretningsmelding: bytes = field(repr=False)
    dokumentpakke: bytes = field(repr=False)


def read_form(content_type: str, body: Buffer) -> Form:
    """Find the two files.

    Raises:
        HttpRejection: 400; the request is no such form (RFC 7578).
    """
    told = ContentType.read(content_type)
    boundary = told.parameters.get("boundary")
    if told.media_type != "multipart/form-data" or boundary is None:
        raise invalid("the request must be multipart/form-data, with its boundary")
    found: dict[str, bytes] = {}
    for start, end in spans(body, boundary.encode("latin-1", "replace")):
        name, content = _part(body, start, end)
        if name in found:
            raise invalid(f"the form holds {name} twice")
        found[name] = content
    if found.keys() != _TYPES.keys():
        raise invalid(f"the form must hold {' and '.join(_TYPES)}, and nothing else")
    if len(found["forretningsmelding"]) > _MAX_MESSAGE_BYTES:
        raise invalid(f"the forretningsmelding is larger than {_MAX_MESSAGE_BYTES} bytes")
    return Form(**found)


def _part(body: Buffer, start: int, end: int) -> tuple[str, bytes]:
    blank = body.find(b"\r\n\r\n", start, min(end, start + _MAX_HEADER_BYTES))
    if blank < 0:
        raise invalid("a part of the form has no end to its headers")
    headers = PartHeaders.read(body[start : blank + 4])
    name = headers.name
    if headers.disposition != "form-data" or name is None:
        raise invalid("a part of the form has no Content-Disposition with its name")
    if name not in _TYPES:
        raise invalid(f"the form must hold {' and '.join(_TYPES)}, and nothing else")
    if headers.content_type != _TYPES[name]:
        raise invalid(f"{name} must have the Content-Type {_TYPES[name]}")
    if not headers.has_filename:
        raise invalid(f"{name} must be sent as a file, with a filename")
    return name, body[blank + 4 : end]


_ROOM_FOR_THE_REST = 2 * 1024 * 1024
"""What the business message and the form may take beside the package."""


class Upload:
    """The content of one request. Use it with `with`.

    Attributes:
        size: how many bytes have come.

    Args:
        package_limit: the most bytes the package in it may have.
    """

    def __init__(self, package_limit: int) -> None:
        self._limit = package_limit + _ROOM_FOR_THE_REST
        self.size = 0

    def __enter__(self) -> Self:
        self._spool = Spool()
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()

    async def take(self, chunks: AsyncIterable[bytes]) -> None:
        """Take everything in. What is over the limit is read to its end, and not kept."""
        async for chunk in chunks:
            self.size += len(chunk)
            if self.size <= self._limit:
                self._spool.write(chunk)

    def content(self) -> AbstractContextManager[Buffer]:
        """Open what has been taken in, while a block runs.

        Raises:
            HttpRejection: 400; there is nothing, or too much.
        """
        if self.size > self._limit:
            raise invalid("the request is larger than its dokumentpakke may be")
        if self.size == 0:
            raise invalid("the request has no content")
        return self._spool.content()


if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeVar

    T = TypeVar("T")

_KANAL = re.compile(r"[A-Za-z0-9_-]{1,28}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """A question for messages. A field that is None is not asked about.

    Attributes:
        kanal: in lower case.
        page_size: how many messages a page has.
        page: which page, counted from the access point's first.
    """

    kanal: str | None
    avsenderidentifikator: str | None
    page_size: int
    page: int | None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> ListQuestion:
        """Read the parameters of a request.

        The interface has them all as texts of any form, and no status for one that is wrong: a
        number that is none is passed over, and no messages wait in a kanal that cannot be.
        """
        kanal = query.get("kanal")
        return cls(
            kanal=kanal.lower() if kanal is not None and kanal.isascii() else kanal,
            avsenderidentifikator=query.get("avsenderidentifikator"),
            page_size=_number(query.get("page_size")) or _PAGE_SIZE,
            page=_number(query.get("page")),
        )

    def cut(self, messages: Sequence[T], first_page: int) -> Sequence[T]:
        """Cut the page out of all messages. A page before the first one is the first."""
        number = 0 if self.page is None else max(0, self.page - first_page)
        return messages[number * self.page_size : (number + 1) * self.page_size]


def read_kanal(kanal: str | None) -> str:
    """Return the kanal of a letter in lower case; "" where there is none.

    Raises:
        HttpRejection: 400; it may not be written so.
    """
    if kanal is None:
        return ""
    if not _KANAL.fullmatch(kanal):
        raise invalid("kanal must be 1 to 28 characters of A-Z a-z 0-9 _ and -")
    return kanal.lower()


def read_id(text: str) -> str:
    """Return an id in lower case.

    Raises:
        HttpRejection: 404; it is no id.
    """
    try:
        return str(uuid_in(text))
    except ValueError as error:
        raise not_found("the id is not a UUID") from error


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and _NUMBER.fullmatch(text) else None
