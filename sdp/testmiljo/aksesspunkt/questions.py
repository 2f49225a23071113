"""Reads what a request asks for: its kanal, its page, its id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sdp.testmiljo.aksesspunkt.problems import invalid, not_found
from sdp.testmiljo.aksesspunkt.shapes import uuid_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeVar

    T = TypeVar("T")

_KANAL = re.compile(r"[A-Za-z0-9_-]{1,28}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """Which messages are asked for. What is None is not asked about.

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
