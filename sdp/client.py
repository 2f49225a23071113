"""The client: from a letter to a confirmed receipt."""

from __future__ import annotations

import random
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn, Self, TypeVar

from sdp.domain import Formaal, Prioritet
from sdp.errors import not_picklable
from sdp.operations.handling import check_parallel, handle_on_threads
from sdp.operations.lookup import Lookup
from sdp.operations.parts import Parts
from sdp.operations.receiving import Receiving, receipts_in
from sdp.operations.sending import Sending
from sdp.pki import organisasjonsnummer
from sdp.transport.http import HttpTransport
from sdp.transport.retry import check_retries, retry_later
from sdp.transport.settings import HttpHooks
from sdp.transport.sync import Driver
from sdp.wire import ReceiptQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from uuid import UUID

    from sdp.config import ClientConfig
    from sdp.domain import Brev, Forsendelse, Kvittering, SendResultat
    from sdp.dpi import Forsendelsesstatus
    from sdp.errors import Pending
    from sdp.krr import Oppslag, Person, Printsertifikat, Rute
    from sdp.krr.person import Endringer
    from sdp.operations.sending import Brevresultat
    from sdp.pki import Signer, TrustStore
    from sdp.transport.effects import Flow
    from sdp.transport.request import HttpRequest, HttpResponse, Transport
    from sdp.wire import SetAside


T = TypeVar("T")


def _now() -> datetime:
    return datetime.now(UTC)


