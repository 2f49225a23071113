"""The provider of print and distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp.testmiljo import receipts
from sdp.testmiljo.receiver import Receiver

if TYPE_CHECKING:
    from sdp.testmiljo.letters import Letter
    from sdp.testmiljo.queues import QueuedReceipt


class Printer(Receiver):
    """Takes letters to print, and sends mottak, levering, returpost and feil."""

    takes_print = True

    @property
    def letters(self) -> tuple[Letter, ...]:
        """The letters to print, oldest first."""
        return tuple(
            letter for letter in self._letters.all if letter.wire == "ebms" and letter.is_print
        )

    def accept(self, letter: Letter) -> None:
        """Send mottak and then levering: the letter is printed and handed to the post."""
        self.send(receipts.mottak(), letter)
        self.send(receipts.levering(), letter)

    def return_letter(self, letter: Letter) -> QueuedReceipt:
        """Send returpost: the letter came back and was shredded."""
        return self.send(receipts.returpost(), letter)
