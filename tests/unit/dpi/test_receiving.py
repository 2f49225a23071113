from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from sdp.domain import (
    Avsender,
    DigitalForsendelse,
    Feil,
    Kvittering,
    Kvitteringsreferanse,
    Leveringskvittering,
    Prioritet,
)
from sdp.dpi import DpiWire
from sdp.errors import (
    CertificateError,
    InvalidInputError,
    NotSentError,
    ProblemError,
    Retry,
    SignatureError,
    UnauthorizedError,
    UnreadableAnswerError,
    WireError,
)
from sdp.pki import Identity
from sdp.transport.request import ConnectionLostError, HttpRequest, HttpResponse
from sdp.wire import ReceiptQueue, SetAside
from tests.conftest import EBOKS, POSTEN
from tests.driver import Answer, FakeDriver
from tests.unit.dpi.conftest import MakeWire
from tests.unit.dpi.counterpart import (
    KONVERSASJON,
    ROOT,
    AccessPoint,
    as_json,
    bare,
    id_of,
    jws_of,
    path,
    problem,
    query,
    receipt,
)
from tests.unit.ebms.counterpart import Package

NORMAL = ReceiptQueue(Prioritet.NORMAL)
IN = "GET /messages/in"
OTHER = "00000000-1111-4222-8333-444444444444"


@pytest.fixture
def driven(access_point: AccessPoint) -> FakeDriver:
    return FakeDriver(access_point)


@pytest.fixture
def wait(access_point: AccessPoint, eboks_identity: Identity) -> Callable[..., str]:
    """Put a good receipt on the list."""
    return lambda **body: access_point.wait(receipt(EBOKS, **body), eboks_identity)


@pytest.fixture
def wait_forged(access_point: AccessPoint, stranger: Identity) -> Callable[[], str]:
    """Put a receipt on the list that nobody here can trust."""
    return lambda: access_point.wait(receipt(POSTEN), stranger)


def ids(items: list[Any]) -> list[str]:
    return [item.meldings_id for item in items if not isinstance(item, SetAside)]


def reads(access_point: AccessPoint) -> list[str]:
    return [path(r).split("/")[3] for r in access_point.requests if path(r).endswith("/read")]


# Asking.


def test_an_empty_list_hands_out_nothing(wire: DpiWire, driven: FakeDriver) -> None:
    driven.run(wire.receipts(NORMAL))

    assert driven.emitted == []


def test_the_list_is_asked_for_by_channel_and_unit(
    make_wire: MakeWire, driven: FakeDriver, access_point: AccessPoint
) -> None:
    wire = make_wire(kanal="lonn", page_size=7)

    driven.run(
        wire.receipts(ReceiptQueue(Prioritet.NORMAL, avsenderidentifikator="NAV øst & vest"))
    )

    (request,) = access_point.asked(IN)
    assert query(request) == {
        "kanal": "lonn",
        "page_size": "7",
        "avsenderidentifikator": "NAV øst & vest",
    }


def test_nothing_is_asked_for_by_what_is_not_given(
    wire: DpiWire, driven: FakeDriver, access_point: AccessPoint
) -> None:
    driven.run(wire.receipts(NORMAL))

    assert query(access_point.asked(IN)[0]) == {"page_size": "100"}


