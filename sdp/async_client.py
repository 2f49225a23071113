"""The same client for asyncio. It never blocks the event loop."""

from __future__ import annotations

import asyncio
import random
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn, Self, TypeVar

from sdp.domain import Formaal, Prioritet
from sdp.errors import UnknownOutcomeError, not_picklable
from sdp.operations.handling import check_parallel, handle_in_tasks
from sdp.operations.lookup import Lookup
from sdp.operations.parts import Parts
from sdp.operations.receiving import Receiving, receipts_in_async
from sdp.operations.sending import Sending
from sdp.pki import organisasjonsnummer
from sdp.transport.aio import AsyncDriver
from sdp.transport.http import AsyncHttpTransport
from sdp.transport.retry import check_retries, retry_later
from sdp.transport.settings import HttpHooks
from sdp.wire import ReceiptQueue

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
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
    from sdp.transport.request import AsyncTransport, HttpRequest, HttpResponse
    from sdp.wire import SetAside


T = TypeVar("T")


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _pending_closed_when_cancelled() -> Iterator[None]:
    # Whoever cancels a letter gets no UnknownOutcomeError, so nobody else could close its pending.
    try:
        yield
    except asyncio.CancelledError as cancelled:
        if isinstance(cancelled.__cause__, UnknownOutcomeError):
            cancelled.__cause__.pending.close()
        raise


