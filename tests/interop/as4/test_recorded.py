"""phase4 reads the recorded messages as it reads ours: what differs from AS4 is the profile's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interop.as4.witness import Phase4
from tests.reference import reference

pytestmark = pytest.mark.timeout(600)  # the first run fetches the Java libraries

LETTER = "1_request_forretningsmelding_fra_postavsender_til_meldingsformidler"
LETTER_RECEIPT = (
    "1_response_kvittering_for_mottatt_forretningsmelding_fra_meldingsformidler_til_postavsender"
)
PULL = "6_request_forespoersel_om_forretningskvittering_fra_postavsender_til_meldingsformidler"
EMPTY = "6_response_error_fra_meldingsformidler_til_postavsender"


def _read(phase4: Phase4, name: str) -> dict[str, Any]:
    found = phase4.read(reference(f"examples/soap/{name}.xml").read_bytes())
    assert found["invalid"] == []
    (message,) = found["messages"]
    assert isinstance(message, dict)
    return message


def test_a_recorded_letter_has_the_words_that_ours_have(phase4: Phase4) -> None:
    """`SDP` is no absolute URI and has no type, and the id of the message has no @.

    ebMS 3.0 core, section 5.2.2, asks for one of the former, and for an id as in RFC 2822. The
    profile has neither; phase4 takes both.
    """
    message = _read(phase4, LETTER)

    assert (message["service"], message["service_type"]) == ("SDP", None)
    assert "@" not in message["message_id"]
    assert message["mpc"] == "urn:normal"
    assert (message["from_role"], message["to_role"]) == (
        "urn:sdp:avsender",
        "urn:sdp:meldingsformidler",
    )
    assert message["agreement"].endswith("/Meldingsutveksling/FormidleDigitalPostForsendelse")
    assert message["action"] == "FormidleDigitalPost"
    assert [part["href"] is None for part in message["parts"]] == [True, False]
    assert message["parts"][1]["properties"] == {
        "MimeType": "application/cms",
        "Content": "sdp:Dokumentpakke",
    }


def test_a_recorded_transport_receipt_is_for_body_and_package_alone(phase4: Phase4) -> None:
    letter, receipt = _read(phase4, LETTER), _read(phase4, LETTER_RECEIPT)

    assert (receipt["kind"], receipt["ref_to"]) == ("Receipt", letter["message_id"])
    uris = {uri for uri, _ in receipt["references"]}
    assert uris == {"#soapBody", letter["parts"][1]["href"]}


def test_a_recorded_pull_and_its_answer_are_read_as_ours_are(phase4: Phase4) -> None:
    pull, answer = _read(phase4, PULL), _read(phase4, EMPTY)

    assert (pull["kind"], pull["mpc"]) == ("PullRequest", "urn:normal")
    assert (answer["kind"], answer["ref_to"]) == ("Error", pull["message_id"])
    (error,) = answer["errors"]
    assert (error["code"], error["severity"]) == ("EBMS:0006", "warning")
    assert error["ref_to"] == pull["message_id"]


def test_phase4_says_so_where_a_header_breaks_the_schema(phase4: Phase4) -> None:
    recorded = reference(f"examples/soap/{PULL}.xml").read_bytes()

    found = phase4.read(recorded.replace(b":MessageId>", b":Something>"))

    assert any("Something" in error for error in found["invalid"])
