"""The sender's access point: checks letters as a real one does, passes them on, lists receipts."""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from contextlib import nullcontext
from typing import TYPE_CHECKING, NoReturn
from uuid import uuid4

from sdp.testmiljo.access_point import names
from sdp.testmiljo.access_point.message import read_melding, read_signed
from sdp.testmiljo.access_point.problems import forbidden, invalid, not_found
from sdp.testmiljo.access_point.requests import authorize, read_form, read_id, read_kanal
from sdp.testmiljo.mailbox.dpi import DpiDelivery
from sdp.testmiljo.world.journal import brings, concerns
from sdp.testmiljo.world.receipts import Innmelding, Queue
from sdp.testmiljo.world.statuses import Code, Statuses

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from sdp.testmiljo.access_point.message import Melding, Signed
    from sdp.testmiljo.access_point.requests import Caller, ListQuestion, Tokens
    from sdp.testmiljo.mailbox.dpi import DpiPostkasse, DpiPrinter
    from sdp.testmiljo.validators.certificates import Trust
    from sdp.testmiljo.validators.mime import Buffer
    from sdp.testmiljo.validators.rejection import HttpRejection
    from sdp.testmiljo.world.receipts import Innboks
    from sdp.testmiljo.world.statuses import Status

_log = logging.getLogger("sdp.testmiljo")

_MAX_REJECTIONS = 100
# The words of the database behind an access point, for an id that it has already.
_DUPLICATE = (
    'ERROR: duplicate key value violates unique constraint "message_message_id_key"'
    " Detail: Key (message_id)=({id}) already exists."
)
_APART = nullcontext()


