"""Whose signatures the access point takes."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest

from sdp.testmiljo.ca import Issued, LeafUsage, TestCA
from sdp.testmiljo.signing import sign
from sdp.testmiljo.validators.rejection import HttpRejection
from tests.unit.testmiljo.dpi_sender import FORM, form, signed
from tests.unit.testmiljo.dpi_world import AVSENDER, World


def signed_as(world: World, issued: Issued | None = None, **header: Any) -> HttpRejection:
    """Send a letter whose message is signed in another way."""
    token, package = world.token(), world.packed()
    document = world.sender().document(package, token)
    body = form(signed(document, issued or world.issued, **header), package)
    with pytest.raises(HttpRejection) as caught:
        world.aksesspunkt.accept_letter(world.caller(token), None, FORM, body)
    assert world.letters.all == ()
    return caught.value


@pytest.mark.parametrize("alg", ["RS384", "RS512", "PS256"])
def test_only_rs256_is_taken(world: World, alg: str) -> None:
    assert "RS256" in signed_as(world, alg=alg).reason


def test_a_message_that_is_signed_with_another_key_is_refused(world: World, ca: TestCA) -> None:
    other = ca.issue(AVSENDER, "Etaten", moment=world.now)
    assert "does not hold" in signed_as(world, other, x5c=world.issued.chain).reason


def test_a_certificate_of_another_ca_is_refused(world: World) -> None:
    stranger = TestCA.create(world.now).issue(AVSENDER, "Etaten", moment=world.now)
    assert "not issued by a CA of this environment" in signed_as(world, stranger).reason


def test_a_certificate_that_is_not_for_signing_is_refused(world: World, ca: TestCA) -> None:
    issued = ca.issue(AVSENDER, "Etaten", moment=world.now, usage=LeafUsage.ENCRYPTION)
    assert "not one for signing" in signed_as(world, issued).reason


def test_a_certificate_that_has_expired_is_refused(world: World, ca: TestCA) -> None:
    issued = ca.issue(
        AVSENDER, "Etaten", moment=world.now, not_after=world.now - timedelta(seconds=1)
    )
    assert "not valid now" in signed_as(world, issued).reason


def test_the_chain_must_stand_in_order(world: World) -> None:
    leaf, issuing, root = world.issued.chain
    assert "in order" in signed_as(world, x5c=(leaf, root, issuing)).reason


def test_the_leaf_alone_is_chain_enough(world: World) -> None:
    token, package = world.token(), world.packed()
    document = world.sender().document(package, token)
    body = form(signed(document, world.issued, x5c=world.issued.chain[:1]), package)
    world.aksesspunkt.accept_letter(world.caller(token), None, FORM, body)
    assert world.receipts() == ["leveringskvittering"]


@pytest.mark.parametrize(
    "x5c", [[], "MII", ["####"], ["AAAA"], [1]], ids=["empty", "text", "base64", "der", "number"]
)
def test_an_x5c_that_holds_no_certificate_is_refused(world: World, x5c: object) -> None:
    token, package = world.token(), world.packed()
    message = sign(world.sender().document(package, token), world.issued.key, x5c=x5c)
    with pytest.raises(HttpRejection, match="x5c"):
        world.aksesspunkt.accept_letter(world.caller(token), None, FORM, form(message, package))


@pytest.mark.parametrize("message", ["", "a.b", "....", "ø.ø.ø", "e30.e30.e30", "W10.e30.AAAA"])
def test_what_is_no_jws_is_refused(world: World, message: str) -> None:
    token = world.token()
    with pytest.raises(HttpRejection) as caught:
        world.aksesspunkt.accept_letter(world.caller(token), None, FORM, form(message, b"x"))
    assert caught.value.status == 400


def test_a_message_nested_too_deep_to_be_read_is_refused(world: World) -> None:
    token = world.token()
    deep = base64.urlsafe_b64encode(b"[" * 200_000).decode()
    with pytest.raises(HttpRejection) as caught:
        world.aksesspunkt.accept_letter(
            world.caller(token), None, FORM, form(f"{deep}.e30.AAAA", b"x")
        )
    assert caught.value.status == 400
