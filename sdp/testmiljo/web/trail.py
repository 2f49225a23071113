"""Which exchanges a letter has left behind: lookup, sending, and receipts fetched and confirmed."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from sdp.testmiljo.checks.post import DigitalOrder
from sdp.testmiljo.web.writing import Section, sections, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sdp.testmiljo.journal import Exchange
    from sdp.testmiljo.letters import Letter

# The ids that a receipt is confirmed by: of its ebMS message, or of its business message.
_RECEIPT_ID = re.compile(r'(?:MessageId>|"instanceIdentifier": ")([\w.@-]+)')
_KRR = "/krr/"
_MAX_READ = 250


class Reading:
    """An exchange made readable."""

    def __init__(self, exchange: Exchange, package: tuple[Section, ...] = ()) -> None:
        self.request = (
            *unpacked("Authorization", dict(exchange.request_headers).get("authorization", "")),
            *sections(exchange.request_type, exchange.request.content),
            *package,
        )
        self.answer = sections(exchange.answer_type, exchange.answer.content)
        self._path = exchange.path

    def mentions(self, ids: Iterable[str]) -> bool:
        """Tell whether any of the ids stands in path, request or answer."""
        return any(each in self._path for each in ids) or any(
            _mentions(section, ids) for section in (*self.request, *self.answer)
        )

    def receipts_about(self, ids: Iterable[str]) -> frozenset[str]:
        """Return the ids of the receipts in the answer that are about a letter of these ids."""
        return frozenset(
            found
            for section in self.answer
            if _mentions(section, ids)
            for found in _RECEIPT_ID.findall(section.text)
        )


class Trails:
    """Reads exchanges, each once as long as it is looked for, and finds those of a letter."""

    def __init__(self, opened: Callable[[Exchange], tuple[Section, ...]] = lambda _: ()) -> None:
        self.read = lru_cache(maxsize=_MAX_READ)(lambda each: Reading(each, opened(each)))

    def of(
        self, letter: Letter, exchanges: Iterable[Exchange], letters: Iterable[Letter]
    ) -> tuple[Exchange, ...]:
        """Find the exchanges about a letter, and the lookups of its recipient, in their order.

        A lookup is the letter's if it was made after the recipient's last letter before this one,
        and before this one came.

        Args:
            letter: the letter.
            exchanges: where to look.
            letters: all letters.
        """
        before = [
            other.received
            for other in letters
            if other.received < letter.received and _person(other) == _person(letter)
        ]
        exchanges = tuple(exchanges)
        ids = {letter.meldings_id, letter.konversasjons_id}
        receipts = [self.read(each).receipts_about(ids) for each in exchanges]
        ids = ids.union(*receipts)
        return tuple(
            each
            for each in exchanges
            if self.read(each).mentions(ids)
            or (
                all(moment < each.moment for moment in before)
                and each.moment <= letter.received
                and self._looks_up(each, letter)
            )
        )

    def _looks_up(self, exchange: Exchange, letter: Letter) -> bool:
        person = _person(letter)
        is_lookup = exchange.path.startswith(_KRR)
        return is_lookup and person is not None and self.read(exchange).mentions({person})


def _person(letter: Letter) -> str | None:
    order = letter.order
    return order.personidentifikator if isinstance(order, DigitalOrder) else None


def _mentions(section: Section, ids: Iterable[str]) -> bool:
    return any(each in section.text for each in ids)
