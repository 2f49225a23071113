"""We receive what phase4 answers, as if it were the broker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from sdp.config import Environment
from sdp.domain import DigitalForsendelse, Prioritet
from sdp.ebms import EbmsWire
from sdp.errors import EbmsError, UnknownOutcomeError
from sdp.pki import Identity, TrustStore
from sdp.testmiljo.ca import Issued, TestCA
from sdp.testmiljo.validators.rejection import Ebms
from sdp.transport.request import HttpRequest, HttpResponse
from sdp.wire import ReceiptQueue, SentTo
from tests.conftest import AVSENDER, POSTEN
from tests.driver import drive, first_request
from tests.interop.as4.traffic import Said
from tests.interop.as4.witness import Phase4
from tests.unit.ebms.counterpart import Package, body_of, soap

pytestmark = pytest.mark.timeout(600)  # the first run fetches the Java libraries


@pytest.fixture(scope="module")
def broker(ca: TestCA, moment: datetime) -> Issued:
    return ca.issue(POSTEN, "Meldingsformidleren", moment=moment)


@pytest.fixture
def wire(avsender_identity: Identity, trust: TrustStore) -> EbmsWire:
    environment = Environment(
        name="interop", production=False, broker_url="https://broker.example/api"
    )
    return EbmsWire(
        environment=environment,
        signer=avsender_identity,
        trust=trust,
        databehandler=AVSENDER,
        clock=lambda: datetime.now(UTC),
        sent_to=SentTo(),
    )


def _said(request: HttpRequest) -> Said:
    return Said(request.headers["Content-Type"], body_of(request))


@pytest.fixture
def letter(digital_forsendelse: Callable[[], DigitalForsendelse]) -> DigitalForsendelse:
    return digital_forsendelse()


def test_its_receipt_for_a_letter_settles_that_the_letter_was_sent(
    phase4: Phase4, wire: EbmsWire, broker: Issued, letter: DigitalForsendelse
) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        return soap(phase4.acknowledge(_said(request), broker, timestamp=True))

    result = drive(wire.send(letter, Package()), answer)

    assert result.meldings_id == str(letter.meldings_id)
    assert not result.already_received


def test_its_receipt_needs_the_timestamp_that_the_profile_demands(
    phase4: Phase4, wire: EbmsWire, broker: Issued, letter: DigitalForsendelse
) -> None:
    """phase4 writes no wsu:Timestamp, which AS4 does not ask for either; the profile does."""

    def answer(request: HttpRequest) -> HttpResponse:
        return soap(phase4.acknowledge(_said(request), broker, timestamp=False))

    with pytest.raises(UnknownOutcomeError, match="no Timestamp"):
        drive(wire.send(letter, Package()), answer)


def test_its_receipt_for_another_letter_settles_nothing(
    phase4: Phase4, wire: EbmsWire, broker: Issued, letter: DigitalForsendelse
) -> None:
    other = _said(first_request(wire.send(letter, Package())))

    with pytest.raises(UnknownOutcomeError, match="other content"):
        drive(
            wire.send(letter, Package()),
            lambda _: soap(phase4.acknowledge(other, broker, timestamp=True)),
        )


def test_its_receipt_signed_by_another_settles_nothing(
    phase4: Phase4, wire: EbmsWire, avsender_issued: Issued, letter: DigitalForsendelse
) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        return soap(phase4.acknowledge(_said(request), avsender_issued, timestamp=True))

    with pytest.raises(UnknownOutcomeError):
        drive(wire.send(letter, Package()), answer)


_WARNINGS = {Ebms.FEATURE_NOT_SUPPORTED, Ebms.CONNECTION_FAILURE}


@pytest.mark.parametrize(
    "ebms", [each for each in Ebms if each not in _WARNINGS], ids=lambda each: each.code
)
def test_its_errors_are_read_as_refusals(
    phase4: Phase4, wire: EbmsWire, letter: DigitalForsendelse, ebms: Ebms
) -> None:
    refused = soap(phase4.refuse(ebms.code, ref_to="min-melding"))

    with pytest.raises(EbmsError) as caught:
        drive(wire.send(letter, Package()), lambda _: refused)

    assert (caught.value.code, caught.value.severity) == (ebms.code, "failure")
    assert caught.value.ref_to_message == "min-melding"


@pytest.mark.parametrize(
    "ebms", [each for each in Ebms if each in _WARNINGS], ids=lambda each: each.code
)
def test_what_it_only_warns_of_settles_nothing(
    phase4: Phase4, wire: EbmsWire, letter: DigitalForsendelse, ebms: Ebms
) -> None:
    """In the standard FeatureNotSupported is a warning too, but ConnectionFailure is a failure."""
    warned = soap(phase4.refuse(ebms.code, ref_to="min-melding"))

    with pytest.raises(UnknownOutcomeError, match="a warning alone"):
        drive(wire.send(letter, Package()), lambda _: warned)


def test_its_word_that_a_queue_is_empty_is_taken_though_it_calls_that_a_failure(
    phase4: Phase4, wire: EbmsWire
) -> None:
    """The standard has it as a warning. The code alone says what is meant."""
    empty = soap(phase4.refuse(Ebms.EMPTY_CHANNEL.code, ref_to="mitt-kall"))

    assert drive(wire.pull(ReceiptQueue(Prioritet.NORMAL)), lambda _: empty) is None
