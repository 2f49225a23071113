"""A digital letter that is not read goes to print once, where its campaign says so."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sdp.domain import (
    Aapningskvittering,
    DigitalPost,
    Feil,
    Leveringskvittering,
    VarslingFeiletKvittering,
    Varslingskanal,
)
from sdp.errors import InvalidInputError, OutboxError
from sdp.outbox import Outbox, Post, Slag, Tilstand, running
from sdp.outbox.tables import UNREAD_SINCE, arbeider, brev, lager
from sdp.outbox.unread import key_of_print, print_unread
from tests.unit.outbox.rig import Rig
from tests.unit.outbox.world import PRINTER, Clock, World, letter, person, receipt

DAYS = 14
REASON = "Vedtaket har en klagefrist som må bli kjent i tide"
A_DAY = timedelta(days=1)


@pytest.fixture(params=[None, "env:NOEKKEL"], ids=["plain", "encrypted"])
def key(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str | None:
    monkeypatch.setenv("NOEKKEL", "5a" * 32)
    found: str | None = request.param
    return found


@pytest.fixture
def ruled(tmp_path: Path, world: World, clock: Clock, key: str | None) -> Iterator[Rig]:
    """A campaign whose unread letters go to print."""
    rig = Rig(tmp_path / "ulest.db", world, clock, key=key)
    rig.outbox.print_unread("klage", DAYS, reason=REASON, hvem="kari")
    yield rig
    rig.die()


def put(rig: Rig, nokkel: str = "sak-1", *, printable: bool = True, **changes: Any) -> None:
    rig.outbox.put(nokkel, person(0), letter(printable=printable, **changes), kampanje="klage")
    rig.work()


def tell(rig: Rig, kind: Any, nokkel: str = "sak-1") -> None:
    conversation = rig.outbox.post(nokkel).konversasjons_id
    came = receipt(kind, conversation) if kind is not VarslingFeiletKvittering else None
    if came is None:
        basis = receipt(Leveringskvittering, conversation)
        came = VarslingFeiletKvittering(
            **basis.model_dump(exclude={"tidspunkt"}),
            tidspunkt=rig.clock(),
            kanal=Varslingskanal.SMS,
        )
    rig.world.waiting = [came.model_copy(update={"tidspunkt": rig.clock()})]
    rig.poll()


def look(rig: Rig) -> int:
    with rig.database.write() as connection:
        return print_unread(connection, rig.clock(), rig.database.vault)


def copies(rig: Rig) -> list[Post]:
    return [post for post in rig.outbox.letters() if post.i_stedet_for is not None]


class TestWhatIsUnread:
    def test_a_letter_that_is_not_opened_in_time_goes_to_print(self, ruled: Rig) -> None:
        put(ruled)
        tell(ruled, Leveringskvittering)
        ruled.clock.forward(DAYS * A_DAY - timedelta(seconds=1))
        assert look(ruled) == 0

        ruled.clock.forward(timedelta(seconds=1))
        assert look(ruled) == 1
        ruled.work()
        [printed] = copies(ruled)
        assert (printed.nokkel, printed.tilstand) == ("sak-1:utskrift", Tilstand.SENDT)
        assert (printed.rute, printed.mottaker) == ("print", PRINTER)
        assert printed.kampanje == "klage"
        original = ruled.outbox.post("sak-1")
        assert original.erstattet_av == "sak-1:utskrift"
        assert original.tilstand is Tilstand.LEVERT
        assert original.konversasjons_id != printed.konversasjons_id

    def test_one_that_is_opened_stays_digital(self, ruled: Rig) -> None:
        put(ruled)
        tell(ruled, Leveringskvittering)
        tell(ruled, Aapningskvittering)
        ruled.clock.forward(100 * A_DAY)

        assert look(ruled) == 0
        assert copies(ruled) == []

    def test_one_whose_notice_failed_goes_at_once(self, ruled: Rig) -> None:
        put(ruled)
        tell(ruled, Leveringskvittering)
        tell(ruled, VarslingFeiletKvittering)

        assert look(ruled) == 1
        assert "notice" in str(ruled.outbox.show("sak-1").hendelser[-1].detalj)

    def test_one_that_came_back_with_a_feil_goes_at_once(self, ruled: Rig) -> None:
        put(ruled)
        tell(ruled, Feil)

        assert look(ruled) == 1
        assert ruled.outbox.post("sak-1").tilstand is Tilstand.FEILET

    def test_one_that_a_person_gave_up_does_not(self, ruled: Rig) -> None:
        ruled.world.faults = ["lost"] * 20
        put(ruled)
        while ruled.state("sak-1") is not Tilstand.UAVKLART:
            ruled.clock.forward(timedelta(hours=1))
            ruled.work()
        ruled.outbox.give_up("sak-1")

        assert look(ruled) == 0

    def test_a_feil_about_a_message_before_a_retry_does_not_count(self, ruled: Rig) -> None:
        put(ruled)
        tell(ruled, Feil)
        ruled.outbox.retry("sak-1")
        ruled.work()

        assert look(ruled) == 0

    def test_days_are_counted_from_when_the_letter_is_available(self, ruled: Rig) -> None:
        post = DigitalPost(ikke_sensitiv_tittel="Brev", virkningsdato=date(2026, 11, 22))
        put(ruled, digital_post=post)
        tell(ruled, Leveringskvittering)
        ruled.clock.forward((DAYS + 5) * A_DAY)
        assert look(ruled) == 0
        assert look(ruled) == 0
        ruled.clock.forward(20 * A_DAY)
        assert look(ruled) == 1

    def test_nothing_does_without_the_rule_or_after_it_is_ended(self, ruled: Rig) -> None:
        put(ruled)
        tell(ruled, Leveringskvittering)
        ruled.outbox.put("annet", person(1), letter(printable=True))
        ruled.work()
        tell(ruled, Leveringskvittering, "annet")
        ruled.outbox.print_unread("klage", None)
        ruled.clock.forward(100 * A_DAY)

        assert look(ruled) == 0

    def test_a_letter_on_paper_is_never_unread(self, ruled: Rig) -> None:
        ruled.world.reserved = {person(0)}
        put(ruled)
        tell(ruled, Leveringskvittering)
        ruled.clock.forward(100 * A_DAY)

        assert look(ruled) == 0


class TestOnce:
    def test_a_second_look_decides_nothing(self, ruled: Rig) -> None:
        put(ruled)
        tell(ruled, Feil)
        assert [look(ruled) for _ in range(3)] == [1, 0, 0]
        ruled.work()
        tell(ruled, Feil, "sak-1:utskrift")
        assert look(ruled) == 0
        assert len(copies(ruled)) == 1

    def test_the_database_itself_refuses_a_second(self, ruled: Rig) -> None:
        put(ruled)
        tell(ruled, Feil)
        look(ruled)
        with ruled.database.write() as connection:
            again = sa.update(brev).where(brev.c.nokkel == "sak-1")
            connection.execute(again.values(ulest_avgjort=None))
        look(ruled)

        assert len(copies(ruled)) == 1

    def test_the_first_cannot_be_tried_again_once_it_is_printed(self, ruled: Rig) -> None:
        put(ruled)
        tell(ruled, Feil)
        look(ruled)

        with pytest.raises(OutboxError, match="arrive twice"):
            ruled.outbox.retry("sak-1")

    def test_keys_of_letters_for_print_are_their_own(self) -> None:
        long = ["a" * 255, "a" * 254 + "b"]
        made = [key_of_print(each) for each in ("a", "b", *long)]
        assert len(set(made)) == 4
        assert all(len(each) <= 255 for each in made)
        assert key_of_print(long[0]) == made[2]


class TestWhatNeedsAPerson:
    def told(self, rig: Rig) -> list[str | None]:
        return [each.nokkel for each in rig.outbox.stuck() if each.slag is Slag.ULEST]

    def test_a_letter_without_an_address_is_told_once_and_seen_to(self, ruled: Rig) -> None:
        put(ruled, printable=False)
        tell(ruled, Leveringskvittering)
        ruled.clock.forward(DAYS * A_DAY)
        assert look(ruled) == 1
        assert copies(ruled) == []
        assert "no postal address" in str(ruled.outbox.show("sak-1").hendelser[-1].detalj)

        assert [each.slag for each in ruled.outbox.stuck(untold=True)] == [Slag.ULEST]
        assert ruled.outbox.stuck(untold=True) == []
        assert self.told(ruled) == ["sak-1"]
        ruled.outbox.seen_to("sak-1", hvem="kari ringte")
        assert self.told(ruled) == []
        assert "kari ringte" in str(ruled.outbox.show("sak-1").hendelser[-1].detalj)
        with pytest.raises(OutboxError, match="waits for a person"):
            ruled.outbox.seen_to("sak-1")

    def test_it_needs_nobody_once_the_citizen_opens_it_after_all(self, ruled: Rig) -> None:
        put(ruled, printable=False)
        tell(ruled, Leveringskvittering)
        ruled.clock.forward(DAYS * A_DAY)
        look(ruled)
        tell(ruled, Aapningskvittering)

        assert self.told(ruled) == []

    def test_a_key_that_another_letter_has_is_told(self, ruled: Rig) -> None:
        put(ruled, "sak-1:utskrift")
        put(ruled)
        tell(ruled, Feil)
        look(ruled)

        assert self.told(ruled) == ["sak-1"]
        assert "another letter's" in str(ruled.outbox.show("sak-1").hendelser[-1].detalj)


class TestWhatIsAskedFor:
    def test_every_digital_letter_asks_for_its_opening_and_says_why(self, ruled: Rig) -> None:
        put(ruled)
        ruled.outbox.put("annet", person(1), letter())
        ruled.work()

        assert ruled.world.watched == {ruled.outbox.post("sak-1").konversasjons_id}
        told = [str(line.detalj) for line in ruled.outbox.show("sak-1").hendelser]
        assert any(REASON in line for line in told)
        assert REASON not in str(ruled.outbox.show("annet").hendelser)

    def test_a_reason_and_a_number_of_days_are_asked_for(self, ruled: Rig) -> None:
        for days, reason in ((0, REASON), (366, REASON), (14, None), (14, "fordi")):
            with pytest.raises(InvalidInputError, match="days" if reason == REASON else "reason"):
                ruled.outbox.print_unread("klage", days, reason=reason)

    def test_what_holds_letters_back_is_set_without_ending_the_rule(self, ruled: Rig) -> None:
        ruled.outbox.campaign("klage", per_minutt=60)

        [campaign] = ruled.outbox.campaigns()
        assert (campaign.ulest_dager, campaign.ulest_grunn) == (DAYS, REASON)

    def test_no_worker_begins_any_more_that_does_not_know_the_rule(self, ruled: Rig) -> None:
        with ruled.database.read() as connection:
            assert connection.scalar(sa.select(lager.c.eldste)) == UNREAD_SINCE

    def test_a_worker_that_does_not_know_the_rule_must_be_stopped_first(self, rig: Rig) -> None:
        with rig.database.write() as connection:
            connection.execute(sa.update(arbeider).values(skjema="0004"))

        with pytest.raises(OutboxError, match="older version"):
            rig.outbox.print_unread("klage", DAYS, reason=REASON)
        rig.presence.close()
        rig.outbox.print_unread("klage", DAYS, reason=REASON)

    def test_it_is_off_by_default(self, rig: Rig) -> None:
        rig.outbox.put("a", person(0), letter(printable=True), kampanje="vanlig")
        rig.work()
        assert rig.world.watched == set()
        assert [each.ulest_dager for each in rig.outbox.campaigns()] == [None]


def test_the_content_is_kept_until_the_rule_has_decided(ruled: Rig) -> None:
    put(ruled)
    tell(ruled, Leveringskvittering)
    ruled.clock.forward(DAYS * A_DAY)
    assert ruled.outbox.purge(A_DAY).brev == 0
    look(ruled)
    ruled.clock.forward(A_DAY)
    assert ruled.outbox.purge(A_DAY).brev == 1

    assert ruled.work() == 1
    assert copies(ruled)[0].tilstand is Tilstand.SENDT


def test_a_running_worker_looks_by_itself(
    rig: Rig, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.levering_at_once = True
    rig.outbox.print_unread("klage", 1, reason=REASON)
    put(rig)
    rig.poll()
    clock.forward(2 * A_DAY)
    monkeypatch.setattr(running, "_STUCK_EVERY", 0.2)
    with Outbox.open(rig.path, sender=world, clock=clock) as outbox:
        stopping = threading.Timer(3.0, outbox.stop)
        stopping.start()
        outbox.run()
        stopping.join()

    assert [post.tilstand for post in copies(rig)] == [Tilstand.LEVERT]
