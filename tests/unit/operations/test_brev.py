"""A letter to a person goes the way the register's answer decides, if that answer is new enough."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sdp.domain import (
    Brev,
    DigitalForsendelse,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    Formaal,
    FysiskForsendelse,
)
from sdp.errors import (
    CertificateError,
    InvalidInputError,
    RecipientUnreachableError,
    UnreadableAnswerError,
)
from sdp.krr import Digital, OppslagFeil, Person, Print, Rute
from sdp.krr.routing import route
from sdp.operations.lookup import GOOD_FOR_A_LETTER
from sdp.operations.sending import NoticeLint
from sdp.pki import Identity
from tests.conftest import AVSENDER
from tests.documents import pdf
from tests.unit.operations.stage import KARI, Stage, registered


@pytest.fixture
def brev(fysisk_forsendelse: Callable[..., FysiskForsendelse]) -> Callable[..., Brev]:
    def build(*, printable: bool = True) -> Brev:
        fysisk = fysisk_forsendelse()
        values: dict[str, Any] = {
            "avsender": {"organisasjonsnummer": AVSENDER},
            "digital_post": DigitalPost(ikke_sensitiv_tittel="Brev fra Etaten"),
            "dokumentpakke": Dokumentpakke(
                hoveddokument=Dokument.from_bytes(pdf(), filnavn="brev.pdf", tittel="Vedtak")
            ),
            "fysisk_post": fysisk.fysisk_post if printable else None,
        }
        return Brev(**(values | {"avsender": fysisk.avsender}))

    return build


def test_somebody_with_a_mailbox_gets_the_letter_there(
    stage: Stage, brev: Callable[..., Brev]
) -> None:
    sent = stage.driver.run(stage.sending.brev(KARI, brev(), repeated=False))

    assert isinstance(sent.rute, Digital)
    [forsendelse] = stage.wire.sent
    assert isinstance(forsendelse, DigitalForsendelse)
    assert sent.resultat.meldings_id == str(forsendelse.meldings_id)
    assert stage.wire.packages[0].is_closed


def test_somebody_who_has_opted_out_gets_it_by_print(
    stage: Stage, brev: Callable[..., Brev], postkasse_identity: Identity
) -> None:
    stage.register.people[KARI] = registered(
        postkasse_identity, stage.driver.moment, reservert=True
    )

    sent = stage.driver.run(stage.sending.brev(KARI, brev(), repeated=False))

    assert isinstance(sent.rute, Print)
    assert isinstance(stage.wire.sent[0], FysiskForsendelse)


def test_somebody_who_has_opted_out_is_out_of_reach_without_an_address(
    stage: Stage, brev: Callable[..., Brev], postkasse_identity: Identity
) -> None:
    stage.register.people[KARI] = registered(
        postkasse_identity, stage.driver.moment, reservert=True
    )

    with pytest.raises(RecipientUnreachableError):
        stage.driver.run(stage.sending.brev(KARI, brev(printable=False), repeated=False))

    assert stage.wire.sent == []


def test_a_mailbox_with_an_untrusted_certificate_gets_neither_digital_letter_nor_print(
    stage: Stage, brev: Callable[..., Brev], stranger: Identity
) -> None:
    stage.register.people[KARI] = registered(stranger, stage.driver.moment)

    with pytest.raises(CertificateError):
        stage.driver.run(stage.sending.brev(KARI, brev(), repeated=False))

    assert stage.wire.sent == []


def test_a_person_that_the_register_gives_no_usable_answer_about_may_be_asked_about_later(
    stage: Stage, brev: Callable[..., Brev]
) -> None:
    stage.register.people[KARI] = OppslagFeil(personidentifikator=KARI, grunn="is garbled")

    with pytest.raises(UnreadableAnswerError) as caught:
        stage.driver.run(stage.sending.brev(KARI, brev(), repeated=False))

    assert caught.value.retry == "later"


class TestAPersonWhoWasLookedUp:
    @pytest.mark.parametrize("age", [timedelta(), GOOD_FOR_A_LETTER])
    def test_a_new_answer_is_believed_without_asking(
        self, stage: Stage, brev: Callable[..., Brev], postkasse_identity: Identity, age: timedelta
    ) -> None:
        now = stage.driver.moment
        person = registered(postkasse_identity, now, hentet=now - age)

        stage.driver.run(stage.sending.brev(person, brev(), repeated=False))

        assert stage.register.asked == []
        assert len(stage.wire.sent) == 1

    @pytest.mark.parametrize(
        "age", [GOOD_FOR_A_LETTER + timedelta(seconds=1), timedelta(seconds=-1), None]
    )
    def test_an_old_or_undated_answer_is_asked_for_again(
        self,
        stage: Stage,
        brev: Callable[..., Brev],
        postkasse_identity: Identity,
        age: timedelta | None,
    ) -> None:
        now = stage.driver.moment
        hentet = None if age is None else now - age
        person = registered(postkasse_identity, now, reservert=True, hentet=hentet)

        sent = stage.driver.run(stage.sending.brev(person, brev(), repeated=False))

        assert stage.register.asked == [(KARI,)]
        assert isinstance(sent.rute, Digital)  # by the new answer, which knows no reservation


class TestARouteThatWasAskedForBefore:
    """How often the route is decided: `route` of the table is counted."""

    @pytest.fixture
    def decided(self, monkeypatch: pytest.MonkeyPatch) -> list[Person]:
        seen: list[Person] = []

        def counted(person: Person, **asked: Any) -> Rute:
            seen.append(person)
            return route(person, **asked)

        monkeypatch.setattr("sdp.operations.lookup.route", counted)
        return seen

    @staticmethod
    def _ask(stage: Stage, person: Person, *, printable: bool = True) -> Rute:
        asking = stage.lookup.route(
            person,
            has_postal_address=printable,
            formaal=Formaal.VEDTAK,
            tross_reservasjon=False,
        )
        return stage.driver.run(asking)

    @pytest.fixture
    def person(self, stage: Stage, postkasse_identity: Identity) -> Person:
        return registered(
            postkasse_identity, stage.driver.moment, hentet=stage.driver.moment, reservert=True
        )

    def test_it_is_what_the_letter_is_sent_by(
        self, stage: Stage, brev: Callable[..., Brev], person: Person, decided: list[Person]
    ) -> None:
        asked = self._ask(stage, person)
        sent = stage.driver.run(stage.sending.brev(person, brev(), repeated=False))

        assert sent.rute is asked
        assert decided == [person]

    def test_it_serves_one_letter_alone(
        self, stage: Stage, brev: Callable[..., Brev], person: Person, decided: list[Person]
    ) -> None:
        for _ in range(2):
            self._ask(stage, person)
            stage.driver.run(stage.sending.brev(person, brev(), repeated=False))

        assert decided == [person, person]

    def test_it_is_decided_anew_after_a_minute(
        self, stage: Stage, brev: Callable[..., Brev], person: Person, decided: list[Person]
    ) -> None:
        self._ask(stage, person)
        stage.driver.moment += timedelta(minutes=1, microseconds=1)
        stage.driver.run(stage.sending.brev(person, brev(), repeated=False))

        assert decided == [person, person]

    def test_it_is_decided_anew_for_a_letter_that_asks_something_else(
        self, stage: Stage, brev: Callable[..., Brev], person: Person, decided: list[Person]
    ) -> None:
        assert isinstance(self._ask(stage, person), Print)
        with pytest.raises(RecipientUnreachableError):
            stage.driver.run(stage.sending.brev(person, brev(printable=False), repeated=False))

        assert decided == [person, person]

    def test_it_is_decided_anew_by_a_newer_answer_of_the_register(
        self, stage: Stage, brev: Callable[..., Brev], person: Person, decided: list[Person]
    ) -> None:
        newer = person.model_copy(update={"reservert": False})
        self._ask(stage, person)
        sent = stage.driver.run(stage.sending.brev(newer, brev(), repeated=False))

        assert isinstance(sent.rute, Digital)
        assert decided == [person, newer]


def test_what_is_no_brev_is_refused_before_anybody_is_asked(
    stage: Stage, digital_forsendelse: Callable[..., DigitalForsendelse]
) -> None:
    with pytest.raises(InvalidInputError, match="must be a Brev"):
        stage.driver.run(stage.sending.brev(KARI, digital_forsendelse(), repeated=False))  # type: ignore[arg-type]

    assert stage.register.asked == []


def test_that_a_letter_may_have_been_sent_before_reaches_the_wire(
    stage: Stage, brev: Callable[..., Brev]
) -> None:
    stage.driver.run(stage.sending.brev(KARI, brev(), repeated=True))

    assert stage.wire.repeated == [True]


class TestWherePrintGoes:
    def test_the_postal_address_is_asked_for_once_print_is_decided(
        self, stage: Stage, brev: Callable[..., Brev], postkasse_identity: Identity
    ) -> None:
        asked: list[str] = []
        letter = brev()

        def population_register(personidentifikator: str) -> Any:
            asked.append(personidentifikator)
            return letter.fysisk_post

        by_function = letter.model_copy(update={"fysisk_post": population_register})
        stage.driver.run(stage.sending.brev(KARI, by_function, repeated=False))
        assert asked == []

        stage.register.people[KARI] = registered(
            postkasse_identity, stage.driver.moment, reservert=True
        )
        stage.driver.run(stage.sending.brev(KARI, by_function, repeated=False))
        assert asked == [KARI]
        printed = stage.wire.sent[-1]
        assert isinstance(printed, FysiskForsendelse)
        assert printed.fysisk_post == letter.fysisk_post

    def test_somebody_without_a_known_address_is_out_of_reach(
        self, stage: Stage, brev: Callable[..., Brev], postkasse_identity: Identity
    ) -> None:
        stage.register.people[KARI] = registered(
            postkasse_identity, stage.driver.moment, reservert=True
        )
        letter = brev().model_copy(update={"fysisk_post": lambda _: None})

        with pytest.raises(RecipientUnreachableError, match="gives no postal address"):
            stage.driver.run(stage.sending.brev(KARI, letter, repeated=False))
        assert stage.wire.sent == []

    def test_a_function_that_gives_something_else_is_named(
        self, stage: Stage, brev: Callable[..., Brev], postkasse_identity: Identity
    ) -> None:
        stage.register.people[KARI] = registered(
            postkasse_identity, stage.driver.moment, reservert=True
        )
        letter = brev().model_copy(update={"fysisk_post": lambda _: "Torget 1"})

        with pytest.raises(InvalidInputError, match="fysisk_post: must return a FysiskPost"):
            stage.driver.run(stage.sending.brev(KARI, letter, repeated=False))


class TestNotices:
    def test_a_vedtak_is_notified_of_twice_though_the_sender_wrote_no_text(
        self, stage: Stage, brev: Callable[..., Brev]
    ) -> None:
        stage.driver.run(stage.sending.brev(KARI, brev(), repeated=False))

        (sent,) = stage.wire.sent
        assert isinstance(sent, DigitalForsendelse)
        notices = [sent.digital_post.epost_varsel, sent.digital_post.sms_varsel]
        assert [each.repetisjoner for each in notices if each is not None] == [(0, 7)]

    @pytest.mark.parametrize("policy", ["off", "warn", "error"])
    def test_a_link_in_a_title_is_told_or_refused_as_the_setting_says(
        self,
        policy: Any,
        stage: Stage,
        brev: Callable[..., Brev],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        stage.sending._lint = NoticeLint(policy)
        linked = DigitalPost(ikke_sensitiv_tittel="Logg inn på etaten.no")
        letter = brev().model_copy(update={"digital_post": linked})

        def send() -> None:
            stage.driver.run(stage.sending.brev(KARI, letter, repeated=False))

        with caplog.at_level("WARNING", logger="sdp.client"):
            if policy == "error":
                with pytest.raises(InvalidInputError, match=r"ikke_sensitiv_tittel: .* \(link\)"):
                    send()
            else:
                send()
                send()
        assert len(stage.wire.sent) == (0 if policy == "error" else 2)
        told = [record.getMessage() for record in caplog.records]
        assert len(told) == (1 if policy == "warn" else 0)
        assert "etaten" not in "".join(told)
