"""Ids and instants from outside, at the entry points that read them."""

from __future__ import annotations

import json
from datetime import UTC, timedelta, timezone
from uuid import UUID

from sdp.dpi.kvittering import read_kvittering
from sdp.dpi.statuses import fetch_statuses
from sdp.jose import sign
from sdp.maskinporten import Token
from sdp.transport.request import HttpResponse
from sdp.wire import SentTo, Signers
from sdp.wss import read_instant
from tests.driver import drive
from tests.fuzz.target import Target
from tests.fuzz.world import AVSENDER, MAILBOX, World
from tests.unit.dpi.counterpart import KONVERSASJON, receipt

_INSTANTS = [
    b"2026-11-23T12:00:00.123+01:00",
    b"9999-12-31T23:59:59-14:00",
    b"1970-01-01T00:00:00Z",
    b"2016-12-31T23:59:60Z",
    b"2999-12-31T24:00:00+14:00",
]
_IDS = [KONVERSASJON.encode(), f"urn:uuid:{KONVERSASJON}".encode(), KONVERSASJON.upper().encode()]


def gate_targets(world: World) -> list[Target]:
    """Return the targets of this kind."""
    token = Token("a.b.c", world.moment)
    sent = SentTo({KONVERSASJON: MAILBOX}.get)
    signers = Signers([], {}, sent.find, section="dpi")

    def instant(data: bytes) -> None:
        moment = read_instant(data.decode("utf-8", errors="replace"))
        for hours in (-23, 23):  # whoever meets it can tell it anywhere, and write it in UTC
            moment.astimezone(timezone(timedelta(hours=hours)))
        assert 1970 <= moment.astimezone(UTC).year <= 2999

    def status(data: bytes) -> None:
        written = {"status": "SENDT", "timestamp": data.decode("utf-8", errors="replace")}
        answer = HttpResponse(200, {}, json.dumps([written]).encode())
        drive(fetch_statuses("https://a.example", str(UUID(int=1)), token), lambda _: answer)

    def identifier(data: bytes) -> None:
        written = data.decode("utf-8", errors="replace")
        message = receipt(MAILBOX, konversasjons_id=written)
        found = read_kvittering(
            sign(json.dumps(message).encode(), world.mailbox),
            trust=world.ca.trust,
            moment=world.moment,
            signers=signers,
            receivers=[AVSENDER],
        )
        # A receipt that is believed is about the letter that was looked up, however it is read.
        assert found.konversasjons_id == str(UUID(written)) == KONVERSASJON

    return [
        Target("instant", _INSTANTS, instant, trusted=False),
        Target("status", _INSTANTS[:1], status),
        Target("identifier", _IDS, identifier, inputs=100, trusted=False),
    ]