@pytest.mark.parametrize(
    ("queue", "field"),
    [
        (ReceiptQueue(Prioritet.PRIORITERT), "prioritet"),
        (ReceiptQueue(Prioritet.NORMAL, mpc_id="lonn"), "mpc_id"),
    ],
)
def test_the_queues_of_the_classic_wire_are_refused(
    wire: DpiWire, queue: ReceiptQueue, field: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        next(wire.receipts(queue))

    assert [problem.field for problem in caught.value.problems] == [field]


def test_receipts_of_another_are_asked_for_with_a_token_for_that_other(
    make_wire: MakeWire, driven: FakeDriver, access_point: AccessPoint
) -> None:
    driven.run(make_wire(consumer_org=EBOKS).receipts(NORMAL))

    assert [grant.get("consumer_org") for grant in access_point.grants] == [EBOKS]


def test_an_expired_token_is_renewed_in_the_middle_of_the_list(
    wire: DpiWire, driven: FakeDriver, access_point: AccessPoint, wait: Callable[..., str]
) -> None:
    waiting = [wait(), wait()]
    answers: list[Answer | None] = [None, problem(401)]
    access_point.otherwise = lambda _: answers.pop(0) if answers else None

    driven.run(wire.receipts(NORMAL))

    assert ids(driven.emitted) == reads(access_point)[1:] == waiting


# Reading.


def test_each_receipt_is_handed_out_and_then_marked_as_read(
    wire: DpiWire, driven: FakeDriver, access_point: AccessPoint, wait: Callable[..., str]
) -> None:
    waiting = [wait(), wait(), wait()]
    unread_when_handed_out = []
    driven.on_emit = lambda item: unread_when_handed_out.append(
        item.meldings_id in access_point.listed
    )

    driven.run(wire.receipts(NORMAL))

    assert ids(driven.emitted) == reads(access_point) == waiting
    assert unread_when_handed_out == [True, True, True]
    assert access_point.listed == {}


def test_a_receipt_whose_caller_fails_stays_unread(
    wire: DpiWire, driven: FakeDriver, access_point: AccessPoint, wait: Callable[..., str]
) -> None:
    waiting = [wait(), wait()]

    def store(item: Kvittering) -> None:
        if item.meldings_id == waiting[1]:
            raise OSError("the disk is full")

    driven.on_emit = store
    with pytest.raises(OSError, match="disk"):
        driven.run(wire.receipts(NORMAL))

    assert reads(access_point) == [waiting[0]]
    assert list(access_point.listed) == [waiting[1]]


def test_a_receipt_that_is_left_stays_unread_and_does_not_stop_those_behind_it(
    make_wire: MakeWire, driven: FakeDriver, access_point: AccessPoint, wait: Callable[..., str]
) -> None:
    wire = make_wire(page_size=1)
    bad, *good = wait(), wait(), wait()
    driven.on_emit = lambda item: wire.leave(item) if item.meldings_id == bad else None

    driven.run(wire.receipts(NORMAL))
    assert reads(access_point) == good
    assert list(access_point.listed) == [bad]

    driven.on_emit = lambda _: None
    driven.run(wire.receipts(NORMAL))
    assert ids(driven.emitted) == [bad, *good, bad]
    assert access_point.listed == {}


def test_a_receipt_that_was_read_by_another_meanwhile_is_no_error(
    wire: DpiWire, driven: FakeDriver, access_point: AccessPoint, wait: Callable[..., str]
) -> None:
    waiting = [wait(), wait()]
    driven.on_emit = lambda item: access_point.listed.pop(item.meldings_id)

    driven.run(wire.receipts(NORMAL))

    assert ids(driven.emitted) == reads(access_point) == waiting


@pytest.mark.parametrize("first_page", [0, 1])
def test_every_page_is_read_however_pages_are_numbered(
    make_wire: MakeWire,
    driven: FakeDriver,
    access_point: AccessPoint,
    wait: Callable[..., str],
    wait_forged: Callable[[], str],
    first_page: int,
) -> None:
    access_point.first_page = first_page
    waiting = [wait_forged(), wait_forged(), wait_forged(), wait(), wait(), wait_forged(), wait()]

    driven.run(make_wire(page_size=2).receipts(NORMAL))

    good = [waiting[3], waiting[4], waiting[6]]
    assert ids(driven.emitted) == reads(access_point) == good
    assert sum(isinstance(item, SetAside) for item in driven.emitted) == 4
    assert list(access_point.listed) == [waiting[0], waiting[1], waiting[2], waiting[5]]


def test_an_access_point_that_knows_no_pages_is_not_asked_for_ever(
    make_wire: MakeWire,
    driven: FakeDriver,
    access_point: AccessPoint,
    wait: Callable[..., str],
    wait_forged: Callable[[], str],
) -> None:
    access_point.ignores_page = True
    wait_forged()
    good = wait()

    driven.run(make_wire(page_size=2).receipts(NORMAL))

    assert ids(driven.emitted) == [good]
    assert len(access_point.asked(IN)) < 6


# Set aside.


def test_what_cannot_be_verified_is_set_aside_and_stops_nothing(
    wire: DpiWire,
    driven: FakeDriver,
    access_point: AccessPoint,
    wait: Callable[..., str],
    wait_forged: Callable[[], str],
) -> None:
    forged, good = wait_forged(), wait()

    driven.run(wire.receipts(NORMAL))

    aside, found = driven.emitted
    assert isinstance(aside, SetAside)
    assert isinstance(aside.reason, CertificateError)
    assert aside.message_id == forged
    assert isinstance(found, Leveringskvittering)
    assert reads(access_point) == [good]


def test_what_was_set_aside_comes_again_the_next_time(
    wire: DpiWire, driven: FakeDriver, wait_forged: Callable[[], str]
) -> None:
    wait_forged()

    driven.run(wire.receipts(NORMAL))
    driven.run(wire.receipts(NORMAL))

    assert len(driven.emitted) == 2


def test_what_was_set_aside_can_be_marked_as_read_by_hand(
    wire: DpiWire, driven: FakeDriver, access_point: AccessPoint, wait_forged: Callable[[], str]
) -> None:
    forged = wait_forged()
    driven.run(wire.receipts(NORMAL))

    driven.run(wire.confirm(driven.emitted[0]))

    assert reads(access_point) == [forged]
    assert access_point.listed == {}


@pytest.mark.parametrize(
    "listed",
    [
        None,
        7,
        "text",
        [],
        {},
        {"forretningsmelding": None},
        {"forretningsmelding": {"a": 1}},
        {"forretningsmelding": "", "downloadurl": 3},
        {"forretningsmelding": "a.b.c", "downloadurl": "http://[::1"},
        {"forretningsmelding": "å.ø.\ud800"},
        {"forretningsmelding": "e30.e30.e30"},
    ],
)
def test_what_is_no_message_at_all_is_set_aside(
    wire: DpiWire,
    driven: FakeDriver,
    access_point: AccessPoint,
    eboks_identity: Identity,
    listed: Any,
) -> None:
    good = receipt(EBOKS)
    url = f"{ROOT}/messages/in/{id_of(good)}"
    page = [listed, {"forretningsmelding": jws_of(good, eboks_identity), "downloadurl": url}]
    access_point.otherwise = lambda r: as_json(page) if path(r) == "/messages/in" else bare(200)

    driven.run(wire.receipts(NORMAL))

    aside, found = driven.emitted
    assert isinstance(aside.reason, UnreadableAnswerError | SignatureError)
    assert aside.referanse is None
    assert found.meldings_id == id_of(good)


@pytest.mark.parametrize("half_a_character", ["\ud800", "æ"])
def test_a_good_certificate_before_a_signature_that_is_no_text_stops_nothing(
    wire: DpiWire,
    driven: FakeDriver,
    access_point: AccessPoint,
    eboks_identity: Identity,
    half_a_character: str,
) -> None:
    signed = jws_of(receipt(EBOKS), eboks_identity).rpartition(".")[0]
    access_point.listed["a"] = {"forretningsmelding": f"{signed}.{half_a_character}"}

    driven.run(wire.receipts(NORMAL))

    (aside,) = driven.emitted
    assert isinstance(aside.reason, UnreadableAnswerError)


def test_the_id_of_what_is_set_aside_is_the_access_points_where_it_tells(
    wire: DpiWire, driven: FakeDriver, access_point: AccessPoint, stranger: Identity
) -> None:
    message = receipt(POSTEN)
    own, other = id_of(message), "00000000-1111-4222-8333-444444444444"
    urls = {
        f"{ROOT}/messages/in/{own}": own,
        f"{ROOT.replace('https://ap', 'HTTPS://AP')}/messages/in/{own}": own,
        f"https://ap.example:443/api/v2/dpi/messages/in/{own}": own,
        f"{ROOT}/messages/in/{other}": None,
        f"{ROOT}/messages/in/{other}/": None,
        f"/api/v2/dpi/messages/in/{other}": None,
        f"messages/in/{own}": own,
        f"https://gateway.example/dpi/messages/in/{own}": own,
        f"https://gateway.example/dpi/messages/in/{other}": None,
        f"{ROOT}/elsewhere/{other}": own,
        None: own,
    }
    for url, expected in urls.items():
        jws = jws_of(message, stranger)
        access_point.listed = {own: {"forretningsmelding": jws, "downloadurl": url}}
        driven.emitted.clear()

        driven.run(wire.receipts(NORMAL))

        assert driven.emitted[0].message_id == expected, url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        7,
        f"{ROOT}/messages/in/",
        f"{ROOT}/messages/in/{OTHER}",
        f"{ROOT}/messages/in/{OTHER}/",
        f"/api/v2/dpi/messages/in/{OTHER}",
        f"https://elsewhere.example/messages/in/{OTHER}",
        f"{ROOT}/messages/in/{{{OTHER}}}",
        f"{ROOT}/messages/in/{OTHER}/read",
        f"{ROOT}/messages/in//{OTHER}",
        f"{ROOT}/messages/in/{OTHER}%20",
        f"{ROOT}/messages/in/{OTHER.replace('-', '')}",
        f"{ROOT}/messages/in/urn:uuid:{OTHER}",
        f"{ROOT}/messages/in?id={OTHER}",
        f"{ROOT}/messages/in#{OTHER}",
        f"{ROOT}/messages/out/{OTHER}",
        [f"{ROOT}/messages/in/{OTHER}"],
        f"{ROOT}/elsewhere/{OTHER}",
    ],
)
def test_who_signs_a_receipt_never_chooses_which_message_is_marked_as_read(
    make_wire: MakeWire,
    driven: FakeDriver,
    access_point: AccessPoint,
    eboks_identity: Identity,
    postkasse_identity: Identity,
    url: object,
) -> None:
    feil = receipt(POSTEN, "feil")
    evil = receipt(EBOKS, meldings_id=id_of(feil), konversasjons_id=str(uuid4()))
    listed = {"forretningsmelding": jws_of(evil, eboks_identity), "downloadurl": url}
    access_point.listed[OTHER] = listed
    access_point.wait(feil, postkasse_identity)

    driven.run(make_wire(page_size=1).receipts(NORMAL))

    aside, found = driven.emitted
    assert isinstance(aside, SetAside)
    assert isinstance(found, Feil)
    assert reads(access_point) == [id_of(feil)]


