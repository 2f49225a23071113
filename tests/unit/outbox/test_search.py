"""Letters are found by key, id, person, state and campaign, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sdp.domain import Aapningskvittering
from sdp.errors import OutboxError
from sdp.outbox import Tilstand
from sdp.outbox.search import Side, Soek, search
from sdp.outbox.views import statuses
from tests.unit.outbox.rig import Rig
from tests.unit.outbox.world import START, letter, person, receipt


@pytest.fixture
def filled(rig: Rig) -> Rig:
    rig.outbox.put_many(
        ((f"sak-{number:02}", person(number % 3), letter()) for number in range(25)),
        kampanje="høst",
    )
    rig.outbox.put("100%_sikker", person(9), letter())
    return rig


def found(rig: Rig, most: int = 10, **wanted: object) -> Side:
    with rig.database.read() as connection:
        return search(connection, Soek(**wanted), rig.database.vault, most=most)  # type: ignore[arg-type]


def keys(side: Side) -> list[str]:
    return [post.nokkel for post in side.brev]


def walked(rig: Rig) -> Iterator[Side]:
    side = found(rig)
    yield side
    while side.etter:
        side = found(rig, etter=side.etter)
        yield side


def test_pages_go_from_the_newest_to_the_oldest_and_back(filled: Rig) -> None:
    forwards = list(walked(filled))
    everything = [key for side in forwards for key in keys(side)]
    assert everything == ["100%_sikker", *(f"sak-{number:02}" for number in range(24, -1, -1))]
    assert (forwards[0].foer, forwards[-1].etter) == (0, 0)

    back = found(filled, foer=forwards[2].foer)
    assert keys(back) == keys(forwards[1])
    assert keys(found(filled, foer=back.foer)) == keys(forwards[0])
    assert found(filled, foer=back.foer).foer == 0


def test_a_page_that_is_just_full_is_the_last(filled: Rig) -> None:
    assert found(filled, most=26).etter == 0
    assert found(filled, most=25).etter != 0


def test_a_key_is_found_by_its_beginning_and_an_id_by_the_whole(filled: Rig) -> None:
    post = filled.outbox.post("sak-07")

    assert keys(found(filled, tekst="sak-07")) == ["sak-07"]
    assert len(found(filled, tekst="sak-0").brev) == 10
    assert keys(found(filled, tekst=post.meldings_id.upper())) == ["sak-07"]
    assert keys(found(filled, tekst=post.konversasjons_id)) == ["sak-07"]
    assert keys(found(filled, tekst=post.meldings_id[:8])) == []


def test_no_letter_of_a_key_is_a_pattern(filled: Rig) -> None:
    assert keys(found(filled, tekst="100%_")) == ["100%_sikker"]
    assert keys(found(filled, tekst="%")) == []
    assert keys(found(filled, tekst="sak_0")) == []


def test_a_person_is_found_by_the_whole_number_alone(filled: Rig) -> None:
    assert len(found(filled, person=person(1), most=50).brev) == 8
    assert found(filled, person=person(1)[:6]).brev == ()


def test_state_and_campaign_narrow_it(filled: Rig) -> None:
    filled.outbox.cancel("sak-03")

    assert keys(found(filled, tilstand=Tilstand.AVBRUTT, kampanje="høst")) == ["sak-03"]
    assert keys(found(filled, kampanje="")) == ["100%_sikker"]
    with pytest.raises(OutboxError, match="no campaign"):
        found(filled, kampanje="vår")


def test_all_campaigns_are_counted_at_once_as_one_by_one(filled: Rig) -> None:
    filled.outbox.pause("høst")
    filled.work()
    with filled.database.read() as connection:
        counted = {each.navn: status for each, status in statuses(connection, filled.clock())}

    assert counted.keys() == {"", "høst"}
    assert counted["høst"] == filled.status("høst")
    assert counted[""].antall[Tilstand.SENDT] == 1
    assert counted[""].per_minutt == 1


def test_an_opening_is_kept_with_its_first_moment(filled: Rig) -> None:
    filled.work()
    conversation = filled.outbox.post("sak-01").konversasjons_id
    filled.world.waiting = [receipt(Aapningskvittering, conversation) for _ in range(2)]
    filled.poll()

    assert filled.outbox.post("sak-01").aapnet == START
    assert filled.outbox.post("sak-02").aapnet is None
