from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from sdp.dokumentpakke import Profile
from sdp.domain import Avsender, DigitalForsendelse, FysiskForsendelse, SendResultat
from sdp.dpi import DpiPending, DpiWire
from sdp.ebms import EbmsPending
from sdp.errors import (
    AlreadyReceivedError,
    Fault,
    InvalidInputError,
    NotSentError,
    ProblemError,
    Retry,
    TokenError,
    UnauthorizedError,
    UnknownOutcomeError,
)
from sdp.transport.request import ConnectionLostError, HttpRequest, HttpResponse
from sdp.wire import Wire
from tests.conftest import AVSENDER, EBOKS, POSTEN, PRINTER
from tests.driver import Answer, FakeDriver
from tests.unit.dpi.conftest import MakeWire
from tests.unit.dpi.counterpart import (
    ROOT,
    AccessPoint,
    Taken,
    as_json,
    bare,
    path,
    problem,
)
from tests.unit.ebms.counterpart import Clock, Package, body_of

Letters = Callable[..., DigitalForsendelse]
OUT = "POST /messages/out"


@pytest.fixture
def driven(access_point: AccessPoint) -> FakeDriver:
    return FakeDriver(access_point)


@pytest.fixture
def send(
    wire: DpiWire, driven: FakeDriver, digital_forsendelse: Letters, package: Package
) -> Callable[[Answer], SendResultat]:
    """Send a letter that is met with one answer, whatever is tried."""

    def sent(answer: Answer) -> SendResultat:
        assert isinstance(driven.answer, AccessPoint)
        driven.answer.otherwise = lambda _: answer
        return driven.run(wire.send(digital_forsendelse(), package))

    return sent


@pytest.fixture
def pending(send: Callable[[Answer], SendResultat], access_point: AccessPoint) -> DpiPending:
    """A letter whose fate is unknown; the access point answers rightly from now on."""
    with pytest.raises(UnknownOutcomeError) as caught:
        send(ConnectionLostError("reset"))
    access_point.otherwise = lambda _: None
    assert isinstance(caught.value.pending, DpiPending)
    return caught.value.pending


def out_with(answer: Answer) -> Callable[[HttpRequest], Answer | None]:
    return lambda request: answer if path(request) == "/messages/out" else None


def test_this_is_a_wire_as_the_client_knows_wires(wire: DpiWire) -> None:
    known: Wire = wire

    assert known.profile is Profile.DPI


# Accepted.


def test_an_accepted_letter_gives_its_ids_sizes_and_fingerprint(
    wire: DpiWire, driven: FakeDriver, digital_forsendelse: Letters, package: Package, clock: Clock
) -> None:
    letter = digital_forsendelse()

    assert driven.run(wire.send(letter, package)) == SendResultat(
        meldings_id=str(letter.meldings_id),
        konversasjons_id=str(letter.konversasjons_id),
        transport_id=str(letter.meldings_id),
        sent_at=clock.now,
        billable_bytes=4711,
        package_size=package.size,
        fingerprint=package.fingerprint,
    )
    assert not package.closed


def test_a_letter_is_a_form_of_two_files(
    wire: DpiWire,
    driven: FakeDriver,
    digital_forsendelse: Letters,
    package: Package,
    access_point: AccessPoint,
) -> None:
    driven.run(wire.send(digital_forsendelse(), package))

    (request,) = access_point.requests
    taken = Taken.apart(request)
    assert taken.parts == [
        ("forretningsmelding", "sbd.jwt", "application/jwt"),
        ("dokumentpakke", "asic.cms", "application/cms"),
    ]
    assert taken.package == package.content
    assert body_of(request) == body_of(request)
    assert request.url == f"{ROOT}/messages/out"


def test_the_message_holds_the_very_token_of_the_request(
    wire: DpiWire, driven: FakeDriver, digital_forsendelse: Letters, access_point: AccessPoint
) -> None:
    driven.run(wire.send(digital_forsendelse(), Package()))

    taken = Taken.apart(access_point.requests[0])
    assert taken.body["maskinportentoken"] == taken.bearer
    assert taken.header["alg"] == "RS256"


