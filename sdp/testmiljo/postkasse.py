"""A provider of digital mailboxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp.testmiljo import receipts
from sdp.testmiljo.receiver import Receiver

if TYPE_CHECKING:
    from sdp.testmiljo.letters import Letter
    from sdp.testmiljo.queues import QueuedReceipt


class Postkasse(Receiver):
    """Takes digital letters, and sends levering, aapning, varslingfeilet and feil."""

    takes_print = False

    @property
    def letters(self) -> tuple[Letter, ...]:
        """The letters in the mailboxes, oldest first."""
        return tuple(
            letter for letter in self._letters.all if letter.wire == "ebms" and not letter.is_print
        )

    def accept(self, letter: Letter) -> None:
        """Send levering: the letter is in the citizen's mailbox."""
        self.send(receipts.levering(), letter)

    def open(self, letter: Letter) -> QueuedReceipt | None:
        """Open the letter as the citizen. Sends aapning if that was ordered, and else nothing."""
        if not letter.digital.aapningskvittering:
            return None
        return self.send(receipts.aapning(), letter)

    def fail_notification(
        self, letter: Letter, kanal: str, beskrivelse: str | None = None
    ) -> QueuedReceipt:
        """Send varslingfeilet: a notification by `kanal`, SMS or EPOST, could not be sent."""
        return self.send(receipts.varslingfeilet(kanal, beskrivelse), letter)
