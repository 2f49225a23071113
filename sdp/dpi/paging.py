"""Goes through a list that shrinks while it is read, a page at a time, and meets each item once.

An item that is taken off the list lets those after it move up, so the same page is asked for again;
items that stay on the list fill the first pages, so those are passed by. What is later in the list
is reached whatever stays in front of it. The list may also shrink because another reads it too, and
then items move up past the page that is asked for next: so it is gone through again from its first
page, until that brings nothing new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sdp.transport.effects import Flow


class Item(Protocol):
    """What is on the list."""

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
    while (yield from _gone_through(fetch, handle, met)):
        pass


def _gone_through(
    fetch: Callable[[int | None], Flow[Sequence[ItemT]]],
    handle: Callable[[ItemT], Flow[bool]],
    met: set[bytes],
) -> Flow[bool]:
    # Tells whether it is worth while to go through the list again.
    found = False
    pages = list[frozenset[bytes]]()
    page: int | None = None
    stale = 0
    while True:
        listed = yield from fetch(page)
        is_new, is_shorter = False, False
        for item in listed:
            if item.key not in met:
                met.add(item.key)
                is_new = True
                is_shorter |= yield from handle(item)
        if not listed:
            return found and page is not None
        found |= is_new
        stale = 0 if is_new else stale + 1
        keys = frozenset(item.key for item in listed)
        if page not in (None, 1) and keys in pages:
            # Pages are not what they seem. Where each is the first, none was passed by.
            return found and keys != pages[0]
        if stale > len(met) + 2:
            return found  # so many pages of old items there cannot be
        if page is None:
            pages.clear()
        pages.append(keys)
        if not is_shorter:
            page = 1 if page is None else page + 1