@pytest.mark.parametrize(
    "address",
    [
        "{root}/messages/in/{id}",
        "{root}/messages/in/{id}/",
        "/api/v2/dpi/messages/in/{id}",
        "messages/in/{id}",
        "https://gateway.example/dpi/messages/in/{id}?x=1",
    ],
)
def test_the_listed_id_is_read_in_each_way_an_address_may_be_written(
    wire: DpiWire,
    driven: FakeDriver,
    access_point: AccessPoint,
    eboks_identity: Identity,
    address: str,
) -> None:
    message = receipt(EBOKS)
    url = address.format(root=ROOT, id=id_of(message).upper())
    listed = {"forretningsmelding": jws_of(message, eboks_identity), "downloadurl": url}
    access_point.listed[id_of(message)] = listed

    driven.run(wire.receipts(NORMAL))

    assert ids(driven.emitted) == reads(access_point) == [id_of(message)]


def test_a_downloadurl_is_never_followed(
    wire: DpiWire, driven: FakeDriver, access_point: AccessPoint, eboks_identity: Identity
) -> None:
    message = receipt(EBOKS)
    access_point.listed[id_of(message)] = {
        "forretningsmelding": jws_of(message, eboks_identity),
        "downloadurl": f"https://evil.example/messages/in/{id_of(message)}",
    }

    driven.run(wire.receipts(NORMAL))

    assert ids(driven.emitted) == [id_of(message)]
    assert all(request.url.startswith(ROOT) for request in access_point.requests)


