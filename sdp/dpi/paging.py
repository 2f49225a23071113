"""Goes through a list that shrinks while it is read, a page at a time, and meets each item once.

An item that is taken off the list lets those after it move up, so the same page is asked for again;
items that stay on the list fill the first pages, so those are passed by. What is later in the list
is reached whatever stays in front of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sdp._http.flow import Flow


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
    page: int | None = None
    is_same_page = False
    while True:
        listed = yield from fetch(page)
        is_new, is_shorter = False, False
        for item in listed:
            if item.key not in met:
                met.add(item.key)
                is_new = True
                is_shorter |= yield from handle(item)
        if not listed or not (is_new or is_same_page or page in (None, 1)):
            return
        is_same_page = is_shorter
        if not is_same_page:
            page = 1 if page is None else page + 1