def test_the_message_holds_the_fingerprint_of_the_encrypted_package(
    wire: DpiWire, driven: FakeDriver, digital_forsendelse: Letters, access_point: AccessPoint
) -> None:
    driven.run(wire.send(digital_forsendelse(), Package()))

    taken = Taken.apart(access_point.requests[0])
    digest = base64.b64encode(hashlib.sha256(taken.package).digest()).decode()
    assert taken.body["dokumentpakkefingeravtrykk"] == {
        "digestMethod": "http://www.w3.org/2001/04/xmlenc#sha256",
        "digestValue": digest,
    }


def test_a_print_letter_is_sent_to_the_printer(
    wire: DpiWire,
    driven: FakeDriver,
    fysisk_forsendelse: Callable[..., FysiskForsendelse],
    access_point: AccessPoint,
) -> None:
    driven.run(wire.send(fysisk_forsendelse(), Package()))

    taken = Taken.apart(access_point.requests[0])
    assert taken.kind == taken.sbdh["documentIdentification"]["type"] == "utskrift"
    assert taken.sbdh["receiver"][0]["identifier"]["value"] == f"0192:{PRINTER}"


def test_no_fodselsnummer_leaves_in_the_message(
    wire: DpiWire, driven: FakeDriver, digital_forsendelse: Letters, access_point: AccessPoint
) -> None:
    letter = digital_forsendelse()
    driven.run(wire.send(letter, Package()))

    taken = Taken.apart(access_point.requests[0])
    assert letter.mottaker.personidentifikator not in str(taken.payload)
    assert taken.body["mottaker"] == {"postkasseadresse": letter.mottaker.postkasseadresse}


def test_a_letter_is_marked_with_the_channel(
    make_wire: MakeWire, driven: FakeDriver, digital_forsendelse: Letters, access_point: AccessPoint
) -> None:
    driven.run(make_wire(kanal="Lonn_1").send(digital_forsendelse(), Package()))

    assert access_point.requests[0].url == f"{ROOT}/messages/out?kanal=Lonn_1"


def test_an_expected_response_is_told_where_it_is_set(
    make_wire: MakeWire,
    driven: FakeDriver,
    digital_forsendelse: Letters,
    access_point: AccessPoint,
    clock: Clock,
) -> None:
    wire = make_wire(response_within=timedelta(hours=24))
    driven.run(wire.send(digital_forsendelse(), Package()))

    (scope,) = Taken.apart(access_point.requests[0]).sbdh["businessScope"]["scope"]
    expected = f"{clock.now + timedelta(hours=24):%Y-%m-%dT%H:%M:%S}.000+00:00"
    assert scope["scopeInformation"] == [{"expectedResponseDateTime": expected}]


# On behalf of another.


def test_a_letter_of_ones_own_asks_for_a_token_of_ones_own(
    make_wire: MakeWire, driven: FakeDriver, digital_forsendelse: Letters, access_point: AccessPoint
) -> None:
    driven.run(make_wire(resource=ROOT).send(digital_forsendelse(), Package()))

    (grant,) = access_point.grants
    assert grant["scope"] == "digitalpostinnbygger:send"
    assert grant["resource"] == ROOT
    assert "consumer_org" not in grant


def test_a_letter_for_another_is_sent_with_a_token_for_that_other_and_signed_by_the_supplier(
    wire: DpiWire, driven: FakeDriver, digital_forsendelse: Letters, access_point: AccessPoint
) -> None:
    driven.run(wire.send(digital_forsendelse(avsender=_avsender(EBOKS)), Package()))

    (grant,) = access_point.grants
    assert grant["consumer_org"] == EBOKS
    taken = Taken.apart(access_point.requests[0])
    assert taken.sbdh["sender"][0]["identifier"]["value"] == f"0192:{AVSENDER}"
    assert taken.body["avsender"]["virksomhetsidentifikator"]["value"] == f"0192:{EBOKS}"


def _avsender(number: str) -> Avsender:
    return Avsender(organisasjonsnummer=number)


def test_the_databehandler_is_read_from_the_certificate_where_it_is_not_told(
    make_wire: MakeWire, driven: FakeDriver, digital_forsendelse: Letters, access_point: AccessPoint
) -> None:
    driven.run(make_wire(databehandler=None).send(digital_forsendelse(), Package()))

    taken = Taken.apart(access_point.requests[0])
    assert taken.sbdh["sender"][0]["identifier"]["value"] == f"0192:{AVSENDER}"


