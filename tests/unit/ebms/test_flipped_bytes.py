"""No flipped byte changes what is read from a signed message: it is refused, or means the same.

What may differ and go unnoticed is what nobody signed and nobody reads: the layout of the signature
itself, and ids that nothing points at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

import pytest

from sdp.domain import Kvittering, Kvitteringsreferanse, Prioritet, SendResultat
from sdp.ebms import EbmsPending, EbmsWire
from sdp.ebms.envelope import read_envelope, verify_envelope
from sdp.ebms.kvittering import read_kvittering
from sdp.errors import SdpError, UnknownOutcomeError
from sdp.pki import TrustStore
from sdp.testmiljo.signing import Actor
from sdp.transport.request import ConnectionLostError, HttpRequest
from sdp.wire import ReceiptQueue, SetAside, Signers
from sdp.xmlsec import exclusive, parse
from tests.conftest import AVSENDER, EBOKS
from tests.driver import drive, first_request
from tests.unit.ebms.counterpart import KINDS, Broker, Package, body_of, receipt, soap
from tests.unit.ebms.test_sending import Letters

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

T = TypeVar("T")

_STRIDE = 11
_MASKS = (0x01, 0x20, 0x80)


def flipped(content: bytes) -> Iterator[bytes]:
    """Copies with one byte changed: every eleventh place, by each mask in turn."""
    for count, place in enumerate(range(0, len(content), _STRIDE)):
        copy = bytearray(content)
        copy[place] ^= _MASKS[count % len(_MASKS)]
        yield bytes(copy)


def assert_nothing_else_is_read(content: bytes, read: Callable[[bytes], T]) -> None:
    """Fail where a flipped byte makes `read` return something else, or raise a stranger's error."""
    intact, refused = read(content), 0
    for count, copy in enumerate(flipped(content)):
        try:
            found = read(copy)
        except SdpError:
            refused += 1
        else:
            assert found == intact, f"flipping byte {count * _STRIDE} went unnoticed"
    assert refused > len(content) / _STRIDE * 0.8


def test_a_flipped_byte_in_a_transport_receipt_changes_nothing_that_is_read(
    wire: EbmsWire, digital_forsendelse: Letters, package: Package, broker: Broker
) -> None:
    requests: list[HttpRequest] = []

    def lose(request: HttpRequest) -> ConnectionLostError:
        requests.append(request)
        return ConnectionLostError("lost")

    with pytest.raises(UnknownOutcomeError) as caught:
        drive(wire.send(digital_forsendelse(), package), lose)
    pending = caught.value.pending
    assert isinstance(pending, EbmsPending)

    def read(content: bytes) -> SendResultat:
        return drive(wire.resend(pending), lambda _: soap(content))

    assert_nothing_else_is_read(broker.transport_receipt(requests[0]).content, read)


def test_a_flipped_byte_in_a_receipt_changes_nothing_that_is_read(
    mailbox_actor: Actor, trust: TrustStore, moment: datetime
) -> None:
    def read(content: bytes) -> Kvittering:
        found = read_kvittering(
            parse(content),
            trust=trust,
            moment=moment,
            signers=Signers([EBOKS], {}, lambda _: (), section="ebms"),
            referanse=Kvitteringsreferanse(message_id="1", prioritet=Prioritet.NORMAL),
        )
        return found.model_copy(update={"raw": b""})

    sbd = receipt(mailbox_actor, moment, KINDS["VarslingFeiletKvittering"]())
    assert_nothing_else_is_read(sbd, read)


@pytest.mark.slow
def test_a_flipped_byte_in_a_pulled_message_changes_nothing_that_is_read(
    wire: EbmsWire, broker: Broker, mailbox_actor: Actor, moment: datetime
) -> None:
    def read(content: bytes) -> Kvittering:
        found = drive(wire.pull(ReceiptQueue(Prioritet.NORMAL)), lambda _: soap(content))
        assert found is not None
        if isinstance(found, SetAside):
            raise found.reason
        return found.model_copy(update={"raw": b""})

    answer = broker.pulled(receipt(mailbox_actor, moment), message_id="message-1")
    assert_nothing_else_is_read(answer.content, read)


def test_a_flipped_byte_in_a_message_of_ours_changes_nothing_that_is_read(
    wire: EbmsWire, trust: TrustStore, moment: datetime
) -> None:
    def read(content: bytes) -> bytes:
        verified = verify_envelope(
            read_envelope(parse(content)),
            trust=trust,
            moment=moment,
            organisasjonsnummer=AVSENDER,
        )
        return exclusive(verified.messaging) + exclusive(verified.body)

    request = first_request(wire.pull(ReceiptQueue(Prioritet.NORMAL, "lonn")))
    assert_nothing_else_is_read(body_of(request), read)
