from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from sdp.dpi import DpiWire, Forsendelsesstatus, Statuskode
from sdp.errors import ProblemError, Retry, UnreadableAnswerError, WireError
from sdp.transport.request import ConnectionLostError, HttpResponse
from tests.conftest import EBOKS
from tests.driver import FakeDriver
from tests.unit.dpi.conftest import MakeWire
from tests.unit.dpi.counterpart import AccessPoint, bare, problem


def statuses(
    wire: DpiWire, access_point: AccessPoint, listed: object
) -> tuple[Forsendelsesstatus, ...]:
    access_point.statuses = listed
    return FakeDriver(access_point).run(wire.statuses(str(uuid4())))


def test_each_status_has_a_time_and_a_text(wire: DpiWire, access_point: AccessPoint) -> None:
    listed = [
        {"status": "OPPRETTET", "timestamp": "2026-11-23T10:00:00.123456789+01:00"},
        {"status": "SENDT", "timestamp": "2026-11-23T09:00:01Z", "beskrivelse": None},
        {"status": "FEILET", "beskrivelse": "Ukjent mottaker 01815800083"},
    ]

    assert statuses(wire, access_point, listed) == (
        Forsendelsesstatus(
            Statuskode.OPPRETTET, datetime.fromisoformat("2026-11-23T10:00:00.123456+01:00"), ""
        ),
        Forsendelsesstatus(
            Statuskode.SENDT, datetime.fromisoformat("2026-11-23T09:00:01+00:00"), ""
        ),
        Forsendelsesstatus(Statuskode.FEILET, None, "Ukjent mottaker ***"),
    )


def test_a_letter_nothing_is_known_of_has_no_status(
    wire: DpiWire, access_point: AccessPoint
) -> None:
    assert statuses(wire, access_point, []) == ()


def test_a_status_is_asked_for_by_the_id_of_the_letter(
    make_wire: MakeWire, access_point: AccessPoint
) -> None:
    meldings_id = str(uuid4())

    FakeDriver(access_point).run(make_wire(consumer_org=EBOKS).statuses(meldings_id))

    assert access_point.asked(f"GET /messages/out/{meldings_id}/statuses")
    assert access_point.grants[0]["consumer_org"] == EBOKS


@pytest.mark.parametrize(
    "listed",
    [
        {},
        "SENDT",
        ["SENDT"],
        [{}],
        [{"status": "MOTTATT"}],
        [{"status": ["SENDT"]}],
        [{"status": "SENDT", "timestamp": "9999-12-31T23:59:59-14:00"}],
        [{"status": "SENDT", "timestamp": "yesterday"}],
        [{"status": "SENDT", "timestamp": 5}],
    ],
)
def test_what_is_no_list_of_statuses_is_unreadable_and_may_be_asked_for_again(
    wire: DpiWire, access_point: AccessPoint, listed: Any
) -> None:
    with pytest.raises(UnreadableAnswerError) as caught:
        statuses(wire, access_point, listed)

    assert caught.value.retry is Retry.LATER


def test_a_status_whose_time_has_no_offset_is_known_and_its_time_is_not(
    wire: DpiWire, access_point: AccessPoint
) -> None:
    listed = [
        {"status": "OPPRETTET", "timestamp": "2026-11-23T09:00:01+01:00"},
        {"status": "FEILET", "timestamp": "2026-11-23T09:00:02"},
    ]

    created, failed = statuses(wire, access_point, listed)

    assert created.tidspunkt is not None
    assert (failed.kode, failed.tidspunkt) == (Statuskode.FEILET, None)


def test_an_unknown_id_may_be_told_by_an_answer_without_content(
    wire: DpiWire, access_point: AccessPoint
) -> None:
    access_point.otherwise = lambda _: bare(204)

    assert statuses(wire, access_point, []) == ()


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"retry-after": "30"}, 30),
        (503, {"retry-after": "120"}, 120),
        (
            503,
            {
                "retry-after": "Sun, 29 Nov 2026 10:01:00 GMT",
                "date": "Sun, 29 Nov 2026 10:00:00 GMT",
            },
            60,
        ),
        (503, {"retry-after": "Sun, 29 Nov 2026 10:01:00 GMT"}, None),
        (503, {"retry-after": "soon", "date": "now"}, None),
        (502, {}, None),
        (504, {}, None),
        (407, {}, None),
    ],
)
def test_trouble_on_the_way_has_a_remedy_and_passes_on_how_long_to_wait(
    wire: DpiWire,
    access_point: AccessPoint,
    status: int,
    headers: dict[str, str],
    seconds: float | None,
) -> None:
    access_point.otherwise = lambda _: HttpResponse(status, headers, b"<html>nginx</html>")

    with pytest.raises(ProblemError) as caught:
        statuses(wire, access_point, [])

    assert caught.value.retry_after == seconds
    assert caught.value.remedy


def test_a_refusal_is_told_as_such(wire: DpiWire, access_point: AccessPoint) -> None:
    access_point.otherwise = lambda _: problem(403, "no")

    with pytest.raises(ProblemError, match="403"):
        statuses(wire, access_point, [])


def test_no_answer_may_be_tried_again(wire: DpiWire, access_point: AccessPoint) -> None:
    access_point.otherwise = lambda _: ConnectionLostError("reset")

    with pytest.raises(WireError) as caught:
        statuses(wire, access_point, [])

    assert caught.value.retry is Retry.LATER


def test_a_status_shows_no_text() -> None:
    assert "Ola" not in repr(Forsendelsesstatus(Statuskode.FEILET, None, "Ola"))


def test_an_id_that_the_access_point_does_not_know_is_told_as_such(
    wire: DpiWire, access_point: AccessPoint
) -> None:
    access_point.otherwise = lambda _: bare(404)

    with pytest.raises(ProblemError, match="unknown message id") as caught:
        statuses(wire, access_point, [])
    assert caught.value.retry is Retry.NEVER
    assert "meldings_id of a letter that was sent" in caught.value.remedy
