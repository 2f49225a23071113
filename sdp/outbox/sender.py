"""The seam between the outbox and the client: what the outbox needs of whoever sends.

Everything that the outbox knows of contact register, wires and receipts goes through `Sender`.
`ClientSender` is the one for `sdp.Client`; tests have another.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

from sdp.domain import TekniskMottaker
from sdp.errors import (
    CertificateError,
    ProblemError,
    RecipientUnreachableError,
    Retry,
    UnreadableAnswerError,
)
from sdp.krr import Digital, OppslagFeil, Person, Print, Unreachable
from sdp.wire import SetAside

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from datetime import datetime

    from sdp.client import Client
    from sdp.config import ClientConfig
    from sdp.domain import Brev, Kvittering, Prioritet, SendResultat
    from sdp.krr import Printsertifikat

FRESH: Final = timedelta(minutes=14)
"""The most age of the register's answer when a letter is marked: at 15 the client asks anew."""

_UNREAD: Final = "ULEST"
_UNREAD_RULE: Final = (
    "The digital letter was not read, and the campaign sends such letters on paper."
)

_BATCH: Final = 50
"""The most receipts that are stored in one transaction."""

_CONFIRMING: Final = 4


@dataclass(frozen=True, slots=True)
class Svar:
    """The register's answer about a person, and when it was asked.

    Attributes:
        person: the answer; None where the register gave no usable one.
        spurt: when.
        grunn: why there is none.
    """

    person: object | None
    spurt: datetime
    grunn: str = ""

    def is_fresh(self, moment: datetime) -> bool:
        """Tell whether a letter may be sent by it now."""
        return moment - self.spurt < FRESH


@dataclass(frozen=True, slots=True)
class Vei:
    """The way a letter goes, and the evidence for it.

    Attributes:
        rute: `digital` or `print`.
        mottaker: the organisation it is sent to: its receipts must come from there.
        oppslag: when the register was asked.
        grunn: why it goes that way, in a word.
        regel: the rule that says so, with its paragraph.
        varsler: which notices are ordered, such as `epost, sms`.
    """

    rute: str
    mottaker: str
    oppslag: datetime
    grunn: str | None = None
    regel: str | None = None
    varsler: str | None = None


@dataclass(frozen=True, slots=True)
class Mottakerko:
    """A queue that receipts come in."""

    prioritet: Prioritet
    mpc_id: str | None = None
    avsenderidentifikator: str | None = None


class Sender(Protocol):
    """Looks people up, decides, sends, and fetches receipts. Safe to share between threads."""

    @property
    def wire(self) -> str:
        """The name of the wire, which is braked as a whole."""

    def look_up(self, people: Sequence[str]) -> dict[str, Svar]:
        """Ask the register about people, in as few requests as it takes.

        Raises:
            SdpError: there is no answer at all.
        """

    def decide(self, svar: Svar, brev: Brev, *, on_paper: bool = False) -> Vei:
        """Decide the way of a letter.

        Args:
            svar: the answer about the person.
            brev: the letter.
            on_paper: whether it is printed whatever the register says.

        Raises:
            SdpError: it can go no way, or there is no usable answer about the person.
        """

    def send(
        self, svar: Svar, brev: Brev, *, repeated: bool, on_paper: bool = False
    ) -> SendResultat:
        """Send a letter the way that `decide` has told.

        Args:
            svar: the answer about the person.
            brev: the letter, with its ids.
            repeated: whether the same ids may have been sent before.
            on_paper: as `decide` was told.

        Raises:
            SdpError: as `Client.brev`.
        """

    def receipts(
        self, ko: Mottakerko, on_set_aside: Callable[[SetAside], None]
    ) -> Generator[Sequence[Kvittering]]:
        """Hand out receipts until the queue is empty, some at a time.

        Those handed out are confirmed when more are asked for, and not before: they must have been
        stored by then.

        Raises:
            WireError: the queue cannot be read now, or not all could be confirmed.
        """

    def confirm(
        self, batch: Sequence[Kvittering], on_set_aside: Callable[[SetAside], None]
    ) -> None:
        """Confirm the receipts handed out last, after which no more are asked for.

        Raises:
            WireError: not all could be confirmed.
        """

    def close(self) -> None:
        """Close the connections."""