def test_what_is_set_aside_shows_none_of_its_content(
    wire: DpiWire, driven: FakeDriver, access_point: AccessPoint, stranger: Identity
) -> None:
    access_point.wait(receipt(POSTEN, "feil", detaljer="Ola Nordmann"), stranger)

    driven.run(wire.receipts(NORMAL))

    (aside,) = driven.emitted
    assert b"forretningsmelding" in aside.raw
    assert "forretningsmelding" not in repr(aside)
    assert "Ola" not in repr(aside)


# Tied to the letter.


Letters = Callable[..., DigitalForsendelse]


def test_a_receipt_for_a_letter_that_went_elsewhere_is_set_aside(
    wire: DpiWire,
    driven: FakeDriver,
    digital_forsendelse: Letters,
    wait: Callable[..., str],
    access_point: AccessPoint,
) -> None:
    letter = digital_forsendelse()  # to Digipost, which is Posten's
    driven.run(wire.send(letter, Package()))
    wait(konversasjons_id=str(letter.konversasjons_id).upper())

    driven.run(wire.receipts(NORMAL))

    (aside,) = driven.emitted
    assert isinstance(aside, SetAside)
    assert f"sent to organisation {POSTEN}" in str(aside.reason)
    assert reads(access_point) == []


def test_a_receipt_for_a_letter_that_went_there_is_handed_out(
    wire: DpiWire,
    driven: FakeDriver,
    digital_forsendelse: Letters,
    access_point: AccessPoint,
    postkasse_identity: Identity,
) -> None:
    letter = digital_forsendelse()
    driven.run(wire.send(letter, Package()))
    message = receipt(POSTEN, konversasjons_id=str(letter.konversasjons_id))
    access_point.wait(message, postkasse_identity)

    driven.run(wire.receipts(NORMAL))

    assert ids(driven.emitted) == [id_of(message)]


