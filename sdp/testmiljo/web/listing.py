"""List of letters on the start page: searched, filtered, and cut into pages of fifty."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Generic, TypeVar
from urllib.parse import urlencode

from sdp.config.environments import WIRE_NAMES
from sdp.testmiljo.validators.post import DigitalOrder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sdp.testmiljo.world.letters import Letter
    from sdp.testmiljo.world.outbox import OutboxLetter

T = TypeVar("T")

PAGE_SIZE: Final = 50
_LONGEST_WORDS: Final = 200
WIRES: Final = (("", "both wires"), *WIRE_NAMES.items())
ROUTES: Final = (("", "both routes"), ("digital", "digital"), ("print", "print"))
STATES: Final = (
    ("", "any state"),
    ("waiting", "receipts wait"),
    ("settled", "settled"),
    ("opened", "opened"),
    ("failed", "failed or returned"),
    ("refused", "refused"),
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A letter that was refused.

    Attributes:
        number: its exchange in the journal, where it was refused at once.
        konversasjons_id: its conversation, where a feil was sent about it.
    """

    moment: datetime
    wire: str
    reason: str
    number: int | None
    konversasjons_id: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """State of a letter: one of `STATES`, and its words and colour on a page."""

    name: str
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Search:
    """Search for letters, as the address of the start page has it."""

    words: str = field(default="", repr=False)
    campaign: str = ""
    wire: str = ""
    route: str = ""
    state: str = ""
    number: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Search:
        """Read the parameters of an address; what is no choice is passed over."""
        given = {
            name: query.get(name, "") if query.get(name, "") in dict(choices) else ""
            for name, choices in (("wire", WIRES), ("route", ROUTES), ("state", STATES))
        }
        page = query.get("page", "")
        number = int(page) if page.isascii() and page.isdecimal() and len(page) < 7 else 1
        campaign = query.get("campaign", "")[:_LONGEST_WORDS]
        words = query.get("q", "").strip()[:_LONGEST_WORDS]
        return cls(words, campaign, **given, number=max(1, number))

    @property
    def is_empty(self) -> bool:
        """True where every letter is wanted."""
        return not (self.words or self.campaign or self.wire or self.route or self.state)

    def address(self, number: int) -> str:
        """Write the address of another page of the same search."""
        given = {
            "q": self.words,
            "campaign": self.campaign,
            "wire": self.wire,
            "route": self.route,
            "state": self.state,
        }
        query = {name: value for name, value in given.items() if value}
        return f"/web/?{urlencode({**query, 'page': number})}"


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of the letters, or of the refusals, that were found, newest first."""

    letters: tuple[T, ...]
    found: int
    number: int
    count: int
    before: str | None
    after: str | None


def page_of(
    letters: Sequence[Letter],
    search: Search,
    *,
    state_of: Callable[[Letter], State],
    addresses_of: Callable[[str], Sequence[str]],
    sent_as: Mapping[str, OutboxLetter],
) -> Page[Letter]:
    """Find letters, and cut a page out of them.

    Args:
        letters: oldest first.
        search: what is looked for, and which page of it.
        state_of: tells the state of a letter.
        addresses_of: tells the mailboxes of a person, since letters on DPI name no person.
        sent_as: letters of the outbox that sends here, by their konversasjons_id.
    """
    mailboxes = tuple(addresses_of(search.words)) if search.words else ()
    found = [
        letter
        for letter in reversed(letters)
        if _is_meant(letter, search, mailboxes, sent_as.get(letter.konversasjons_id))
        and search.state in ("", state_of(letter).name if search.state else "")
    ]
    return _cut(found, search)


def refused_page(refusals: Sequence[Refusal], search: Search) -> Page[Refusal]:
    """Find refusals by wire, and by words of their reason or their id, and cut a page out of them.

    Args:
        refusals: newest first. What else is chosen is not known of a letter that was refused.
        search: what is looked for, and which page of it.
    """
    words = search.words.casefold()
    found = [
        each
        for each in refusals
        if search.wire in ("", each.wire)
        and (words in each.reason.casefold() or words in (each.konversasjons_id or "").casefold())
    ]
    return _cut(found, search)


def _cut(found: Sequence[T], search: Search) -> Page[T]:
    count = max(1, -(-len(found) // PAGE_SIZE))
    number = min(search.number, count)
    start = (number - 1) * PAGE_SIZE
    return Page(
        letters=tuple(found[start : start + PAGE_SIZE]),
        found=len(found),
        number=number,
        count=count,
        before=search.address(number - 1) if number > 1 else None,
        after=search.address(number + 1) if number < count else None,
    )


def _is_meant(
    letter: Letter, search: Search, mailboxes: tuple[str, ...], sent: OutboxLetter | None
) -> bool:
    if search.wire not in ("", letter.wire):
        return False
    if search.campaign and (sent is None or sent.kampanje != search.campaign):
        return False
    if search.route not in ("", "print" if letter.is_print else "digital"):
        return False
    words = search.words.casefold()
    is_key = sent is not None and words in sent.nokkel.casefold()
    return not words or is_key or _holds(letter, words, mailboxes)


def _holds(letter: Letter, words: str, mailboxes: tuple[str, ...]) -> bool:
    order = letter.order
    own: tuple[str | None, ...]
    if isinstance(order, DigitalOrder):
        if order.postkasseadresse in mailboxes:
            return True
        own = (order.personidentifikator, order.postkasseadresse, order.ikke_sensitiv_tittel)
    else:
        own = (order.mottaker.navn, *order.mottaker.linjer)
    texts = (
        *(letter.meldings_id, letter.konversasjons_id, letter.avsender, letter.databehandler),
        *(letter.avsenderidentifikator, letter.teknisk_mottaker),
        *own,
    )
    return any(words in text.casefold() for text in texts if text)
