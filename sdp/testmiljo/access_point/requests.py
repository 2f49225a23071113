"""Requests to the access point: the form of a letter, its upload, and questions in the address.

The parser of the form works on any buffer with `find`, a memory-mapped file as a rule.
"""

from __future__ import annotations

import mmap
import re
import tempfile
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING, Self

from sdp.testmiljo.access_point import names
from sdp.testmiljo.access_point.problems import invalid, not_found
from sdp.testmiljo.access_point.shapes import uuid_in
from sdp.testmiljo.validators.mime import spans
from sdp.testmiljo.validators.names import CMS_TYPE

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

    from sdp.testmiljo.validators.mime import Buffer


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
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_param("boundary")
    if header.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
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
    headers = BytesHeaderParser().parsebytes(body[start : blank + 4])
    name = headers.get_param("name", header="Content-Disposition")
    if headers.get_content_disposition() != "form-data" or not isinstance(name, str):
        raise invalid("a part of the form has no Content-Disposition with its name")
    if name not in _TYPES:
        raise invalid(f"the form must hold {' and '.join(_TYPES)}, and nothing else")
    if headers.get_content_type() != _TYPES[name]:
        raise invalid(f"{name} must have the Content-Type {_TYPES[name]}")
    if headers.get_filename() is None:
        raise invalid(f"{name} must be sent as a file, with a filename")
    return name, body[blank + 4 : end]


_ROOM_FOR_THE_REST = 2 * 1024 * 1024
"""What the business message and the form may take beside the package."""


class Upload:
    """The content of one request. Use it with `with`.

    Args:
        package_limit: the most bytes the package in it may have.
    """

    def __init__(self, package_limit: int) -> None:
        self._limit = package_limit + _ROOM_FOR_THE_REST
        self._size = 0

    def __enter__(self) -> Self:
        self._spool = tempfile.TemporaryFile()
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()

    async def take(self, chunks: AsyncIterable[bytes]) -> None:
        """Take everything in. What is over the limit is read to its end, and not kept."""
        async for chunk in chunks:
            self._size += len(chunk)
            if self._size <= self._limit:
                self._spool.write(chunk)
        self._spool.flush()

    def content(self) -> mmap.mmap:
        """Open what has been taken in; close it after use.

        Raises:
            HttpRejection: 400; there is nothing, or too much.
        """
        if self._size > self._limit:
            raise invalid("the request is larger than its dokumentpakke may be")
        if self._size == 0:
            raise invalid("the request has no content")
        return mmap.mmap(self._spool.fileno(), 0, access=mmap.ACCESS_READ)


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