# The token.


def test_an_expired_token_is_renewed_once_and_the_message_signed_anew_with_the_same_ids(
    wire: DpiWire, driven: FakeDriver, digital_forsendelse: Letters, access_point: AccessPoint
) -> None:
    answers = [problem(401, "expired"), None]
    access_point.otherwise = lambda _: answers.pop(0)
    letter = digital_forsendelse()

    result = driven.run(wire.send(letter, Package()))

    assert not result.already_received
    first, second = (Taken.apart(request) for request in access_point.requests)
    assert first.bearer != second.bearer
    assert second.body["maskinportentoken"] == second.bearer
    assert first.sbdh == second.sbdh
    assert first.sbdh["documentIdentification"]["instanceIdentifier"] == str(letter.meldings_id)


def test_a_new_token_that_is_not_accepted_either_is_a_refusal(
    send: Callable[[Answer], SendResultat], access_point: AccessPoint
) -> None:
    with pytest.raises(UnauthorizedError, match="no such customer"):
        send(problem(401, "no such customer"))

    assert len(access_point.requests) == len(access_point.grants) == 2


# Refused.


@pytest.mark.parametrize("status", [302, 400, 403, 404, 409, 413, 415, 422])
def test_a_refusal_is_told_as_one_and_not_tried_again(
    send: Callable[[Answer], SendResultat], access_point: AccessPoint, status: int
) -> None:
    with pytest.raises(ProblemError) as caught:
        send(problem(status, "instanceIdentifier mangler", "Valideringsfeil"))

    error = caught.value
    assert (error.status, error.title) == (status, "Valideringsfeil")
    assert error.detail == "instanceIdentifier mangler"
    assert (error.fault, error.retry) == (Fault.CLIENT, Retry.NEVER)
    assert len(access_point.requests) == 1


@pytest.mark.parametrize("status", [301, 400, 403, 404, 413])
def test_a_refusal_without_words_is_one_too(
    send: Callable[[Answer], SendResultat], status: int
) -> None:
    with pytest.raises(ProblemError, match=f"status {status}: no reason given"):
        send(bare(status))


def test_too_many_requests_may_be_tried_later(send: Callable[[Answer], SendResultat]) -> None:
    with pytest.raises(ProblemError) as caught:
        send(problem(429))

    assert caught.value.retry is Retry.LATER


def test_a_package_that_is_too_large_is_told_with_what_to_do(
    send: Callable[[Answer], SendResultat],
) -> None:
    with pytest.raises(ProblemError) as caught:
        send(bare(413))

    assert "smaller documents" in caught.value.remedy


def test_a_refusal_shows_nothing_private(send: Callable[[Answer], SendResultat]) -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzY29wZSI6ImEifQ.c2ln"
    with pytest.raises(ProblemError) as caught:
        send(problem(400, f"01815800083 99999999 ola@nordmann.no {token}", "Feil"))

    assert caught.value.detail == "*** *** ***"  # two numbers side by side are masked as one


def test_the_id_of_a_letter_is_not_taken_for_a_phone_number(
    send: Callable[[Answer], SendResultat],
) -> None:
    with pytest.raises(ProblemError, match="status 400") as caught:
        send(problem(400, "12345678-1234-4123-8123-123456789012 mangler"))
    assert "12345678-1234-4123-8123-123456789012" in caught.value.remote_text


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[1]", b'"no"', b'{"title": 1}', b"[" * 100_000]
)
def test_a_refusal_that_is_no_problem_is_still_a_refusal(
    send: Callable[[Answer], SendResultat], content: bytes
) -> None:
    answer = bare(400)
    with pytest.raises(ProblemError):
        send(type(answer)(400, {"content-type": "application/problem+json"}, content))


def test_ids_that_are_used_already_are_no_refusal_on_a_first_try_but_an_error_of_their_own(
    send: Callable[[Answer], SendResultat],
) -> None:
    with pytest.raises(AlreadyReceivedError) as caught:
        send(problem(409, "instanceIdentifier already used"))

    assert caught.value.retry is Retry.NEVER


def test_a_conflict_that_says_nothing_is_a_refusal_that_tells_how_to_settle_it(
    send: Callable[[Answer], SendResultat], access_point: AccessPoint
) -> None:
    access_point.statuses = [{"status": "OPPRETTET"}]

    with pytest.raises(ProblemError) as caught:
        send(bare(409))

    assert "repeated=True" in caught.value.remedy


