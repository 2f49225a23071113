"""What a test claims to have arrived, and the words when it has not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sdp.domain import Mottaker
    from sdp.testmiljo.environment import Testmiljo
    from sdp.testmiljo.letters import Letter


@dataclass(frozen=True)
class Arrived:
    """The letters of one test environment, over either wire, digital and for print."""

    miljo: Testmiljo

    def all(self, to: Mottaker | None = None) -> tuple[Letter, ...]:
        """Give every letter, oldest first; those to one mailbox if a citizen is named."""
        return tuple(letter for letter in self.miljo.letters if to is None or _is_to(to, letter))

    def one(self, to: Mottaker | None = None) -> Letter:
        """Give the one letter that has arrived.

        Raises:
            AssertionError: none has, or several have; it says what has, and what was refused.
        """
        __tracebackhide__ = True  # pytest then points at the line of the test
        found = self.all(to)
        if len(found) != 1:
            raise AssertionError(self._told("one letter", to))
        return found[0]

    def none(self, to: Mottaker | None = None) -> None:
        """Claim that no letter has arrived.

        Raises:
            AssertionError: one has; it says what.
        """
        __tracebackhide__ = True
        if self.all(to):
            raise AssertionError(self._told("no letter", to))

    def _told(self, expected: str, to: Mottaker | None) -> str:
        whose = "" if to is None else " to that mailbox"
        lines = [f"expected {expected}{whose}; arrived: {len(self.all(to))}"]
        lines += [f"- {_in_words(letter, to)}" for letter in self.miljo.letters]
        refused = (*self.miljo.broker.rejections, *self.miljo.aksesspunkt.rejections)
        lines += [f"- refused: {rejection}" for rejection in refused]
        return "\n".join(lines)


def _is_to(mottaker: Mottaker, letter: Letter) -> bool:
    return not letter.is_print and letter.digital.postkasseadresse == mottaker.postkasseadresse


def _in_words(letter: Letter, to: Mottaker | None) -> str:
    way = "print" if letter.is_print else "digital"
    elsewhere = "" if to is None or _is_to(to, letter) else ", to somebody else"
    files = ", ".join(document.filnavn for document in letter.documents)
    return f"{way} letter over {letter.wire} with {files}{elsewhere}"
