"""Whose letters the access point takes, and with which tokens."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sdp.testmiljo.ca import TestCA
from sdp.testmiljo.validators.rejection import HttpRejection
from tests.unit.testmiljo.dpi_sender import post_of
from tests.unit.testmiljo.dpi_world import ANNEN_AVSENDER, World


def test_a_good_letter_is_taken_and_its_steps_can_be_asked_for(world: World) -> None:
    sender = world.send()
    steps = world.aksesspunkt.statuses(world.caller(), sender.meldings_id)
    assert [str(step.status) for step in steps] == ["OPPRETTET", "SENDT"]


def test_nobody_else_is_told_of_the_steps(world: World, ca: TestCA, moment: datetime) -> None:
    sender = world.send()
    other = ca.issue(ANNEN_AVSENDER, "En annen", moment=moment)
    world.maskinporten.register("annen", ANNEN_AVSENDER, ("digitalpostinnbygger:send",))
    world.issued = other
    token = world.token(iss="annen")
    assert world.aksesspunkt.statuses(world.caller(token), sender.meldings_id) == ()


def test_a_letter_for_a_receiver_that_is_not_known_is_taken_and_then_fails(world: World) -> None:
    sender = world.send(world.sender(mottaker="984661185"))
    steps = world.aksesspunkt.statuses(world.caller(), sender.meldings_id)
    assert [str(step.status) for step in steps] == ["OPPRETTET", "FEILET"]
    assert world.receipts() == []


def test_a_supplier_sends_for_a_consumer_that_lets_it(world: World) -> None:
    world.send(
        world.sender(avsender=ANNEN_AVSENDER), token=world.token(consumer_org=ANNEN_AVSENDER)
    )
    assert [each.avsender for each in world.aksesspunkt.waiting_receipts] == [ANNEN_AVSENDER]


def test_an_id_is_taken_once_whatever_its_case(world: World) -> None:
    sender = world.send()
    sender.meldings_id = sender.meldings_id.upper()
    with pytest.raises(HttpRejection, match=r"duplicate key value .* already exists"):
        world.send(sender)
    assert len(world.letters.all) == 1


def test_a_refused_letter_leaves_its_id_unused(world: World) -> None:
    sender = world.sender()
    world.refused(sender=sender, token=world.token(), kanal="ø")
    world.send(sender)
    assert world.receipts() == ["leveringskvittering"]


def test_a_request_without_a_token_is_refused(world: World) -> None:
    for authorization in (None, "", "Bearer ", "Basic Zm9vOmJhcg==", "Bearer a.b.c"):
        with pytest.raises(HttpRejection) as caught:
            world.aksesspunkt.authorize(authorization)
        assert caught.value.status == 401


def test_a_token_that_has_expired_is_refused(world: World) -> None:
    token = world.token()
    world.now += timedelta(seconds=121)
    assert (found := world.refused(token=token)).status == 401
    assert "expired" in found.reason


def test_a_token_without_the_scope_is_refused(world: World) -> None:
    found = world.refused(token=world.token(scope="krr:global/digitalpost.read"))
    assert (found.status, "scope" in found.reason) == (403, True)


def test_a_token_must_be_for_the_audience_that_the_access_point_asks_for(world: World) -> None:
    world.aksesspunkt.audience = "https://aksesspunkt.example/"
    assert world.refused(token=world.token()).status == 401
    assert world.refused(token=world.token(resource="https://krr.example/")).status == 401
    world.send(token=world.token(resource="https://aksesspunkt.example/"))
    assert world.receipts() == ["leveringskvittering"]


def test_the_avsender_must_be_the_consumer_of_the_token(world: World) -> None:
    found = world.refused(sender=world.sender(avsender=ANNEN_AVSENDER))
    assert (found.status, "the consumer" in found.reason) == (403, True)


def test_the_signer_must_be_who_the_token_was_given_to(
    world: World, ca: TestCA, moment: datetime
) -> None:
    token = world.token()
    world.issued = ca.issue(ANNEN_AVSENDER, "En annen", moment=moment)
    found = world.refused(token=token, sender=world.sender(databehandler=ANNEN_AVSENDER))
    assert (found.status, "not that of the organisation that signed" in found.reason) == (403, True)


def test_the_token_in_the_message_must_be_that_of_the_request(world: World) -> None:
    older = world.token()
    found = world.refused(spoil=lambda document: post_of(document).update(maskinportentoken=older))
    assert (found.status, "maskinportentoken" in found.reason) == (400, True)


@pytest.mark.parametrize("kanal", ["æ", "a b", "", "a" * 29, "a.b"])
def test_a_kanal_that_may_not_be_is_refused(world: World, kanal: str) -> None:
    assert "kanal" in world.refused(kanal=kanal).reason


def test_a_kanal_is_the_same_in_upper_and_lower_case(world: World) -> None:
    world.send(kanal="Min-Kanal_" + "0" * 18)
    assert len(world.listed(kanal="MIN-kanal_" + "0" * 18)) == 1
    assert world.listed(kanal="en-annen") == []


def test_a_package_over_the_limit_is_refused(world: World) -> None:
    world.aksesspunkt.size_limit = 1000
    assert "larger" in world.refused().reason


def test_a_package_that_is_not_the_one_in_the_message_is_refused(world: World) -> None:
    token = world.token()
    content_type, body = world.sender().letter(world.packed(), token)
    with pytest.raises(HttpRejection, match="fingeravtrykk"):
        world.aksesspunkt.accept_letter(
            world.caller(token), None, content_type, body.replace(b"\r\n--b--", b"\0\r\n--b--")
        )


def test_the_reasons_of_refusals_can_be_looked_up(world: World) -> None:
    rejection = world.refused(kanal="ø")
    world.aksesspunkt.note(rejection)
    assert world.aksesspunkt.rejections == (rejection,)