class ClientSender:
    """Sends with a client."""

    def __init__(self, config: ClientConfig, client: Client, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._clock = clock
        self.wire: str = config.environment.wire
        self._printer: tuple[Printsertifikat, datetime] | None = None
        self._confirming = ThreadPoolExecutor(_CONFIRMING, "sdp-outbox-confirm")

    def look_up(self, people: Sequence[str]) -> dict[str, Svar]:
        """Ask the register; 1000 people in each request."""
        asked = self._clock()
        return {
            number: Svar(None, asked, oppslag.grunn)
            if isinstance(oppslag, OppslagFeil)
            else Svar(oppslag, oppslag.hentet or asked)
            for number, oppslag in zip(people, self._client.lookup(people), strict=True)
        }

    def decide(self, svar: Svar, brev: Brev, *, on_paper: bool = False) -> Vei:
        """Ask the client for the route, and the register for the printer where it is print."""
        if on_paper:
            printer = self._print_certificate().leverandoer
            return Vei("print", printer, svar.spurt, grunn=_UNREAD, regel=_UNREAD_RULE)
        rute = self._client.route(
            _person(svar),
            has_postal_address=brev.fysisk_post is not None,
            formaal=brev.formaal,
            tross_reservasjon=brev.tross_reservasjon,
        )
        match rute:
            case Digital(mottaker=mottaker):
                names = brev.notified_by(epost=rute.epost, mobil=rute.mobil, spraak=rute.spraak)
                number = mottaker.postkasse.organisasjonsnummer
                return _vei("digital", number, svar, rute, varsler=", ".join(names))
            case Print(problem=None):
                return _vei("print", self._print_certificate().leverandoer, svar, rute)
            case Print(problem=problem) | Unreachable(problem=problem):
                if problem is not None:
                    raise CertificateError(problem, rute.reason)
                raise RecipientUnreachableError(
                    rute.reason, remedy="Put it again under a new key, with a fysisk_post."
                )

    def send(
        self, svar: Svar, brev: Brev, *, repeated: bool, on_paper: bool = False
    ) -> SendResultat:
        """Send with `Client.brev`, or with `Client.send` what is on paper whatever it says."""
        if on_paper:
            printer = self._print_certificate()
            mottaker = TekniskMottaker(
                organisasjonsnummer=printer.leverandoer, sertifikat=printer.sertifikat
            )
            return self._client.send(brev.fysisk(mottaker), repeated=repeated)
        person = _person(svar)
        return self._client.brev(person, brev, repeated=repeated).resultat

    def receipts(
        self, ko: Mottakerko, on_set_aside: Callable[[SetAside], None]
    ) -> Generator[Sequence[Kvittering]]:
        """Fetch with `Client.receipts`, and confirm those that were stored together.

        Over ebMS their confirmations ride with the requests for the next ones, one with each. Those
        of the last have none to ride with, so that each batch is but one larger than the one
        before: of few receipts few are left, and of many not many transactions are needed.
        """
        received = self._client.receipts(
            prioritet=ko.prioritet,
            mpc_id=ko.mpc_id,
            avsenderidentifikator=ko.avsenderidentifikator,
            on_set_aside=on_set_aside,
        )
        with closing(received):
            yield from self._in_batches(received, on_set_aside)

    def _in_batches(
        self, received: Iterator[Kvittering], on_set_aside: Callable[[SetAside], None]
    ) -> Generator[Sequence[Kvittering]]:
        size = 1 if self.wire == "ebms" else _BATCH
        while batch := list(self._left(islice(received, size))):
            yield batch
            # One that is not full is the last, and no request follows it.
            if self.wire == "ebms" and len(batch) == size:
                size = min(size + 1, _BATCH)
                for kvittering in batch:
                    self._client.confirm(kvittering, with_next=True)
            else:
                self.confirm(batch, on_set_aside)

    def confirm(
        self, batch: Sequence[Kvittering], on_set_aside: Callable[[SetAside], None]
    ) -> None:
        """Confirm receipts with requests of their own, some at a time."""
        parts = [part for n in range(_CONFIRMING) if (part := batch[n::_CONFIRMING])]
        confirmed = map if len(parts) == 1 else self._confirming.map
        for refusals in confirmed(self._confirm_each, parts):
            for refused in refusals:
                on_set_aside(refused)

    def _confirm_each(self, part: Sequence[Kvittering]) -> list[SetAside]:
        """Confirm receipts one after another; return those that can never be confirmed."""
        return [refused for each in part if (refused := self._confirm(each)) is not None]

    def _left(self, received: Iterable[Kvittering]) -> Iterator[Kvittering]:
        """Keep the client from confirming receipts one by one."""
        for kvittering in received:
            self._client.leave(kvittering)
            yield kvittering

    def _confirm(self, kvittering: Kvittering) -> SetAside | None:
        """Confirm a receipt; return it to be set aside if it can never be confirmed."""
        try:
            self._client.confirm(kvittering)
        except ProblemError as refusal:
            if refusal.retry is not Retry.NEVER:
                raise
            return SetAside(refusal, kvittering.raw, kvittering.referanse)
        return None

    def close(self) -> None:
        """Close the client."""
        self._confirming.shutdown()
        self._client.close()

    def _print_certificate(self) -> Printsertifikat:
        moment = self._clock()
        if self._printer is None or moment - self._printer[1] >= FRESH:
            self._printer = self._client.print_certificate(), moment
        return self._printer[0]


def _vei(name: str, mottaker: str, svar: Svar, rute: Digital | Print, *, varsler: str = "") -> Vei:
    return Vei(
        name,
        mottaker,
        svar.spurt,
        grunn=rute.grunn.name,
        regel=rute.reason,
        varsler=varsler or None,
    )


def _person(svar: Svar) -> Person:
    if isinstance(svar.person, Person):
        return svar.person
    raise UnreadableAnswerError(
        f"The contact register gave no usable answer: {svar.grunn}.", retry=Retry.LATER
    )