class Aksesspunkt:
    """Takes letters, passes them on, and lists receipts. Safe to share between threads.

    Attributes:
        postkasse: holds the digital letters, and sends their receipts on demand.
        printer: the same for print letters.
        audience: what tokens must be restricted to; None takes tokens for anybody.
        size_limit: the most bytes an encrypted package may have.
        first_page: the number of the first page of a list; real access points differ.
        url: the root of its API, without a slash at its end.

    Args:
        statuses: what has become of the letters before.
        together: makes what comes of one letter happen as one; a lock.
    """

    def __init__(
        self,
        postkasse: DpiPostkasse,
        printer: DpiPrinter,
        *,
        innboks: Innboks,
        tokens: Tokens,
        trust: Trust,
        clock: Callable[[], datetime],
        statuses: Statuses | None = None,
        together: AbstractContextManager[object] = _APART,
    ) -> None:
        self.postkasse = postkasse
        self.printer = printer
        self.audience: str | None = None
        self.size_limit = 50_000_000
        self.first_page = 1
        self.url = ""
        self._innboks = innboks
        self._tokens = tokens
        self._trust = trust
        self._clock = clock
        self._statuses = statuses or Statuses(clock)
        self._together = together
        self._rejections: deque[HttpRejection] = deque(maxlen=_MAX_REJECTIONS)

    @property
    def rejections(self) -> tuple[HttpRejection, ...]:
        """The latest hundred refusals, with their reasons."""
        return tuple(self._rejections)

    @property
    def waiting_receipts(self) -> tuple[Innmelding, ...]:
        """Every receipt that is not marked as read, oldest first."""
        return self._innboks.waiting

    def note(self, rejection: HttpRejection) -> None:
        """Remember a refusal."""
        _log.info("refused: %s", rejection)
        self._rejections.append(rejection)

    def queue_receipt(
        self, jws: str, *, databehandler: str, kanal: str = "", message_id: str | None = None
    ) -> Innmelding:
        """List any text as a receipt: doubled, damaged or foreign ones.

        Receipts that are as they should be are sent by `postkasse` and `printer`.
        """
        queue = Queue(databehandler, kanal.lower())
        message_id = message_id or str(uuid4())
        return self._innboks.put(Innmelding(message_id, queue, databehandler, None, jws))

    def authorize(self, authorization: str | None) -> Caller:
        """Tell who asks, by the Authorization header of the request.

        Raises:
            HttpRejection: 401 where the token is not good, 403 where it does not reach.
        """
        return authorize(authorization, self._tokens, self.audience)

    def accept_letter(
        self, caller: Caller, kanal: str | None, content_type: str, body: Buffer
    ) -> None:
        """Take a letter and pass it on.

        Args:
            caller: who sends it.
            kanal: the parameter of the request.
            content_type: of the request.
            body: of the request.

        Raises:
            HttpRejection: it is not taken.
        """
        kanal = read_kanal(kanal)
        form = read_form(content_type, body)
        package = form.dokumentpakke
        if len(package) > self.size_limit:
            raise invalid(f"the dokumentpakke is larger than {self.size_limit} bytes")
        signed = read_signed(form.forretningsmelding, self._trust, self._clock())
        melding = read_melding(signed.document)
        brings(melding.konversasjons_id, melding.meldings_id)
        _check_parties(melding, signed, caller)
        if hashlib.sha256(package).digest() != melding.fingerprint:
            raise invalid("the dokumentpakkefingeravtrykk is not that of the dokumentpakke")
        queue = Queue(melding.databehandler, kanal)
        try:
            is_new = self._take(DpiDelivery(melding, signed.certificate, package, queue))
        except BaseException:
            self._statuses.forget(melding.meldings_id)
            raise
        if not is_new:
            raise invalid(_DUPLICATE.format(id=melding.meldings_id))

    def statuses(self, caller: Caller, meldings_id: str) -> tuple[Status, ...]:
        """Tell what has become of a letter; nothing of one that the caller has not sent."""
        concerns(meldings_id.lower())
        return self._statuses.of(meldings_id.lower(), caller.databehandler)

    def listed(self, caller: Caller, question: ListQuestion) -> Sequence[Innmelding]:
        """List one page of the receipts that wait for the caller."""
        waiting = self._innboks.listed(
            caller.reader,
            kanal=question.kanal,
            avsenderidentifikator=question.avsenderidentifikator,
        )
        page = question.cut(waiting, self.first_page)
        concerns(*(message.konversasjons_id for message in page))
        return page

    def last_read(self, caller: Caller) -> Innmelding | None:
        """Find the receipt that the caller marked as read last."""
        return self._innboks.last_read(caller.reader)

    def download(self, caller: Caller, message_id: str) -> NoReturn:
        """Refuse to give the package of a message: the only messages are receipts.

        Raises:
            HttpRejection: 404, always.
        """
        if self._innboks.find(caller.reader, read_id(message_id)) is None:
            raise not_found("no message waits under this id")
        raise not_found("the message is a receipt, which has no dokumentpakke")

    def mark_read(self, caller: Caller, message_id: str) -> None:
        """Take a receipt off the list.

        Raises:
            HttpRejection: 404; it is not on it, or no more.
        """
        message = self._innboks.find(caller.reader, read_id(message_id))
        if message is None or not self._innboks.mark_read(message):
            raise not_found("no message waits under this id")
        concerns(message.konversasjons_id)

    def _take(self, delivery: DpiDelivery) -> bool:
        melding = delivery.melding
        with self._together:
            if not self._statuses.open(melding.meldings_id, melding.databehandler):
                return False
            self._pass_on(delivery)
        return True

    def _pass_on(self, delivery: DpiDelivery) -> None:
        melding = delivery.melding
        receiver: DpiPostkasse | DpiPrinter = (
            self.printer if melding.kind == names.UTSKRIFT else self.postkasse
        )
        if melding.teknisk_mottaker not in receiver.actors:
            why = "The receiver is not known to take letters of this kind."
            self._statuses.add(melding.meldings_id, Code.FEILET, why)
            return
        why = "The receiver's access point has the letter."
        self._statuses.add(melding.meldings_id, Code.SENDT, why)
        receiver.deliver(delivery)


def _check_parties(melding: Melding, signed: Signed, caller: Caller) -> None:
    if signed.organisasjonsnummer != melding.databehandler:
        raise invalid("the sender of the message is not the organisation that signed it")
    if caller.databehandler != signed.organisasjonsnummer:
        raise forbidden("the token is not that of the organisation that signed the message")
    if caller.consumer != melding.avsender:
        raise forbidden("the avsender of the message is not the consumer of the token")
    if melding.token != caller.token:
        raise invalid("the maskinportentoken is not the token that the message is sent with")
