"""phase4, an AS4 implementation, receives what we send to the broker, and finds what we put in."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

import pytest

from sdp.domain import Avsender, Forsendelse, FysiskForsendelse, Prioritet
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.environment import ANNEN_AVSENDER, AVSENDER, MELDINGSFORMIDLER
from tests.e2e.client.conftest import Letters
from tests.interop.as4.traffic import Exchanged, converse
from tests.interop.as4.witness import Phase4, fingerprint

pytestmark = pytest.mark.timeout(600)  # the first run fetches the Java libraries

ISO6523 = "urn:oasis:names:tc:ebcore:partyid-type:iso6523:9908"
AGREEMENT = "http://begrep.difi.no/SikkerDigitalPost/1.0/transportlag/Meldingsutveksling/"
_PRIORITERT = Prioritet.PRIORITERT


@pytest.fixture(scope="module")
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


@pytest.fixture(scope="module")
def sent(miljo: Testmiljo) -> Exchanged:
    """A digital letter, and the broker's answer to it."""
    letter = Letters(miljo).digital()
    _, (exchanged,) = converse(miljo, lambda client: client.send(letter))
    return exchanged


@dataclass(frozen=True)
class Case:
    name: str
    write: Callable[[Letters], Forsendelse]
    mpc: str = "urn:normal"


