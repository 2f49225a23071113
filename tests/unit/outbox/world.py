"""A world to send in: people, a broker that knows what it has, a clock, and faults on demand."""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any
from uuid import uuid4

from sdp.domain import (
    Avsender,
    Brev,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    Feil,
    Feiltype,
    FysiskPost,
    Kvittering,
    Kvitteringsreferanse,
    Leveringskvittering,
    Mottakskvittering,
    NorskAdresse,
    Postadresse,
    Posthaandtering,
    Prioritet,
    Retur,
    Returpostkvittering,
    SendResultat,
)
from sdp.errors import (
    AlreadyReceivedError,
    HttpStatusError,
    NotSentError,
    RecipientUnreachableError,
    Retry,
    SdpError,
    UnknownOutcomeError,
    UnreadableAnswerError,
    WireError,
)
from sdp.outbox.sender import Mottakerko, Svar, Vei
from sdp.wire import PendingMessage, SetAside
from tests.documents import pdf

AVSENDER = "991825827"
POSTKASSE = "922020175"
PRINTER = "974761076"
START = datetime(2026, 11, 2, 9, tzinfo=UTC)

FAULTS = ("lost", "lost before", "not sent", "503", "429", "refused", "defect")


@cache
def person(number: int) -> str:
    """A synthetic person (Tenor), another for each number."""
    candidates = (
        f"{day:02}{month + 80:02}{year:02}{individual:03}"
        for individual in range(500)
        for year in range(60, 99)
        for month in range(1, 13)
        for day in range(1, 29)
    )
    numbers = (found for each in candidates if (found := _with_check_digits(each)) is not None)
    return next(islice(numbers, number, None))


def _with_check_digits(base: str) -> str | None:
    digits = [int(digit) for digit in base]
    for weights in ((3, 7, 6, 1, 8, 9, 4, 5, 2), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)):
        check = -sum(map(operator.mul, weights, digits)) % 11
        if check == 10:
            return None
        digits.append(check)
    return "".join(map(str, digits))


class Clock:
    """Tells the time that it was set to."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, step: timedelta) -> None:
        self.moment += step


class Inline(Executor):
    """Runs each call at once, on the thread that submits it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


class Gone(BaseException):
    """The process is gone: nothing that follows happens."""


@dataclass
class World:
    """Everything outside the outbox. Set what is to go wrong, and ask what has arrived."""

    clock: Callable[[], datetime]
    wire: str = "ebms"
    accepted: dict[str, str] = field(default_factory=dict)
    """By meldings_id: the konversasjons_id of what was accepted."""
    taken: list[str] = field(default_factory=list)
    """The meldings_id of every letter that was taken in anew: the same twice is doubled."""
    faults: list[str] = field(default_factory=list)
    waiting: list[Kvittering | SetAside] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    lookups: list[int] = field(default_factory=list)
    reserved: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    lookup_fails: WireError | None = None
    send_fails: SdpError | None = None
    sent_repeated: list[bool] = field(default_factory=list)
    asked_at: list[datetime] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    levering_at_once: bool = False
    watched: set[str] = field(default_factory=set)
    """The konversasjons_id of letters that asked for an opening receipt."""
    batch: int = 50

    def look_up(self, people: Sequence[str]) -> dict[str, Svar]:
        if self.lookup_fails is not None:
            raise self.lookup_fails
        self.lookups.append(len(people))
        asked = self.clock()
        return {
            number: Svar(None, asked, "an answer that cannot be read")
            if number in self.unanswered
            else Svar(number, asked)
            for number in people
        }

    def decide(self, svar: Svar, brev: Brev, *, on_paper: bool = False) -> Vei:
        if on_paper:
            return Vei("print", PRINTER, svar.spurt, grunn="ULEST")
        if svar.person is None:
            raise UnreadableAnswerError("No usable answer.", retry=Retry.LATER)
        if svar.person not in self.reserved:
            return Vei("digital", POSTKASSE, svar.spurt, varsler="epost")
        if brev.fysisk_post is None:
            raise RecipientUnreachableError("The person has opted out. No postal address is given.")
        return Vei("print", PRINTER, svar.spurt, grunn="The person has opted out.", regel="§ 15 a")

    def send(
        self, svar: Svar, brev: Brev, *, repeated: bool, on_paper: bool = False
    ) -> SendResultat:
        with self.lock:
            if brev.digital_post.aapningskvittering:
                self.watched.add(str(brev.konversasjons_id))
            return self._send(svar, brev, repeated=repeated)

    def _send(self, svar: Svar, brev: Brev, *, repeated: bool) -> SendResultat:
        assert self.clock() - svar.spurt < timedelta(minutes=15), "the answer is too old"
        fault = self.faults.pop(0) if self.faults else ""
        self.sent_repeated.append(repeated)
        self.asked_at.append(self.clock())
        if self.send_fails is not None:
            raise self.send_fails
        match fault:
            case "not sent":
                raise NotSentError("No connection was made.")
            case "429":
                raise HttpStatusError(429)
            case "refused":
                raise HttpStatusError(422)
            case "lost before":
                raise _unknown(brev)
            case "defect":
                raise RuntimeError("a defect")
            case _:
                pass
        known = str(brev.meldings_id) in self.accepted
        if known and not repeated:
            raise AlreadyReceivedError(
                meldings_id=str(brev.meldings_id), konversasjons_id=str(brev.konversasjons_id)
            )
        if not known:
            self._take_in(brev)
        match fault:
            case "lost":
                raise _unknown(brev)
            case "503":
                raise _unknown(brev) from HttpStatusError(503)
            case "gone":
                raise Gone
            case _:
                pass
        return _result(brev, self.clock(), already_received=known)

    def _take_in(self, brev: Brev) -> None:
        self.taken.append(str(brev.meldings_id))
        self.accepted[str(brev.meldings_id)] = str(brev.konversasjons_id)
        if self.levering_at_once:
            self.waiting.append(receipt(Leveringskvittering, str(brev.konversasjons_id)))

    def receipts(
        self, ko: Mottakerko, on_set_aside: Callable[[SetAside], None]
    ) -> Generator[Sequence[Kvittering]]:
        there = list(self.waiting)
        for aside in there:
            if isinstance(aside, SetAside):
                on_set_aside(aside)
        received = (each for each in there if not isinstance(each, SetAside))
        while batch := list(islice(received, self.batch)):
            yield batch
            self.confirm(batch, on_set_aside)

    def confirm(
        self, batch: Sequence[Kvittering], on_set_aside: Callable[[SetAside], None]
    ) -> None:
        for each in batch:
            self.waiting.remove(each)
            self.confirmed.append(each.meldings_id)

    def close(self) -> None:
        pass


