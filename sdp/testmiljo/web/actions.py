"""Actions of citizen, mailbox provider and printer on a letter that has arrived."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sdp.testmiljo.validators.post import DigitalOrder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sdp.testmiljo.assembly import World
    from sdp.testmiljo.mailbox.dpi import DpiPostkasse, DpiPrinter
    from sdp.testmiljo.mailbox.ebms import EbmsPostkasse, EbmsPrinter
    from sdp.testmiljo.world.letters import Letter

ACTIONS: Final = ("accept", "open", "return", "fail-notification", "feil")
KANALER: Final = ("SMS", "EPOST")
FEILTYPER: Final = ("KLIENT", "SERVER")
_MAX_LETTERS = 20_000


class ActionRefused(Exception):  # noqa: N818 - an answer to whoever asked for it
    """Something that cannot be done with this letter."""


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was done with a letter, and the receipt that went out for it."""

    moment: datetime
    what: str
    receipt: str | None


class Actions:
    """Does things with letters of either wire, and remembers what. Safe to share between threads.

    Args:
        miljo: where the letters are.
    """

    def __init__(self, miljo: World) -> None:
        self._miljo = miljo
        self._done: OrderedDict[str, list[Done]] = OrderedDict()
        self._lock = threading.Lock()

    def do(self, action: str, letter: Letter, given: Mapping[str, str]) -> Done:
        """Do one of `ACTIONS` by its name.

        Args:
            action: its name.
            letter: what it is done with.
            given: `kanal` and `beskrivelse`, or `feiltype` and `detaljer`, where they apply.

        Raises:
            ActionRefused: there is no such action, or not for this letter, or with these values.
        """
        match action:
            case "accept":
                return self.accept(letter)
            case "open":
                return self.open(letter)
            case "return":
                return self.return_letter(letter)
            case "fail-notification":
                beskrivelse = given.get("beskrivelse") or None
                return self.fail_notification(letter, given.get("kanal", ""), beskrivelse)
            case "feil":
                detaljer = given.get("detaljer") or None
                return self.refuse(letter, given.get("feiltype", ""), detaljer)
            case _:
                raise ActionRefused(f"The action must be one of {', '.join(ACTIONS)}.")

    def done_with(self, letter: Letter) -> tuple[Done, ...]:
        """Tell what has been done with a letter here, oldest first."""
        with self._lock:
            return tuple(self._done.get(letter.meldings_id, ()))

    def accept(self, letter: Letter) -> Done:
        """Send the receipts of a letter in good hands, which are otherwise sent at once."""
        if letter.is_print:
            self._printer(letter).accept(letter)
            return self._note(
                letter, "Accepted for print and posted.", "mottakskvittering, leveringskvittering"
            )
        self._postkasse(letter).accept(letter)
        return self._note(letter, "Put in the mailbox.", "leveringskvittering")

    def open(self, letter: Letter) -> Done:
        """Open a digital letter as the citizen.

        Raises:
            ActionRefused: the letter is for print.
        """
        if self._postkasse(letter).open(letter) is None:
            return self._note(letter, "Opened. The sender ordered no receipt for that.", None)
        return self._note(letter, "Opened.", "aapningskvittering")

    def fail_notification(self, letter: Letter, kanal: str, beskrivelse: str | None) -> Done:
        """Let a notification of a digital letter fail.

        Raises:
            ActionRefused: the letter is for print, the kanal is none of `KANALER`, or none was
                ordered by it.
        """
        _check("kanal", kanal, KANALER)
        postkasse = self._postkasse(letter)
        ordered = {"SMS": letter.digital.sms_varsel, "EPOST": letter.digital.epost_varsel}
        if ordered[kanal] is None:
            raise ActionRefused(f"No notification by {kanal} was ordered with this letter.")
        postkasse.fail_notification(letter, kanal, beskrivelse)
        return self._note(letter, f"A notification by {kanal} failed.", "varslingfeiletkvittering")

    def return_letter(self, letter: Letter) -> Done:
        """Let a print letter come back in the post.

        Raises:
            ActionRefused: the letter is digital.
        """
        self._printer(letter).return_letter(letter)
        return self._note(letter, "Came back in the post.", "returpostkvittering")

    def refuse(self, letter: Letter, feiltype: str, detaljer: str | None) -> Done:
        """Send a feil about a letter.

        Raises:
            ActionRefused: the feiltype is none of `FEILTYPER`.
        """
        _check("feiltype", feiltype, FEILTYPER)
        receiver = self._printer(letter) if letter.is_print else self._postkasse(letter)
        receiver.refuse(letter, detaljer, feiltype=feiltype)
        return self._note(letter, f"Refused as an error of {feiltype}.", "feil")

    def _postkasse(self, letter: Letter) -> EbmsPostkasse | DpiPostkasse:
        if not isinstance(letter.order, DigitalOrder):
            raise ActionRefused("This letter is for print, and nobody has it in a mailbox.")
        aksesspunkt = self._miljo.aksesspunkt
        return aksesspunkt.postkasse if letter.wire == "dpi" else self._miljo.postkasse

    def _printer(self, letter: Letter) -> EbmsPrinter | DpiPrinter:
        if isinstance(letter.order, DigitalOrder):
            raise ActionRefused("This letter is digital, and cannot come back in the post.")
        aksesspunkt = self._miljo.aksesspunkt
        return aksesspunkt.printer if letter.wire == "dpi" else self._miljo.printer

    def _note(self, letter: Letter, what: str, receipt: str | None) -> Done:
        done = Done(self._miljo.now(), what, receipt)
        with self._lock:
            self._done.setdefault(letter.meldings_id, []).append(done)
            while len(self._done) > _MAX_LETTERS:
                self._done.popitem(last=False)
        return done


def _check(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ActionRefused(f"{name} must be one of {', '.join(allowed)}.")
