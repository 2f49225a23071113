"""A mailbox that is closed while a letter is on its way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest

from sdp import Client, Feil, Feiltype, Leveringskvittering, RecipientUnreachableError
from sdp.config import KrrConfig
from sdp.krr import Digital
from sdp.testmiljo import Kind, Testmiljo
from tests.e2e.client.conftest import Letters


@pytest.fixture
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


@pytest.fixture(params=("ebms", "dpi"))
def client(miljo: Testmiljo, request: pytest.FixtureRequest) -> Iterator[Client]:
    with Client(miljo.client_config(wire=request.param)) as made:
        yield made


@pytest.fixture
def letters(miljo: Testmiljo) -> Letters:
    return Letters(miljo)


def close_behind_the_register(miljo: Testmiljo, number: str) -> None:
    """Close a mailbox that the register shows for a while yet."""
    miljo.drop_mailbox(number)
    miljo.register.add_kind(Kind.REACHABLE, number)


def test_a_letter_that_is_already_addressed_is_accepted_and_comes_back_as_a_feil(
    client: Client, letters: Letters, miljo: Testmiljo
) -> None:
    mottaker = miljo.innbygger()
    addressed = letters.digital(mottaker=mottaker)
    close_behind_the_register(miljo, mottaker.personidentifikator)
    resultat = client.send(addressed)
    (feil,) = client.receipts()

    assert isinstance(feil, Feil)
    assert feil.feiltype is Feiltype.KLIENT
    assert feil.konversasjons_id == resultat.konversasjons_id
    assert feil.detaljer is not None
    assert "no mailbox" in feil.detaljer
    assert miljo.letters == ()


@pytest.mark.parametrize("wire", ["rest", "soap"])
def test_the_register_sends_nobody_there_any_more(
    letters: Letters, miljo: Testmiljo, wire: Literal["rest", "soap"]
) -> None:
    mottaker = miljo.innbygger()
    asking = miljo.client_config().model_copy(update={"krr": KrrConfig(wire=wire)})
    with Client(asking) as client:
        assert isinstance(client.route(mottaker.personidentifikator), Digital)
        miljo.drop_mailbox(mottaker.personidentifikator)

        assert not isinstance(client.route(mottaker.personidentifikator), Digital)
        with pytest.raises(RecipientUnreachableError):
            client.send(letters.digital(mottaker=mottaker))


def test_other_mailboxes_and_print_are_as_before(
    client: Client, letters: Letters, miljo: Testmiljo
) -> None:
    miljo.drop_mailbox(miljo.innbygger().personidentifikator)
    client.send(letters.digital())
    client.send(letters.fysisk())

    assert not [each for each in client.receipts() if isinstance(each, Feil)]
    assert len(miljo.letters) == 2


def test_a_mailbox_is_opened_again_by_entering_its_owner(
    client: Client, letters: Letters, miljo: Testmiljo
) -> None:
    number = miljo.innbygger().personidentifikator
    miljo.drop_mailbox(number)
    client.send(letters.digital(mottaker=miljo.innbygger(number)))

    (receipt,) = client.receipts()
    assert isinstance(receipt, Leveringskvittering)


def test_a_mailbox_that_is_not_there_cannot_be_dropped(miljo: Testmiljo) -> None:
    number = miljo.innbygger(kind=Kind.NO_MAILBOX).personidentifikator
    with pytest.raises(ValueError, match="no mailbox"):
        miljo.drop_mailbox(number)
