"""The provider of print and distribution, on today's wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp.testmiljo.aksesspunkt import names, receipts
from sdp.testmiljo.aksesspunkt.receiver import DpiReceiver

if TYPE_CHECKING:
    from sdp.testmiljo.aksesspunkt.innboks import Innmelding
    from sdp.testmiljo.letters import Letter


class DpiPrinter(DpiReceiver):
    """Takes letters to print; sends mottak, levering, returpost and feil."""

    kind = names.UTSKRIFT

    def accept(self, letter: Letter) -> None:
        """Send mottak and then levering: the letter is printed and handed to the post."""
        self.send(receipts.mottak(), letter)
        self.send(receipts.levering(), letter)

    def return_letter(self, letter: Letter) -> Innmelding:
        """Send returpost: the letter came back and was shredded."""
        return self.send(receipts.returpost(), letter)