def test_a_gateway_that_refuses_is_told_apart_from_the_access_point(
    send: Callable[[Answer], SendResultat],
) -> None:
    page = HttpResponse(403, {"content-type": "text/html"}, b"<h1>Request rejected</h1>")
    with pytest.raises(ProblemError) as caught:
        send(page)

    assert "gateway" in caught.value.remedy


def test_an_unknown_outcome_passes_on_how_long_to_wait(
    send: Callable[[Answer], SendResultat],
) -> None:
    with pytest.raises(UnknownOutcomeError) as caught:
        send(HttpResponse(503, {"retry-after": "30"}, b""))

    assert caught.value.retry_after == 30


def test_nothing_left_this_machine_is_told_as_such(send: Callable[[Answer], SendResultat]) -> None:
    with pytest.raises(NotSentError):
        send(NotSentError("no connection"))


# Unknown.


@pytest.mark.parametrize(
    "answer",
    [
        ConnectionLostError("reset"),
        bare(500),
        bare(502),
        bare(503),
        problem(500, "NullPointerException"),
        bare(408),
        bare(204),
        bare(206),
    ],
    ids=str,
)
def test_what_settles_nothing_leaves_the_outcome_unknown(
    send: Callable[[Answer], SendResultat], access_point: AccessPoint, answer: Answer
) -> None:
    with pytest.raises(UnknownOutcomeError) as caught:
        send(answer)

    assert caught.value.retry is Retry.SAME_MESSAGE
    assert len(access_point.requests) == 1


@pytest.mark.parametrize("answer", [bare(200), bare(201), bare(202), as_json({"ok": True})])
def test_a_status_that_says_accepted_is_a_success(
    send: Callable[[Answer], SendResultat], answer: HttpResponse
) -> None:
    assert not send(answer).already_received


def test_a_pending_message_shows_nothing_private(pending: DpiPending) -> None:
    assert "Brev fra Etaten" not in repr(pending)
    assert "kari" not in repr(pending)
    assert "token" not in repr(pending)


# Again.


def test_a_message_sent_again_is_the_very_same(
    wire: DpiWire, driven: FakeDriver, pending: DpiPending, access_point: AccessPoint, clock: Clock
) -> None:
    first_sent = clock.now
    clock.move(minutes=10)

    result = driven.run(wire.resend(pending))

    first, second = (Taken.apart(request) for request in access_point.asked(OUT))
    assert first.sbdh == second.sbdh
    assert first.package == second.package
    assert first.bearer != second.bearer == second.body["maskinportentoken"]
    assert (result.sent_at, result.already_received) == (first_sent, False)


@pytest.mark.parametrize(
    ("status", "detail"),
    [
        (400, "instanceIdentifier already used"),
        (409, "InstanceIdentifier er allerede brukt"),
        (409, "Duplicate message {id}"),
        (400, "Key (direction, message_uuid)=(OUT, {id}) already exists."),
    ],
)
def test_ids_that_are_used_already_mean_that_the_first_try_arrived(
    wire: DpiWire,
    driven: FakeDriver,
    pending: DpiPending,
    access_point: AccessPoint,
    status: int,
    detail: str,
) -> None:
    answer = problem(status, detail.format(id=pending.meldings_id))
    access_point.otherwise = out_with(answer)

    assert driven.run(wire.resend(pending)).already_received


def test_a_letter_sent_again_by_a_new_process_is_known_again(
    wire: DpiWire,
    driven: FakeDriver,
    pending: DpiPending,
    access_point: AccessPoint,
) -> None:
    access_point.otherwise = out_with(problem(409, f"Duplicate message {pending.meldings_id}"))

    again = driven.run(wire.send(pending.forsendelse, Package(), repeated=True))

    assert again.already_received
    assert again.meldings_id == str(pending.meldings_id)