class Client:
    """Sends letters and fetches receipts. Safe to share between threads; close it when done.

    Args:
        config: where to send, who is sending, and how.
        signer: signs instead of the key file in `config`; for a key in an HSM or a cloud.
        trust: the trust anchors, instead of those in `config`. The environment's
            policies and check of revocation apply to them too.
        clock: returns the current time, in UTC.
        sent_to: returns the organisation that the letter of a konversasjons_id was sent to, or None
            if that is not known. A receipt must come from there; without `sent_to`, only letters
            that this client itself has sent lately are known. It may block, for it runs where a
            receipt is verified: on the thread that asks, or on a thread of an `AsyncClient`.
        sleep: waits a number of seconds: between looks into a queue that is followed, and before
            the contact register or a queue that was busy or out of reach is asked again.
        transport: carries the HTTP requests instead of the network, for tests.
        retries: how many more times to try what may succeed later and is safe to repeat, with
            growing pauses: letters that were not sent or not accepted, and questions. Never an
            unknown outcome.
        on_request: called with each HTTP request before it goes out.
        on_response: called with each HTTP response. What a hook raises is logged, by its type
            alone, and changes nothing.

    Raises:
        ConfigurationError: a setting is missing, or no trust store is configured.
        IdentityError: the sender's key or certificate cannot be used.
    """

    def __init__(
        self,
        config: ClientConfig,
        *,
        signer: Signer | None = None,
        trust: TrustStore | None = None,
        clock: Callable[[], datetime] = _now,
        sent_to: Callable[[str], str | None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        transport: Transport | None = None,
        retries: int = 0,
        on_request: Callable[[HttpRequest], None] | None = None,
        on_response: Callable[[HttpResponse], None] | None = None,
    ) -> None:
        parts = Parts.build(config, signer=signer, trust=trust, clock=clock, sent_to=sent_to)
        self._close_signer = parts.close
        self._signer = parts.signer
        self._wire = parts.wire
        self._register = parts.register
        self._lookup = Lookup(parts)
        self._sending = Sending(parts, self._lookup)
        self._receiving = Receiving(parts)
        self._http = HttpTransport(
            config.http_settings(),
            hooks=HttpHooks(request=on_request, response=on_response),
            transport=transport,
        )
        self._driver = Driver(self._http, sleep, show_remote_text=config.show_remote_text)
        self._retries = check_retries(retries)

    @property
    def organisasjonsnummer(self) -> str:
        """The organisation that signs, as its certificate names it.

        Raises:
            CertificateError: the certificate names none.
        """
        return organisasjonsnummer(self._signer.chain[0])

    def send(self, forsendelse: Forsendelse, *, repeated: bool = False) -> SendResultat:
        """Pack, sign, encrypt and send one letter.

        The ids of the letter are used as they are, so a letter sent twice is refused by the broker
        rather than delivered twice. Where a contact register is configured, it is asked about the
        recipient of each digital letter first: the mailbox and the addresses of notices must be the
        ones it names. Without one, nothing shows who has opted out (reservert).

        Args:
            forsendelse: the letter.
            repeated: whether a letter with these ids may have been sent before, say by a process
                that was killed. If the other side has it already, that is success, and the result
                says so in `already_received`.

        Raises:
            InvalidInputError: the letter cannot be sent in this environment or over this wire, or
                the contact register names another mailbox, other addresses to notify, or none.
            RecipientUnreachableError: according to the contact register, no digital letter may be
                sent.
            CertificateError: the recipient's certificate is not to be trusted.
            PackageError: a document cannot be read, or the package is too large.
            NotSentError: nothing left this machine; try again.
            RefusedError: the broker refused; nothing was accepted.
            UnknownOutcomeError: no answer said whether the letter was accepted; see `resend`.
        """
        return self._run(lambda: self._sending.send(forsendelse, repeated=repeated))

    def brev(self, person: str | Person, brev: Brev, *, repeated: bool = False) -> Brevresultat:
        """Look a person up, and send a letter digitally or, if it has a `fysisk_post`, by print.

        Anyone who has opted out (reservert), or has no mailbox, gets a printed letter. A mailbox
        with an untrusted certificate is an error, since the person has chosen digital letters.

        Args:
            person: a personidentifikator; or a `Person` from `lookup`, so that many people can be
                looked up in one request. One who was looked up more than 15 minutes ago is looked
                up again.
            brev: the letter.
            repeated: as for `send`.

        Raises:
            RecipientUnreachableError: a digital letter is not possible, and there is no
                `fysisk_post`.
            ConfigurationError: no contact register is configured.
            CertificateError: the certificate of mailbox or printer is not to be trusted.
            WireError: the contact register could not be reached, refused or cannot be read.
            SdpError: as for `send`.
        """
        return self._run(lambda: self._sending.brev(person, brev, repeated=repeated))

    def lookup(self, personer: Iterable[str]) -> tuple[Oppslag, ...]:
        """Look any number of people up in the contact register, 1000 in each request.

        Returns:
            One answer for each number, in the order given: a `Person`, or an `OppslagFeil` if the
            register gave no usable answer about that person.

        Raises:
            InvalidInputError: a number is not a personidentifikator; its index is named.
            ConfigurationError: no contact register is configured.
            WireError: it could not be reached, refused or cannot be read; safe to repeat.
        """
        asked = personer if isinstance(personer, str) else tuple(personer)
        return self._run(lambda: self._register.lookup(asked))

    def route(
        self,
        person: str | Person,
        *,
        has_postal_address: bool = False,
        formaal: Formaal = Formaal.VEDTAK,
        tross_reservasjon: bool = False,
    ) -> Rute:
        """Decide how a letter sent now would travel, and say why. Nothing is sent.

        Args:
            person: a `Person` from `lookup`, or a number to look up.
            has_postal_address: whether the letter could go by print.
            formaal: the purpose of the letter, which decides its way.
            tross_reservasjon: for informasjon alone, whether it may pass over a reservation.

        Raises:
            InvalidInputError: a vedtak is to pass over a reservation.
            SdpError: as for `lookup`.
        """
        return self._run(
            lambda: self._lookup.route(
                person,
                has_postal_address=has_postal_address,
                formaal=formaal,
                tross_reservasjon=tross_reservasjon,
            )
        )

    def print_certificate(self) -> Printsertifikat:
        """Ask the contact register who prints letters, and with which certificate.

        Raises:
            SdpError: as for `lookup`.
        """
        return self._run(self._register.print_certificate)

    def changes_since(self, number: int) -> Endringer:
        """List people changed since `number`, inclusive, for the few who may keep a local copy.

        Asked over SOAP. Over REST the register has such a list too (scope
        `krr:global/hentendring.read`), whose interface this library does not know.

        Raises:
            InvalidInputError: the number is not a change number.
            ConfigurationError: the register is asked over REST.
            SdpError: as for `lookup`.
        """
        return self._run(lambda: self._lookup.changes_since(number))

    def resend(self, pending: Pending) -> SendResultat:
        """Send the very same message again, after an `UnknownOutcomeError`.

        If the broker says that it already has the message, the first attempt had arrived: the
        result says so in `already_received`.

        Raises:
            InvalidInputError: `pending` is closed, or of another wire.
            NotSentError, UnknownOutcomeError: as for `send`; `pending` can be used again.
            RefusedError: the other side refused. `pending` is closed if the `retry` of this error
                says never, and can else be used again: later, or where `same
                message` tells of a refusal that says nothing of the message, when what it names
                has been put right.
        """
        return self._run(lambda: self._sending.resend(pending))

    def receipts(
        self,
        *,
        prioritet: Prioritet = Prioritet.NORMAL,
        mpc_id: str | None = None,
        avsenderidentifikator: str | None = None,
        handle: Callable[[Kvittering], object] | None = None,
        parallel: int = 1,
        follow: bool = False,
        on_set_aside: Callable[[SetAside], None] | None = None,
    ) -> Generator[Kvittering]:
        """Fetch receipts one by one, and confirm each when the caller is done with it.

        A receipt is confirmed when the next one is asked for. If the caller's block raises or
        breaks, its receipt stays unconfirmed and the broker gives it again after five minutes. A
        receipt may therefore come twice; tell them apart by `meldings_id`. A block that cannot
        handle one may catch the failure, `leave` the receipt, and go on with those behind it.

        A receipt that cannot be read or verified is passed to `on_set_aside` and logged; it stays
        unconfirmed and does not stop the others.

        Args:
            prioritet: which queue to empty.
            mpc_id: the part of the queue, where the letters were sent with one; ebMS only.
            avsenderidentifikator: the unit whose receipts to fetch; DPI only.
            handle: what is done with each receipt, on up to `parallel` threads (an `AsyncClient`
                awaits a coroutine function); a receipt is confirmed when its own handling is done,
                and then yielded. What `handle` raises ends the loop once those under way are done.
            parallel: how many receipts are under way at once. Without `handle`, the block still
                takes one at a time, and the confirming of those before goes on beside it.
            follow: go on for ever. When the queue is empty, wait as long as the broker demands
                (10 minutes for normal, 1 minute for prioritised), or on DPI as long as
                `dpi.receipt_interval_seconds` says. Failures that may pass are waited out, for not
                quite an hour in a row. Without it, an empty queue ends the iteration, and a call
                before that wait is over yields nothing.
            on_set_aside: called with each receipt that could not be read or verified.

        Raises:
            InvalidInputError: `parallel` is less than 1.
            WireError: the broker could not be reached or refused, with `follow` for too long;
                receipts already handed out are either confirmed or will be given again.
        """
        check_parallel(parallel)
        queue = ReceiptQueue(prioritet, mpc_id, avsenderidentifikator)
        one_by_one = handle is None and parallel == 1
        flow = self._receiving.receipts(queue, follow=follow, confirming=one_by_one)
        with closing(self._driver.iterate(flow)) as items:
            receipts = receipts_in(items, on_set_aside)
            if one_by_one:
                yield from receipts
            else:
                yield from handle_on_threads(
                    receipts, handle, self._settle, parallel=parallel, follow=follow
                )

    def _settle(self, kvittering: Kvittering) -> None:
        self._driver.run(self._wire.settle(kvittering))

    def statuses(self, meldings_id: UUID | str) -> tuple[Forsendelsesstatus, ...]:
        """Ask the access point how far a letter has come. DPI only.

        Raises:
            InvalidInputError: the id is no UUID.
            ConfigurationError: letters are sent over ebMS.
            ProblemError: with status 404, the access point knows no letter by that id.
            WireError: the access point could not be reached or refused; safe to repeat.
        """
        return self._run(lambda: self._sending.statuses(meldings_id))

    def leave(self, kvittering: Kvittering) -> None:
        """Leave a receipt of `receipts` unconfirmed, and let the loop go on to those behind it.

        For one that cannot be handled now. It is given again: over ebMS after five minutes, over
        DPI the next time receipts are fetched. Nothing is sent by this call.
        """
        self._wire.leave(kvittering)

    def confirm(self, kvittering: Kvittering | SetAside, *, with_next: bool = False) -> None:
        """Tell the broker that one receipt is stored, so that it is not given again.

        Needed only for a receipt whose loop was left early, for one that was set aside and has
        been dealt with by hand, and for those that were left until many could be stored together.

        Args:
            kvittering: the receipt.
            with_next: whether the confirmation may wait for the next request of a `receipts` loop
                of the same queue that goes on, and ride with it. A loop that ends before the queue
                is empty drops what still waits, which is then given again. DPI confirms at once.

        Raises:
            WireError: the broker could not be reached or refused; confirm again.
        """
        if with_next and self._wire.confirm_with_next(kvittering):
            return
        self._run(lambda: self._wire.confirm(kvittering))

    def close(self) -> None:
        """Close the connections. The client cannot be used afterwards.

        A signer that the configuration names is closed too, and one that was given is not.
        """
        self._http.close()
        self._close_signer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise not_picklable(
            "a Client, which holds connections and a private key",
            "open one in each process, from the same ClientConfig",
        )

    def _run(self, make: Callable[[], Flow[T]]) -> T:
        return self._driver.run(retry_later(make, self._retries, random.random))