class _NoPackage:
    size = billable_bytes = 0
    fingerprint = b""
    is_closed = False

    def chunks(self) -> Any:
        return iter(())

    def close(self) -> None:
        pass


def _unknown(brev: Brev) -> UnknownOutcomeError:
    pending = PendingMessage(
        meldings_id=brev.meldings_id,
        konversasjons_id=brev.konversasjons_id,
        message_id="1",
        sent_at=START,
        package=_NoPackage(),
    )
    return UnknownOutcomeError("No answer came.", pending=pending)


def _result(brev: Brev, moment: datetime, *, already_received: bool) -> SendResultat:
    return SendResultat(
        meldings_id=str(brev.meldings_id),
        konversasjons_id=str(brev.konversasjons_id),
        transport_id=f"{brev.meldings_id}@test",
        sent_at=moment,
        billable_bytes=1000,
        package_size=2000,
        fingerprint=bytes(32),
        already_received=already_received,
    )


def receipt(kind: Any, konversasjons_id: str, *, meldings_id: str | None = None) -> Any:
    own = meldings_id or str(uuid4())
    more = {"feiltype": Feiltype.SERVER} if kind is Feil else {}
    return kind(
        meldings_id=own,
        konversasjons_id=konversasjons_id,
        tidspunkt=START,
        avsender=POSTKASSE,
        raw=f"{kind.__name__} {own}".encode(),
        referanse=Kvitteringsreferanse(message_id=own, prioritet=Prioritet.NORMAL),
        **more,
    )


KINDS = (Mottakskvittering, Leveringskvittering, Feil, Returpostkvittering)


def letter(*, printable: bool = False, **changes: Any) -> Brev:
    post = None
    if printable:
        address = Postadresse(
            navn="Kari Nordmann",
            adresse=NorskAdresse(adresselinje1="Storgata 1", postnummer="0155", poststed="OSLO"),
        )
        retur = Retur(posthaandtering=Posthaandtering.DIREKTE_RETUR, mottaker=address)
        post = FysiskPost(mottaker=address, retur=retur)
    values: dict[str, Any] = {
        "avsender": Avsender(organisasjonsnummer=AVSENDER),
        "dokumentpakke": Dokumentpakke(
            hoveddokument=Dokument.from_bytes(pdf(), filnavn="brev.pdf", tittel="Vedtak")
        ),
        "digital_post": DigitalPost(ikke_sensitiv_tittel="Brev fra Etaten"),
        "fysisk_post": post,
    }
    return Brev(**(values | changes))
