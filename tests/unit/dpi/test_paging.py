"""Whatever stays on the list, everything on it is met once, and there is an end to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdp.dpi.paging import page_through
from sdp.transport.effects import Flow

MOST_REQUESTS = 200


@dataclass(frozen=True)
class Item:
    name: int
    stays: bool = False

    @property
    def key(self) -> bytes:
        return str(self.name).encode()


@dataclass
class Shelf:
    """A list in pages, numbered from 0 or 1."""

    items: list[Item]
    size: int = 2
    first: int = 1
    ignores_page: bool = False
    forgets_to_remove: bool = False
    met: list[int] = field(default_factory=list)
    requests: int = 0

    def fetch(self, page: int | None) -> Flow[Sequence[Item]]:
        self.requests += 1
        assert self.requests < MOST_REQUESTS
        number = 0 if page is None or self.ignores_page else page - self.first
        return self.items[number * self.size : (number + 1) * self.size]
        yield

    def handle(self, item: Item) -> Flow[bool]:
        self.met.append(item.name)
        if not item.stays and not self.forgets_to_remove:
            self.items.remove(item)
        return not item.stays
        yield

    def read_through(self) -> list[int]:
        flow = page_through(self.fetch, self.handle)
        with pytest.raises(StopIteration):
            next(flow)
        return self.met


def items(*stays: bool) -> list[Item]:
    return [Item(index, stay) for index, stay in enumerate(stays)]


def test_an_empty_list_is_asked_for_once() -> None:
    shelf = Shelf([])

    assert shelf.read_through() == []
    assert shelf.requests == 1


def test_a_list_that_is_read_to_its_end_is_asked_for_until_it_is_empty() -> None:
    shelf = Shelf(items(False, False, False))

    assert shelf.read_through() == [0, 1, 2]
    assert shelf.requests == 3


@given(
    st.lists(st.booleans(), max_size=12), st.integers(1, 4), st.sampled_from([0, 1]), st.booleans()
)
def test_what_stays_on_the_list_hides_nothing_that_is_behind_it(
    stays: list[bool], size: int, first: int, forgets: bool
) -> None:
    shelf = Shelf(items(*stays), size, first, forgets_to_remove=forgets)

    assert shelf.read_through() == list(range(len(stays)))


@given(st.lists(st.booleans(), max_size=8), st.integers(1, 4))
def test_a_list_that_knows_no_pages_has_an_end_too(stays: list[bool], size: int) -> None:
    shelf = Shelf(items(*stays), size, ignores_page=True)

    met = shelf.read_through()

    assert met == sorted(set(met))
    assert met[:size] == list(range(min(size, len(stays))))


def test_an_item_that_stands_twice_on_a_page_is_met_once() -> None:
    twice: list[Any] = [Item(1, stays=True), Item(1, stays=True)]

    assert Shelf(twice).read_through() == [1]


@given(
    st.lists(st.booleans(), max_size=16),
    st.integers(1, 3),
    st.sampled_from([0, 1]),
    st.sets(st.integers(0, 15)),
)
def test_what_another_reader_takes_meanwhile_hides_nothing(
    stays: list[bool], size: int, first: int, taken: set[int]
) -> None:
    shelf = Shelf(items(*stays), size, first)
    left = set(taken)

    def fetch(page: int | None) -> Flow[Sequence[Item]]:
        listed = yield from shelf.fetch(page)
        # Right after a page is listed, the other reader takes one of those on it.
        for item in [each for each in listed if each.name in left][:1]:
            left.discard(item.name)
            shelf.items.remove(item)
        return listed

    def handle(item: Item) -> Flow[bool]:
        if item in shelf.items:
            return (yield from shelf.handle(item))
        shelf.met.append(item.name)
        return not item.stays

    with pytest.raises(StopIteration):
        next(page_through(fetch, handle))

    assert sorted(shelf.met) == list(range(len(stays)))
