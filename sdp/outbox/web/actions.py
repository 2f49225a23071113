"""Actions of the page: each asked about again, and recorded with who decided and why."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sdp.errors import InvalidInputError, Problem
from sdp.outbox.states import Aarsak, Tilstand, sources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sdp.outbox import Outbox
    from sdp.outbox.campaigns import Kampanje

_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a person may decide.

    Attributes:
        name: in addresses.
        words: on its button.
        asks: the question that is asked before it is done.
        of: `letter` or `campaign`.
    """

    name: str
    words: str
    asks: str
    of: str


ACTIONS: Final = {
    action.name: action
    for action in (
        Action("retry", "Try again", "Send the letter again?", "letter"),
        Action(
            "give-up",
            "Give up",
            "Give the letter up? Nothing more is sent; a receipt still counts if it comes.",
            "letter",
        ),
        Action("cancel", "Cancel", "Cancel the letter? It has not been sent.", "letter"),
        Action(
            "pause",
            "Pause",
            "Hold the letters of the campaign back? What is on its way is not stopped.",
            "campaign",
        ),
        Action("resume", "Resume", "Let the letters of the campaign go on?", "campaign"),
        Action(
            "cancel-campaign",
            "Cancel the rest",
            "Cancel every letter of the campaign that has not been sent? It cannot be undone.",
            "campaign",
        ),
    )
}
"""All that can be done from the page."""

_STATES: Final = {
    "retry": (*sources(Tilstand.KLAR, Aarsak.PROEVES_IGJEN), Tilstand.UAVKLART),
    "give-up": sources(Tilstand.FEILET, Aarsak.OPPGITT),
    "cancel": sources(Tilstand.AVBRUTT, Aarsak.AVBRUTT),
}


def for_letter(tilstand: Tilstand) -> tuple[Action, ...]:
    """Return what may be done about a letter in a state."""
    return tuple(ACTIONS[name] for name, states in _STATES.items() if tilstand in states)


def for_campaign(campaign: Kampanje) -> tuple[Action, ...]:
    """Return what may be done about a campaign; nothing where it was cancelled or has no name."""
    if campaign.avbrutt is not None or not campaign.navn:
        return ()
    first = "resume" if campaign.pauset is not None else "pause"
    return ACTIONS[first], ACTIONS["cancel-campaign"]


def carry_out(outbox: Outbox, action: Action, target: str, hvem: str) -> None:
    """Do what was decided.

    Raises:
        OutboxError: it cannot be done in the state that the letter or campaign is in now.
    """
    match action.name:
        case "retry":
            outbox.retry(target, hvem=hvem)
        case "give-up":
            outbox.give_up(target, hvem=hvem)
        case "cancel":
            outbox.cancel(target, hvem=hvem)
        case "pause":
            outbox.pause(target, hvem=hvem)
        case "resume":
            outbox.resume(target, hvem=hvem)
        case _:
            outbox.cancel(kampanje=target, hvem=hvem)


def who_and_why(form: Mapping[str, str], user: str | None) -> str:
    """Write who decided and why, as the history keeps it.

    Args:
        form: with `who` and `why`.
        user: whom the reverse proxy says it is; then `who` does not count.

    Raises:
        InvalidInputError: either is missing, too long, or not to be printed.
    """
    who, why = (user or form.get("who", "")).strip(), form.get("why", "").strip()
    rule = f"must be 1 to {_LONGEST} characters that can be printed"
    problems = [
        Problem(name, rule)
        for name, value in (("who", who), ("why", why))
        if not 1 <= len(value) <= _LONGEST or not value.isprintable()
    ]
    if problems:
        raise InvalidInputError("The decision", problems)
    return f"{who}, on the page: {why}"


class Tokens:
    """Tokens that a form must bring back, so that no other site can send it.

    Each is bound to the browser that the question was shown in, to the action and to its target.
    They do not outlive the process.
    """

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def new_browser(self) -> str:
        """Return what a browser is known by; it is kept in a cookie."""
        return secrets.token_urlsafe(24)

    def make(self, browser: str, action: Action, target: str) -> str:
        """Make the token of one question."""
        words = f"{browser}\0{action.name}\0{target}"
        return hmac.digest(self._secret, words.encode(), "sha256").hex()

    def is_good(self, token: str, browser: str, action: Action, target: str) -> bool:
        """Tell whether a token is that of the question."""
        made = self.make(browser, action, target)
        return bool(browser) and hmac.compare_digest(made.encode(), token.encode())