def test_a_letter_counts_as_sent_before_it_is_known_to_have_arrived(
    wire: DpiWire,
    driven: FakeDriver,
    digital_forsendelse: Letters,
    wait: Callable[..., str],
    access_point: AccessPoint,
) -> None:
    letter = digital_forsendelse()
    access_point.otherwise = lambda _: ConnectionLostError("reset")
    with pytest.raises(WireError):
        driven.run(wire.send(letter, Package()))
    access_point.otherwise = lambda _: None
    wait(konversasjons_id=str(letter.konversasjons_id))

    driven.run(wire.receipts(NORMAL))

    assert isinstance(driven.emitted[0], SetAside)


def test_a_store_of_ones_own_tells_what_the_wire_did_not_send_itself(
    make_wire: MakeWire, driven: FakeDriver, wait: Callable[..., str]
) -> None:
    wait()
    store = {KONVERSASJON: POSTEN}

    driven.run(make_wire(sent=store.get).receipts(NORMAL))
    driven.run(make_wire(sent={KONVERSASJON: EBOKS}.get).receipts(NORMAL))

    refused, taken = driven.emitted
    assert isinstance(refused, SetAside)
    assert isinstance(taken, Leveringskvittering)


def test_a_supplier_of_the_settings_may_sign(
    make_wire: MakeWire, driven: FakeDriver, access_point: AccessPoint, eboks_identity: Identity
) -> None:
    access_point.wait(receipt(POSTEN), eboks_identity)

    driven.run(make_wire(receipt_suppliers={POSTEN: [EBOKS]}).receipts(NORMAL))

    assert isinstance(driven.emitted[0], Leveringskvittering)


# What goes wrong on the way.


@pytest.mark.parametrize(
    "answer",
    [
        ConnectionLostError("reset"),
        bare(500),
        bare(503),
        problem(429),
        HttpResponse(200, {}, b"<html>"),
        HttpResponse(200, {}, b""),
        as_json({"messages": []}),
    ],
)
def test_a_list_that_does_not_come_may_be_asked_for_again(
    wire: DpiWire, driven: FakeDriver, access_point: AccessPoint, answer: Answer
) -> None:
    access_point.otherwise = lambda _: answer

    with pytest.raises(WireError) as caught:
        driven.run(wire.receipts(NORMAL))

    assert caught.value.retry is Retry.LATER


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (problem(401), UnauthorizedError),
        (problem(403), ProblemError),
        (bare(404), ProblemError),
        (bare(302), ProblemError),
        (NotSentError("no connection"), NotSentError),
        (bare(206), UnreadableAnswerError),
    ],
)
def test_a_refused_list_is_told_as_such(
    wire: DpiWire,
    driven: FakeDriver,
    access_point: AccessPoint,
    answer: Answer,
    error: type[WireError],
) -> None:
    access_point.otherwise = lambda _: answer

    with pytest.raises(error):
        driven.run(wire.receipts(NORMAL))


