"""A provider of digital mailboxes, on today's wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp.testmiljo.aksesspunkt import names, receipts
from sdp.testmiljo.aksesspunkt.receiver import DpiReceiver

if TYPE_CHECKING:
    from sdp.testmiljo.aksesspunkt.innboks import Innmelding
    from sdp.testmiljo.letters import Letter


class DpiPostkasse(DpiReceiver):
    """Takes digital letters; sends levering, aapning, varslingfeilet and feil."""

    kind = names.DIGITAL

    def accept(self, letter: Letter) -> None:
        """Send levering: the letter is in the citizen's mailbox."""
        self.send(receipts.levering(), letter)

    def open(self, letter: Letter) -> Innmelding | None:
        """Open the letter as the citizen. Sends aapning if that was ordered, and else nothing."""
        if not letter.digital.aapningskvittering:
            return None
        return self.send(receipts.aapning(), letter)

    def fail_notification(
        self, letter: Letter, kanal: str, beskrivelse: str | None = None
    ) -> Innmelding:
        """Send varslingfeilet: a notification by `kanal`, SMS or EPOST, could not be sent."""
        return self.send(receipts.varslingfeilet(kanal, beskrivelse), letter)