@pytest.mark.parametrize("codes", [["OPPRETTET"], ["OPPRETTET", "SENDT"]])
def test_the_statuses_tell_where_the_words_leave_open_whether_the_first_try_arrived(
    wire: DpiWire,
    driven: FakeDriver,
    pending: DpiPending,
    access_point: AccessPoint,
    codes: list[str],
) -> None:
    access_point.otherwise = out_with(problem(409))
    access_point.statuses = [{"status": code} for code in codes]

    assert driven.run(wire.resend(pending)).already_received
    assert access_point.asked(f"GET /messages/out/{pending.meldings_id}/statuses")


@pytest.mark.parametrize("statuses", [[], [{"status": "OPPRETTET"}, {"status": "FEILET"}]])
def test_a_refusal_stands_where_the_access_point_does_not_have_the_message(
    wire: DpiWire,
    driven: FakeDriver,
    pending: DpiPending,
    access_point: AccessPoint,
    statuses: list[dict[str, str]],
) -> None:
    access_point.otherwise = out_with(problem(400, "virkningsdato already in use"))
    access_point.statuses = statuses

    with pytest.raises(ProblemError) as caught:
        driven.run(wire.resend(pending))
    assert "virkningsdato" in caught.value.remote_text

    assert caught.value.retry is Retry.NEVER


@pytest.mark.parametrize(
    "answer", [NotSentError("no connection"), ConnectionLostError("reset"), bare(500), bare(403)]
)
def test_the_outcome_stays_unknown_where_the_access_point_cannot_tell(
    wire: DpiWire,
    driven: FakeDriver,
    pending: DpiPending,
    access_point: AccessPoint,
    answer: Answer,
) -> None:
    access_point.otherwise = lambda request: (
        answer if request.url.endswith("/statuses") else problem(400)
    )

    with pytest.raises(UnknownOutcomeError) as caught:
        driven.run(wire.resend(pending))

    assert caught.value.pending is pending


def test_a_status_that_is_not_found_means_that_the_access_point_has_nothing(
    wire: DpiWire, driven: FakeDriver, pending: DpiPending, access_point: AccessPoint
) -> None:
    access_point.otherwise = lambda request: (
        problem(404) if request.url.endswith("/statuses") else problem(400, "ugyldig")
    )

    with pytest.raises(ProblemError) as caught:
        driven.run(wire.resend(pending))
    assert caught.value.remote_text == "ugyldig"


@pytest.mark.parametrize("answer", [problem(401), problem(403), bare(404)])
def test_a_refusal_of_the_request_leaves_the_repeated_message_for_another_try(
    wire: DpiWire,
    driven: FakeDriver,
    pending: DpiPending,
    access_point: AccessPoint,
    answer: Answer,
) -> None:
    access_point.otherwise = lambda _: answer

    with pytest.raises((ProblemError, UnauthorizedError)) as caught:
        driven.run(wire.resend(pending))

    assert caught.value.retry is Retry.SAME_MESSAGE


def test_a_token_that_is_not_given_leaves_the_repeated_message_for_another_try(
    wire: DpiWire, pending: DpiPending, access_point: AccessPoint, clock: Clock
) -> None:
    clock.move(hours=1)

    def answer(request: HttpRequest) -> Answer:
        if request.url.endswith("/token"):
            return as_json({"error": "invalid_grant"}, 400)
        return access_point(request)

    with pytest.raises(TokenError) as caught:
        FakeDriver(answer).run(wire.resend(pending))

    assert caught.value.retry is Retry.SAME_MESSAGE


def test_a_message_of_the_classic_wire_is_not_sent_again_here(
    wire: DpiWire, driven: FakeDriver, package: Package, clock: Clock
) -> None:
    classic: dict[str, Any] = {"draft": None, "content_id": "a", "url": "b"}
    other = EbmsPending(
        meldings_id=str(uuid4()),
        konversasjons_id=str(uuid4()),
        message_id="1",
        sent_at=clock.now,
        package=package,
        **classic,
    )

    with pytest.raises(InvalidInputError, match="EbmsPending"):
        driven.run(wire.resend(other))


def test_the_organisation_a_letter_goes_to_is_the_receiver(
    wire: DpiWire, driven: FakeDriver, digital_forsendelse: Letters, access_point: AccessPoint
) -> None:
    driven.run(wire.send(digital_forsendelse(), Package()))

    taken = Taken.apart(access_point.requests[0])
    assert taken.sbdh["receiver"][0]["identifier"] == {
        "authority": "iso6523-actorid-upis",
        "value": f"0192:{POSTEN}",
    }