def test_a_mark_that_fails_ends_the_reading_and_the_receipt_comes_again(
    wire: DpiWire, driven: FakeDriver, access_point: AccessPoint, wait: Callable[..., str]
) -> None:
    waiting = wait()

    def fails(request: HttpRequest) -> Answer | None:
        return bare(500) if path(request).endswith("/read") else None

    access_point.otherwise = fails
    with pytest.raises(ProblemError) as caught:
        driven.run(wire.receipts(NORMAL))
    assert caught.value.retry is Retry.LATER
    access_point.otherwise = lambda _: None

    driven.run(wire.receipts(NORMAL))

    assert ids(driven.emitted) == [waiting, waiting]


@pytest.mark.parametrize("referanse", [None, "../out", "no-uuid"])
def test_what_has_no_id_of_this_wire_is_not_confirmed(wire: DpiWire, referanse: str | None) -> None:
    aside = SetAside(
        UnreadableAnswerError("x"),
        b"",
        None
        if referanse is None
        else Kvitteringsreferanse(message_id=referanse, prioritet=Prioritet.NORMAL),
    )

    with pytest.raises(InvalidInputError, match="referanse"):
        next(wire.confirm(aside))


def test_the_sender_of_a_letter_for_another_reads_its_own_receipts(
    wire: DpiWire, driven: FakeDriver, digital_forsendelse: Letters, access_point: AccessPoint
) -> None:
    other = Avsender(organisasjonsnummer=EBOKS)
    driven.run(wire.send(digital_forsendelse(avsender=other), Package()))
    driven.run(wire.receipts(NORMAL))

    assert [grant.get("consumer_org") for grant in access_point.grants] == [EBOKS, None]


def test_a_connection_that_was_cut_once_is_no_failure(
    wire: DpiWire, driven: FakeDriver, access_point: AccessPoint, wait: Callable[..., str]
) -> None:
    waiting = [wait(), wait()]
    cut: list[Answer | None] = [ConnectionLostError("gone", is_cut=True)]
    access_point.otherwise = lambda _: cut.pop() if cut else None

    driven.run(wire.receipts(NORMAL))

    assert ids(driven.emitted) == reads(access_point) == waiting


@pytest.mark.parametrize("status", [401, 429, 500])
def test_only_a_refusal_of_the_one_receipt_is_passed_over(
    wire: DpiWire,
    driven: FakeDriver,
    access_point: AccessPoint,
    wait: Callable[..., str],
    status: int,
) -> None:
    wait()
    access_point.otherwise = lambda r: problem(status) if path(r).endswith("/read") else None

    with pytest.raises(WireError):
        driven.run(wire.receipts(NORMAL))

    assert [type(item) for item in driven.emitted] == [Leveringskvittering]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 404])
def test_a_receipt_is_taken_off_the_list_by_every_status_that_says_so(
    wire: DpiWire,
    driven: FakeDriver,
    access_point: AccessPoint,
    wait: Callable[..., str],
    status: int,
) -> None:
    waiting = wait()
    answers = [bare(status)]
    access_point.otherwise = lambda r: answers.pop() if path(r).endswith("/read") else None
    driven.run(wire.receipts(NORMAL))

    assert ids(driven.emitted) == reads(access_point) == [waiting]


def test_more_messages_on_a_page_than_it_has_room_for_are_refused(
    wire: DpiWire, driven: FakeDriver, access_point: AccessPoint
) -> None:
    page = [{"a": number} for number in range(10_001)]
    access_point.otherwise = lambda r: as_json(page) if path(r) == "/messages/in" else None

    with pytest.raises(UnreadableAnswerError, match="more than 10000 messages"):
        driven.run(wire.receipts(NORMAL))

    assert driven.emitted == []