class AsyncClient:
    """`Client` for asyncio: sends letters and fetches receipts, many at once. Close it when done.

    It takes the same arguments and raises the same errors as `Client`. Packing, signing and
    verifying run on threads of its own; only the short answer to a letter is verified on the event
    loop, which takes less than a millisecond. Any number of letters may be sent at once: as many as
    `pool_size` says are packed and on their way, and the others wait with nothing packed. A call
    that is cancelled leaves no file and no thread behind, but a letter that was on its way may or
    may not have been accepted.

    It belongs to one event loop, the first that it is used on: make one for each `asyncio.run`.

    Raises:
        InvalidInputError: from every method, if it is closed or used on another event loop.
    """

    def __init__(
        self,
        config: ClientConfig,
        *,
        signer: Signer | None = None,
        trust: TrustStore | None = None,
        clock: Callable[[], datetime] = _now,
        sent_to: Callable[[str], str | None] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        transport: AsyncTransport | None = None,
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
        self._http = AsyncHttpTransport(
            config.http_settings(),
            hooks=HttpHooks(request=on_request, response=on_response),
            transport=transport,
        )
        self._driver = AsyncDriver(self._http, sleep, show_remote_text=config.show_remote_text)
        self._retries = check_retries(retries)
        # What asks the register is soon made then, and the event loop does it.
        self._asks_unsigned = config.krr.wire == "rest"

    @property
    def organisasjonsnummer(self) -> str:
        """The organisation that signs. See `Client.organisasjonsnummer`."""
        return organisasjonsnummer(self._signer.chain[0])

    async def send(self, forsendelse: Forsendelse, *, repeated: bool = False) -> SendResultat:
        """Pack, sign, encrypt and send one letter. See `Client.send`."""
        with _pending_closed_when_cancelled():
            return await self._run(
                lambda: self._sending.send(forsendelse, repeated=repeated),
                begins_soon=self._asks_unsigned,
            )

    async def brev(
        self, person: str | Person, brev: Brev, *, repeated: bool = False
    ) -> Brevresultat:
        """Look a person up, and send a letter digitally or by print. See `Client.brev`."""
        with _pending_closed_when_cancelled():
            return await self._run(
                lambda: self._sending.brev(person, brev, repeated=repeated),
                begins_soon=self._asks_unsigned and isinstance(person, str),
            )

    async def lookup(self, personer: Iterable[str]) -> tuple[Oppslag, ...]:
        """Look any number of people up in the contact register. See `Client.lookup`."""
        asked = personer if isinstance(personer, str) else tuple(personer)
        return await self._run(lambda: self._register.lookup(asked))

    async def route(
        self,
        person: str | Person,
        *,
        has_postal_address: bool = False,
        formaal: Formaal = Formaal.VEDTAK,
        tross_reservasjon: bool = False,
    ) -> Rute:
        """Decide how a letter sent now would travel, and say why. See `Client.route`."""
        return await self._run(
            lambda: self._lookup.route(
                person,
                has_postal_address=has_postal_address,
                formaal=formaal,
                tross_reservasjon=tross_reservasjon,
            )
        )

    async def print_certificate(self) -> Printsertifikat:
        """Ask who prints letters. See `Client.print_certificate`."""
        return await self._run(self._register.print_certificate)

    async def changes_since(self, number: int) -> Endringer:
        """List people changed since `number`, inclusive. See `Client.changes_since`."""
        return await self._run(lambda: self._lookup.changes_since(number))

    async def resend(self, pending: Pending) -> SendResultat:
        """Send the very same message again, after an `UnknownOutcomeError`. See `Client.resend`."""
        return await self._run(lambda: self._sending.resend(pending))

    async def receipts(
        self,
        *,
        prioritet: Prioritet = Prioritet.NORMAL,
        mpc_id: str | None = None,
        avsenderidentifikator: str | None = None,
        handle: Callable[[Kvittering], object] | None = None,
        parallel: int = 1,
        follow: bool = False,
        on_set_aside: Callable[[SetAside], None] | None = None,
    ) -> AsyncGenerator[Kvittering]:
        """Fetch receipts one by one, and confirm each when the caller is done with it.

        See `Client.receipts`. A receipt whose block raises, breaks or is cancelled stays
        unconfirmed. Python ends an async generator that is left early at a time of its own
        choosing, so leave one early within `contextlib.aclosing`.
        """
        check_parallel(parallel)
        queue = ReceiptQueue(prioritet, mpc_id, avsenderidentifikator)
        one_by_one = handle is None and parallel == 1
        flow = self._receiving.receipts(queue, follow=follow, confirming=one_by_one)
        async with aclosing(self._driver.iterate(flow)) as items:
            receipts = receipts_in_async(items, on_set_aside)
            if not one_by_one:
                receipts = handle_in_tasks(
                    receipts, handle, self._settle, parallel=parallel, follow=follow
                )
            async with aclosing(receipts):
                async for kvittering in receipts:
                    yield kvittering

    async def _settle(self, kvittering: Kvittering) -> None:
        await self._driver.run(self._wire.settle(kvittering))

    async def statuses(self, meldings_id: UUID | str) -> tuple[Forsendelsesstatus, ...]:
        """Ask the access point how far a letter has come. See `Client.statuses`."""
        return await self._run(lambda: self._sending.statuses(meldings_id))

    async def leave(self, kvittering: Kvittering) -> None:
        """Leave a receipt unconfirmed, and let the loop go on. See `Client.leave`."""
        self._wire.leave(kvittering)

    async def confirm(self, kvittering: Kvittering | SetAside, *, with_next: bool = False) -> None:
        """Tell the other side that one receipt is stored. See `Client.confirm`."""
        if with_next and self._wire.confirm_with_next(kvittering):
            return
        await self._run(lambda: self._wire.confirm(kvittering))

    async def close(self) -> None:
        """Close the connections. The client cannot be used afterwards. See `Client.close`."""
        self._driver.close()
        await self._http.close()
        self._close_signer()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __reduce__(self) -> NoReturn:
        raise not_picklable(
            "an AsyncClient, which holds connections and a private key",
            "open one in each process, from the same ClientConfig",
        )

    async def _run(self, make: Callable[[], Flow[T]], *, begins_soon: bool = False) -> T:
        flow = retry_later(make, self._retries, random.random)
        return await self._driver.run(flow, begins_soon=begins_soon)
