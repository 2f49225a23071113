"""A test environment that is stopped and started again with the same state file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from sdp.cli.testmiljo import write_files
from sdp.client import Client
from sdp.config import ClientConfig
from sdp.domain import Leveringskvittering
from sdp.errors import CertificateError, ConfigurationError, UnknownOutcomeError
from sdp.testmiljo import Kind, LoseAnswer, Testmiljo
from tests.e2e.client.conftest import Letters

Start = Callable[[], Testmiljo]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def start(path: Path) -> Iterator[Start]:
    """Start the environment, or stop it and start it again on the same port."""
    running: list[Testmiljo] = []

    def started() -> Testmiljo:
        port = 0
        if running:
            port = httpx.URL(running[-1].root_url).port or 0
            running.pop().close()
        running.append(Testmiljo.start(port=port, state=path))
        return running[-1]

    yield started
    for miljo in running:
        miljo.close()


@pytest.mark.parametrize("wire", ["ebms", "dpi"])
def test_letters_and_their_receipts_outlast_a_restart(start: Start, wire: str) -> None:
    miljo = start()
    letter = Letters(miljo)
    with Client(config_of(miljo, wire)) as client:
        digital = client.send(letter.digital())
        fysisk = client.send(letter.fysisk())
    before = miljo.letters

    miljo = start()
    assert miljo.letters == before
    assert [each.konversasjons_id for each in before] == [
        str(digital.konversasjons_id),
        str(fysisk.konversasjons_id),
    ]
    with Client(config_of(miljo, wire)) as client:
        kvitteringer = tuple(client.receipts())
    assert [kvittering.konversasjons_id for kvittering in kvitteringer].count(
        digital.konversasjons_id
    ) == 1
    assert len(kvitteringer) == 4

    miljo = start()
    with Client(config_of(miljo, wire)) as client:
        assert tuple(client.receipts()) == ()


def test_a_letter_whose_answer_was_lost_is_known_after_a_restart(start: Start) -> None:
    miljo = start()
    miljo.faults.add(LoseAnswer(accepted=True))
    with Client(miljo.client_config()) as client, pytest.raises(UnknownOutcomeError) as lost:
        client.send(Letters(miljo).digital())

    miljo = start()
    with Client(miljo.client_config()) as client:
        assert client.resend(lost.value.pending).already_received
    assert len(miljo.letters) == 1


def test_the_statuses_of_a_letter_outlast_a_restart(start: Start) -> None:
    miljo = start()
    with Client(miljo.client_config(wire="dpi")) as client:
        meldings_id = UUID(str(client.send(Letters(miljo).digital()).meldings_id))
        before = client.statuses(meldings_id)
    with Client(start().client_config(wire="dpi")) as client:
        assert client.statuses(meldings_id) == before


def test_a_receipt_that_was_given_and_not_confirmed_comes_again(start: Start) -> None:
    miljo = start()
    with Client(miljo.client_config()) as client:
        client.send(Letters(miljo).digital())
        for first in client.receipts():
            assert isinstance(first, Leveringskvittering)
            break
    (waiting,) = miljo.waiting_receipts

    (kept,) = start().waiting_receipts
    assert (kept.sbd, kept.given, kept.body_digest) == (waiting.sbd, 1, waiting.body_digest)
    assert kept.hidden_until == waiting.hidden_until


def test_people_and_closed_mailboxes_outlast_a_restart(start: Start) -> None:
    miljo = start()
    kari, ola = miljo.innbygger(), miljo.innbygger(kind=Kind.RESERVED)
    miljo.drop_mailbox(kari.personidentifikator)
    before = tuple(miljo.register)

    miljo = start()
    assert tuple(miljo.register) == before
    assert miljo.innbygger().personidentifikator not in {
        kari.personidentifikator,
        ola.personidentifikator,
    }


def test_a_revoked_certificate_is_revoked_after_a_restart(start: Start) -> None:
    miljo = start()
    miljo.revocation.revoke(miljo.postkasse.actor.certificate)
    miljo = start()
    with (
        Client(miljo.client_config(revocation="hard")) as client,
        pytest.raises(CertificateError, match="revoked"),
    ):
        client.send(Letters(miljo).digital())
    assert miljo.letters == ()


def test_a_configuration_that_was_written_once_is_good_after_a_restart(
    start: Start, tmp_path: Path
) -> None:
    files = {name: path.read_bytes() for name, path in write_files(start(), tmp_path).items()}
    miljo = start()
    with Client(ClientConfig.from_toml(tmp_path / "sdp.toml", environ={})) as client:
        client.send(Letters(miljo).digital())
    assert len(miljo.letters) == 1

    again = {name: path.read_bytes() for name, path in write_files(miljo, tmp_path).items()}
    assert again["recipient"] == files["recipient"]
    assert again["print_certificate"] == files["print_certificate"]


def test_a_state_file_in_use_is_told_of_and_nothing_is_left_running(
    start: Start, path: Path
) -> None:
    miljo = start()
    with pytest.raises(ConfigurationError, match="in use"):
        Testmiljo.start(state=path)
    assert start().ca.root.certificate == miljo.ca.root.certificate


def test_a_damaged_letter_is_told_of_before_anything_is_served(start: Start, path: Path) -> None:
    miljo = start()
    with Client(miljo.client_config()) as client:
        client.send(Letters(miljo).digital())
    miljo.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE kept SET value = '{}' WHERE kind = 'letters'")
    with pytest.raises(ConfigurationError, match="one of its letters"):
        Testmiljo.start(state=path)


def config_of(miljo: Testmiljo, wire: str) -> ClientConfig:
    return miljo.client_config(wire="dpi") if wire == "dpi" else miljo.client_config()
