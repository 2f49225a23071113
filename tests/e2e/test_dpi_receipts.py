"""Whose receipts are believed on DPI, and how the list is read, over real HTTPS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from sdp.client import Client
from sdp.config import ClientConfig, DpiConfig
from sdp.domain import Avsender, Feil, Leveringskvittering, SendResultat
from sdp.dpi import Statuskode
from sdp.errors import CertificateError, InvalidInputError, ProblemError, Retry, WireError
from sdp.testmiljo import RefuseWithStatus, Testmiljo, Traffic
from sdp.testmiljo.environment import ANNEN_AVSENDER, AVSENDER, POSTKASSE, PRINTER
from sdp.testmiljo.faults.kinds import LoseAnswer, RefuseWithProblem
from sdp.testmiljo.mailbox.dpi import signed_receipt
from sdp.testmiljo.mailbox.receipts import Samtale, feil
from sdp.testmiljo.signing import Actor
from sdp.testmiljo.world.receipts import Queue
from sdp.transport.request import BytesBody, HttpRequest
from sdp.wire import SetAside
from tests.e2e.client.conftest import Letters
from tests.unit.dpi.counterpart import Taken


@pytest.fixture
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


@pytest.fixture
def letters(miljo: Testmiljo) -> Letters:
    return Letters(miljo)


@pytest.fixture
def resultat(miljo: Testmiljo, letters: Letters) -> SendResultat:
    """A letter that another process has sent, and whose receipts are gone from the list."""
    with Client(miljo.client_config(wire="dpi")) as another:
        sent = another.send(letters.digital())
        list(another.receipts())
    return sent


def forge(miljo: Testmiljo, resultat: SendResultat, **changes: Any) -> str:
    """List a Feil about a letter, signed by an organisation that has nothing to do with it."""
    issued = miljo.avsender
    stranger = Actor(AVSENDER, issued.certificate, issued.key)
    samtale = Samtale(
        resultat.konversasjons_id,
        is_print=False,
        avsender=AVSENDER,
        avsenderidentifikator=None,
        queue=Queue(AVSENDER, ""),
    )
    made = signed_receipt(feil("KLIENT", "falsk"), samtale, sender=stranger, moment=miljo.now())
    miljo.aksesspunkt.queue_receipt(
        made.jws, databehandler=AVSENDER, message_id=changes.get("message_id", made.message_id)
    )
    return made.message_id


def with_dpi(config: ClientConfig, **dpi: Any) -> ClientConfig:
    values = config.dpi.model_dump() | dpi
    return config.model_copy(update={"dpi": DpiConfig(**values)})


def fetched(client: Client) -> tuple[list[Any], list[SetAside]]:
    aside: list[SetAside] = []
    return list(client.receipts(on_set_aside=aside.append)), aside


class TestWhoMaySign:
    def test_a_stranger_is_set_aside_by_a_process_that_never_sent_the_letter(
        self, miljo: Testmiljo, resultat: SendResultat
    ) -> None:
        forge(miljo, resultat)
        with Client(miljo.client_config(wire="dpi")) as fresh:
            got, (aside,) = fetched(fresh)

        assert got == []
        assert isinstance(aside.reason, CertificateError)
        assert "not remembered here" in aside.reason.message
        assert "dpi.receipt_senders" in aside.reason.remedy
        assert len(miljo.aksesspunkt.waiting_receipts) == 1

    def test_a_mailbox_that_is_known_is_believed_by_a_process_that_never_sent_the_letter(
        self, miljo: Testmiljo, letters: Letters
    ) -> None:
        config = miljo.client_config(wire="dpi")
        with Client(config) as another:
            another.send(letters.digital())
            another.send(letters.fysisk())
        with Client(config) as fresh:
            got, aside = fetched(fresh)

        assert sorted(kvittering.avsender for kvittering in got) == [POSTKASSE, *[PRINTER] * 3]
        assert aside == []

    def test_a_printer_that_is_not_named_is_set_aside(
        self, miljo: Testmiljo, letters: Letters
    ) -> None:
        config = miljo.client_config(wire="dpi")
        with Client(config) as another:
            another.send(letters.fysisk())
        with Client(with_dpi(config, receipt_senders=())) as fresh:
            got, aside = fetched(fresh)

        assert (len(got), len(aside)) == (0, 3)

    def test_a_store_of_ones_own_has_the_last_word(
        self, miljo: Testmiljo, letters: Letters
    ) -> None:
        config = miljo.client_config(wire="dpi")
        with Client(config) as another:
            sent = another.send(letters.digital())
        store = {sent.konversasjons_id: PRINTER}
        with Client(config, sent_to=store.get) as fresh:
            got, (aside,) = fetched(fresh)
        assert got == []
        assert f"sent to organisation {PRINTER}" in str(aside.reason)

        store[sent.konversasjons_id] = POSTKASSE
        with Client(config, sent_to=store.get) as fresh:
            (kvittering,), aside_now = fetched(fresh)
        assert isinstance(kvittering, Leveringskvittering)
        assert aside_now == []

    @pytest.mark.parametrize(
        "dpi", [{"receipt_senders": [AVSENDER]}, {"receipt_suppliers": {POSTKASSE: [AVSENDER]}}]
    )
    def test_the_configuration_may_name_who_else_signs(
        self, miljo: Testmiljo, resultat: SendResultat, dpi: Mapping[str, Any]
    ) -> None:
        forge(miljo, resultat)
        with Client(with_dpi(miljo.client_config(wire="dpi"), **dpi)) as fresh:
            (kvittering,), _ = fetched(fresh)

        assert isinstance(kvittering, Feil)

    def test_a_receipt_that_is_listed_under_another_id_has_nothing_marked_as_read(
        self, miljo: Testmiljo, resultat: SendResultat
    ) -> None:
        forge(miljo, resultat, message_id=str(uuid4()))
        config = with_dpi(miljo.client_config(wire="dpi"), receipt_senders=[AVSENDER])
        with Client(config) as fresh:
            got, (aside,) = fetched(fresh)

        assert got == []
        assert "under another id" in str(aside.reason)
        assert aside.referanse is None
        assert len(miljo.aksesspunkt.waiting_receipts) == 1


class TestSettings:
    def test_the_table_of_the_configuration_reaches_the_wire(
        self, miljo: Testmiljo, letters: Letters
    ) -> None:
        requests: list[HttpRequest] = []

        def keep(request: HttpRequest) -> None:
            content = BytesBody(b"".join(request.body.chunks()))
            requests.append(HttpRequest(request.method, request.url, request.headers, content))

        config = with_dpi(
            miljo.client_config(wire="dpi"), page_size=7, response_within_seconds=3600
        )
        with Client(config, on_request=keep) as client:
            client.send(letters.digital())
            list(client.receipts())

        assert any("page_size=7" in request.url for request in requests)
        (posted,) = [request for request in requests if request.url.endswith("/messages/out")]
        (scope,) = Taken.apart(posted).sbdh["businessScope"]["scope"]
        (expected,) = scope["scopeInformation"]
        created = datetime.fromisoformat(
            Taken.apart(posted).sbdh["documentIdentification"]["creationDateAndTime"]
        )
        by = datetime.fromisoformat(expected["expectedResponseDateTime"])
        assert by - created == timedelta(hours=1)

    def test_a_scope_of_ones_own_is_asked_for(self, miljo: Testmiljo, letters: Letters) -> None:
        config = with_dpi(miljo.client_config(wire="dpi"), scope="digitalpostinnbygger:annet")
        with Client(config) as client, pytest.raises(WireError, match="scope"):
            client.send(letters.digital())


class TestFollowing:
    def follow(
        self, miljo: Testmiljo, config: ClientConfig, before: Callable[[int], None]
    ) -> tuple[list[Any], list[float]]:
        """Follow until two receipts have come, and list the pauses as they were asked for."""
        pauses: list[float] = []

        def sleep(seconds: float) -> None:
            pauses.append(seconds)
            before(len(pauses))

        got = []
        with Client(config, sleep=sleep) as client:
            for kvittering in client.receipts(follow=True):
                got.append(kvittering)
                if len(got) == 2:
                    break
        return got, pauses

    def test_the_wire_has_an_interval_of_its_own(self, miljo: Testmiljo, letters: Letters) -> None:
        config = with_dpi(miljo.client_config(wire="dpi"), receipt_interval_seconds=45)
        environment = config.environment.model_copy(update={"pull_interval_normal_seconds": 600.0})
        config = config.model_copy(update={"environment": environment})
        with Client(miljo.client_config(wire="dpi")) as another:

            def send(_: int) -> None:
                another.send(letters.digital())

            _, pauses = self.follow(miljo, config, send)

        assert [round(pause) for pause in pauses] == [45, 45]

    @pytest.mark.parametrize("fault", [RefuseWithStatus(503), LoseAnswer(accepted=False)])
    def test_a_failure_that_passes_is_waited_out(
        self, miljo: Testmiljo, letters: Letters, fault: RefuseWithStatus | LoseAnswer
    ) -> None:
        config = miljo.client_config(wire="dpi")
        with Client(config) as another:
            another.send(letters.digital())
            another.send(letters.digital())
        miljo.faults.add(fault, on=Traffic.RECEIPTS, times=4)
        got, pauses = self.follow(miljo, config, lambda _: None)

        assert len(got) == 2
        # A connection that was cut is tried again at once, so a pause comes after every other cut.
        assert pauses == ([1, 5, 30, 60] if isinstance(fault, RefuseWithStatus) else [1, 5])

    def test_a_failure_that_does_not_pass_is_told_in_the_end(self, miljo: Testmiljo) -> None:
        miljo.faults.add(RefuseWithStatus(503), on=Traffic.RECEIPTS, times=100)
        pauses: list[float] = []
        with (
            Client(miljo.client_config(wire="dpi"), sleep=pauses.append) as client,
            pytest.raises(ProblemError) as refusal,
        ):
            list(client.receipts(follow=True))

        assert refusal.value.retry is Retry.LATER
        assert (len(pauses), sum(pauses)) == (10, 3396)

    def test_a_refusal_is_told_at_once(self, miljo: Testmiljo) -> None:
        miljo.faults.add(RefuseWithProblem(403), on=Traffic.RECEIPTS)
        pauses: list[float] = []
        with (
            Client(miljo.client_config(wire="dpi"), sleep=pauses.append) as client,
            pytest.raises(ProblemError),
        ):
            list(client.receipts(follow=True))

        assert pauses == []


def test_a_receipt_that_may_not_be_marked_as_read_stops_no_other(
    miljo: Testmiljo, letters: Letters
) -> None:
    with Client(miljo.client_config(wire="dpi")) as client:
        client.send(letters.digital())
        client.send(letters.digital())
        miljo.faults.add(RefuseWithProblem(403), on=Traffic.READ)
        got, (aside,) = fetched(client)

        assert len(got) == 2
        assert isinstance(aside.reason, ProblemError)
        assert aside.message_id == got[0].meldings_id
        (waiting,) = miljo.aksesspunkt.waiting_receipts
        assert waiting.message_id == got[0].meldings_id

        client.confirm(aside)
        assert miljo.aksesspunkt.waiting_receipts == ()


class TestStatuses:
    def test_the_id_of_the_result_is_taken_as_it_is(
        self, miljo: Testmiljo, letters: Letters
    ) -> None:
        letter = letters.digital()
        with Client(miljo.client_config(wire="dpi")) as client:
            resultat = client.send(letter)

            by_text, by_id = (
                client.statuses(resultat.meldings_id),
                client.statuses(letter.meldings_id),
            )
        assert by_text == by_id
        assert by_text[-1].kode is Statuskode.SENDT

    @pytest.mark.parametrize("wrong", ["../../messages/in", "", "x", None, 7])
    def test_what_is_no_id_never_gets_into_an_address(self, miljo: Testmiljo, wrong: Any) -> None:
        requests: list[HttpRequest] = []
        with (
            Client(miljo.client_config(wire="dpi"), on_request=requests.append) as client,
            pytest.raises(InvalidInputError, match="meldings_id: must be a UUID"),
        ):
            client.statuses(wrong)

        assert requests == []


def test_receipts_and_statuses_of_another_are_fetched_on_its_behalf(
    miljo: Testmiljo, letters: Letters
) -> None:
    own = miljo.client_config(wire="dpi")
    assert own.maskinporten is not None
    maskinporten = own.maskinporten.model_copy(update={"consumer_org": ANNEN_AVSENDER})
    with (
        Client(own) as client,
        Client(own.model_copy(update={"maskinporten": maskinporten})) as for_another,
    ):
        another = Avsender(organisasjonsnummer=ANNEN_AVSENDER)
        theirs = client.send(letters.digital(avsender=another))
        ours = client.send(letters.digital())

        assert [k.konversasjons_id for k in for_another.receipts()] == [theirs.konversasjons_id]
        assert for_another.statuses(theirs.meldings_id)[-1].kode is Statuskode.SENDT
        assert [k.konversasjons_id for k in client.receipts()] == [ours.konversasjons_id]
