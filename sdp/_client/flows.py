"""What a client does, as flows: from a letter to a confirmed receipt."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sdp._client.waits import Waits
from sdp._http.flow import wait
from sdp.dokumentpakke import pack
from sdp.errors import InvalidInputError, Problem, RefusedError, Retry, UnknownOutcomeError
from sdp.pki import Usage
from sdp.wire import SetAside

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp._client.parts import Parts
    from sdp._http.flow import Flow
    from sdp.domain import Forsendelse, Kvittering, SendResultat
    from sdp.wire import Ko, PendingMessage

_log = logging.getLogger("sdp.client")

_SHORTEST_WAIT_SECONDS = 1.0


class ClientFlows:
    """Knows the order of things, and nothing of formats, sockets or event loops."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._waits = Waits(parts.environment)

    def send(self, forsendelse: Forsendelse) -> Flow[SendResultat]:
        """Check, pack and send one letter."""
        parts = self._parts
        self._refuse_synthetic_person_in_production(forsendelse)
        parts.wire.check(forsendelse)
        moment = parts.clock()
        mottaker = forsendelse.teknisk_mottaker
        parts.trust.validate(
            mottaker.sertifikat,
            moment=moment,
            usage=Usage.ENCRYPTION,
            organisasjonsnummer=mottaker.organisasjonsnummer,
        )
        pakke = pack(
            forsendelse,
            parts.signer,
            moment=moment,
            profile=parts.wire.profile,
            size_limit=parts.environment.size_limit_bytes,
        )
        try:
            resultat = yield from parts.wire.send(forsendelse, pakke)
        except UnknownOutcomeError:
            raise  # the package lives on in error.pending
        except BaseException:
            pakke.close()
            raise
        pakke.close()
        return resultat

    def resend(self, pending: PendingMessage) -> Flow[SendResultat]:
        """Send the very same message again; close it when its fate is known."""
        try:
            resultat = yield from self._parts.wire.resend(pending)
        except RefusedError as error:
            if error.retry is Retry.NEVER:
                pending.close()
            raise
        pending.close()
        return resultat

    def receipts(self, ko: Ko, *, follow: bool) -> Flow[None]:
        """Hand out receipts, and what came in place of one, until none is left or for ever."""
        remaining = self._waits.remaining(ko, self._parts.clock())
        if remaining and not follow:
            _log.info(
                "the queue was empty a moment ago; it may be asked again in %.0f s", remaining
            )
            return
        while True:
            if remaining:
                yield from wait(remaining)
            yield from self._parts.wire.receipts(ko)
            self._waits.note_empty(ko, self._parts.clock())
            if not follow:
                return
            remaining = self._waits.remaining(ko, self._parts.clock())
            remaining = max(remaining, _SHORTEST_WAIT_SECONDS)

    def confirm(self, received: Kvittering | SetAside) -> Flow[None]:
        """Confirm one receipt on its own."""
        return self._parts.wire.confirm(received)

    def _refuse_synthetic_person_in_production(self, forsendelse: Forsendelse) -> None:
        if self._parts.environment.production and forsendelse.uses_synthetic_person:
            problem = Problem("personidentifikator", "must not be a synthetic test number here")
            raise InvalidInputError(
                "Forsendelse",
                [problem],
                remedy="Send test letters in a test environment.",
            )


def receipt_in(
    item: Kvittering | SetAside, on_set_aside: Callable[[SetAside], None] | None
) -> Kvittering | None:
    """Return a receipt as it is; log what came in place of one, and tell whoever wants to know."""
    if not isinstance(item, SetAside):
        return item
    _log.warning("a receipt was set aside: %s", item.reason)
    if on_set_aside is not None:
        on_set_aside(item)
    return None