CASES = (
    Case("digital", Letters.digital),
    Case("print", Letters.fysisk),
    Case("prioritised", lambda each: each.digital(prioritet=_PRIORITERT), "urn:prioritert"),
    Case("a queue of its own", lambda each: each.digital(mpc_id="min-ko"), "urn:normal:min-ko"),
    Case(
        "a prioritised queue of its own, for print",
        lambda each: each.fysisk(prioritet=_PRIORITERT, mpc_id="min-ko"),
        "urn:prioritert:min-ko",
    ),
    Case(
        "on behalf of another",
        lambda each: each.digital(avsender=Avsender(organisasjonsnummer=ANNEN_AVSENDER)),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_letter_is_received_with_exactly_what_it_was_given(
    phase4: Phase4, miljo: Testmiljo, case: Case
) -> None:
    letter = case.write(Letters(miljo))
    result, (exchanged,) = converse(miljo, lambda client: client.send(letter))

    found = phase4.receive(exchanged.asked, trust=miljo.ca.certificates, mpcs=[case.mpc])

    assert found["errors"] == []
    (attachment,) = found["attachments"]
    assert attachment["type"] == "application/cms"
    assert attachment["sha256"] == result.fingerprint.hex()
    action = f"Formidle{'Fysisk' if isinstance(letter, FysiskForsendelse) else 'Digital'}Post"
    package = {"MimeType": "application/cms", "Content": "sdp:Dokumentpakke"}
    (message,) = found["messages"]
    assert datetime.fromisoformat(message.pop("timestamp")) == _to_ms(result.sent_at)
    assert message == {
        "kind": "UserMessage",
        "message_id": result.transport_id,
        "ref_to": None,
        "mpc": case.mpc,
        "from": [[ISO6523, f"9908:{AVSENDER}"]],
        "from_role": "urn:sdp:avsender",
        "to": [[ISO6523, f"9908:{MELDINGSFORMIDLER}"]],
        "to_role": "urn:sdp:meldingsformidler",
        "agreement": f"{AGREEMENT}{action}Forsendelse",
        "pmode": None,
        "service": "SDP",
        "service_type": None,
        "action": action,
        "conversation_id": str(letter.meldings_id),
        "parts": [
            {"href": None, "properties": {}},
            {"href": f"cid:{attachment['id']}", "properties": package},
        ],
    }
    assert found["payload"] == "StandardBusinessDocument"
    assert found["signer"] == fingerprint(miljo.avsender.certificate)


_SENSITIVE = {
    "the queue": (b'mpc="urn:normal"', b'mpc="urn:prioritert"'),
    "the title": (b"Brev fra Testetaten", b"Brev fra Testetater"),
    "the timestamp": (b"<wsu:Expires>2", b"<wsu:Expires>3"),
    "the package": (b">\r\n\r\n0", b">\r\n\r\n1"),
}


@pytest.mark.parametrize(("before", "after"), _SENSITIVE.values(), ids=_SENSITIVE)
def test_phase4_refuses_a_letter_that_was_changed(
    phase4: Phase4, miljo: Testmiljo, sent: Exchanged, before: bytes, after: bytes
) -> None:
    assert before in sent.asked.content

    changed = replace(sent.asked, content=sent.asked.content.replace(before, after, 1))

    (error,) = phase4.receive(changed, trust=miljo.ca.certificates)["errors"]
    assert error["code"] == "EBMS:0102"
    assert error["detail"].startswith("Error processing the WSSecurity Header")


def test_phase4_refuses_a_letter_of_a_stranger(
    phase4: Phase4, miljo: Testmiljo, sent: Exchanged
) -> None:
    (error,) = phase4.receive(sent.asked, trust=[miljo.stranger.certificate])["errors"]
    assert error["code"] == "EBMS:0102"


def test_phase4_refuses_a_queue_that_it_does_not_have(phase4: Phase4, miljo: Testmiljo) -> None:
    mpc_id = str(uuid4())
    letter = Letters(miljo).digital(mpc_id=mpc_id)
    _, (exchanged,) = converse(miljo, lambda client: client.send(letter))

    (error,) = phase4.receive(exchanged.asked, trust=miljo.ca.certificates)["errors"]
    assert f"'urn:normal:{mpc_id}' is unknown" in error["detail"]


@pytest.mark.parametrize(
    "required", ["MessageId", "Timestamp", "PartyId", "Service", "Action", "ConversationId"]
)
def test_phase4_refuses_a_header_without_what_it_must_have(
    phase4: Phase4, miljo: Testmiljo, sent: Exchanged, required: str
) -> None:
    renamed = sent.asked.content.replace(f"eb:{required}".encode(), b"eb:Something")

    changed = replace(sent.asked, content=renamed)

    errors = phase4.receive(changed, trust=miljo.ca.certificates)["errors"]
    assert {error["code"] for error in errors} == {"EBMS:0009"}


def test_the_transport_receipt_is_received_as_one_for_body_and_package(
    phase4: Phase4, miljo: Testmiljo
) -> None:
    letter = Letters(miljo).digital()
    result, (exchanged,) = converse(miljo, lambda client: client.send(letter))

    found = phase4.receive(exchanged.answered, trust=miljo.ca.certificates)

    assert found["errors"] == []
    (receipt,) = found["messages"]
    assert (receipt["kind"], receipt["ref_to"]) == ("Receipt", result.transport_id)
    (body, _), (package, digest) = receipt["references"]
    assert body == "#soapBody"
    assert package.startswith("cid:")
    assert base64.b64decode(digest) == result.fingerprint
    assert found["signer"] == fingerprint(miljo.broker.actor.certificate)


def test_phase4_as_the_sender_would_miss_header_and_timestamp_in_that_receipt(
    phase4: Phase4, sent: Exchanged
) -> None:
    """A transport receipt repeats two of the four references that were signed.

    AS4 has a receipt repeat, by default, every reference that was signed, and phase4 demands just
    that. The profile has those to body and attachment, as the recorded receipts show; they are what
    a receipt must hold for us, and any other of the four is welcome.
    """
    found = phase4.match(sent.asked, sent.answered.content)

    assert found["verdicts"] == []
    (too_few, some_missing) = found["errors"]
    assert "contains 4 DSig references" in too_few
    assert "contains 2 DSig references" in too_few
    assert some_missing.startswith("No all sent DSig references were found")


def test_phase4_as_the_sender_would_not_know_the_receipt_of_another_letter(
    phase4: Phase4, miljo: Testmiljo, sent: Exchanged
) -> None:
    other = Letters(miljo).digital()
    _, (exchanged,) = converse(miljo, lambda client: client.send(other))

    found = phase4.match(sent.asked, exchanged.answered.content)

    unknown = [error for error in found["errors"] if "not found in the source list" in error]
    assert len(unknown) == 2


def _to_ms(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
