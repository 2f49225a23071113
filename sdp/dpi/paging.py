"""Paging through a list that shrinks while it is read, so that each item is met once.

An item that is taken off the list lets those after it move up, so the same page is asked for again;
items that stay on the list fill the first pages, so those are passed by. The list may also shrink
because another reads it too, and then items move up past the page that is asked for next: so it is
gone through again from its first page, until that brings nothing new.

Invariants, whoever else reads the list and however the access point numbers its pages:

- no item is handled twice: what was met is never handled again;
- every pass but the last meets something new, and within a pass only so many pages of old items are
  asked for as there can be, so there is an end to it;
- an item that stays on the list hides none behind it: a page is left only when all on it was met.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sdp.transport.effects import Flow


class Item(Protocol):
    """An entry of the list."""

    @property
    def key(self) -> bytes:
        """The same for the same item, however often it is listed."""


ItemT = TypeVar("ItemT", bound=Item)


def page_through(
    fetch: Callable[[int | None], Flow[Sequence[ItemT]]], handle: Callable[[ItemT], Flow[bool]]
) -> Flow[None]:
    """Handle each item once, until no page holds another.

    The interface does not say whether the first page is number 0 or 1. It is asked for without a
    number, and page 1 after it, which may be the same one over again.

    Args:
        fetch: gives a page of the list; None is the first.
        handle: deals with an item, and tells whether it has been taken off the list.
    """
    met = set[bytes]()
    while (yield from _Pass(fetch, handle, met).go_through()):
        pass


@dataclass
class _Pass(Generic[ItemT]):
    """One way through the list, from its first page on.

    Attributes:
        met: the keys of all that was met, in this pass and before.
        pages: the keys of each page since the last time the first was asked for.
        page: the page to ask for next; None is the first.
        stale: how many pages in a row held nothing new.
        found: whether anything new was met in this pass.
    """

    fetch: Callable[[int | None], Flow[Sequence[ItemT]]]
    handle: Callable[[ItemT], Flow[bool]]
    met: set[bytes]
    pages: list[frozenset[bytes]] = field(default_factory=list)
    page: int | None = None
    stale: int = 0
    found: bool = False

    def go_through(self) -> Flow[bool]:
        """Handle what is new, and tell whether it is worth while to go through the list again."""
        while True:
            listed = yield from self.fetch(self.page)
            if not listed:
                return self.found and self.page is not None
            is_new, is_shorter = yield from self._handle_new(listed)
            self.found |= is_new
            self.stale = 0 if is_new else self.stale + 1
            keys = frozenset(item.key for item in listed)
            if self.page not in (None, 1) and keys in self.pages:
                # Pages are not what they seem. Where each is the first, none was passed by.
                return self.found and keys != self.pages[0]
            if self.stale > len(self.met) + 2:
                return self.found  # so many pages of old items there cannot be
            self._move_on(keys, is_shorter=is_shorter)

    def _handle_new(self, listed: Sequence[ItemT]) -> Flow[tuple[bool, bool]]:
        is_new = is_shorter = False
        for item in listed:
            if item.key not in self.met:
                self.met.add(item.key)
                is_new = True
                is_shorter |= yield from self.handle(item)
        return is_new, is_shorter

    def _move_on(self, keys: frozenset[bytes], *, is_shorter: bool) -> None:
        if self.page is None:
            self.pages.clear()
        self.pages.append(keys)
        if not is_shorter:
            self.page = 1 if self.page is None else self.page + 1
