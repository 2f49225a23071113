from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from sdp.client import Client
from sdp.domain import (
    Avsender,
    DigitalForsendelse,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    Forsendelse,
    FysiskForsendelse,
    FysiskPost,
    NorskAdresse,
    Postadresse,
    Posthaandtering,
    Retur,
)
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.environment import AVSENDER
from tests.documents import pdf


@pytest.fixture
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


@pytest.fixture
def client(miljo: Testmiljo) -> Iterator[Client]:
    with Client(miljo.client_config()) as made:
        yield made


@dataclass
class Letters:
    """Writes letters to the people of one test environment."""

    miljo: Testmiljo
    avsender: Avsender = field(default_factory=lambda: Avsender(organisasjonsnummer=AVSENDER))

    def digital(self, **changes: Any) -> DigitalForsendelse:
        values: dict[str, Any] = {
            "avsender": self.avsender,
            "mottaker": self.miljo.innbygger(),
            "digital_post": DigitalPost(ikke_sensitiv_tittel="Brev fra Testetaten"),
            "dokumentpakke": Dokumentpakke(
                hoveddokument=Dokument.from_bytes(pdf(), filnavn="brev.pdf", tittel="Vedtak")
            ),
        }
        return Forsendelse.digital(**(values | changes))

    def fysisk(self, **changes: Any) -> FysiskForsendelse:
        adresse = Postadresse(
            navn="Kari Nordmann",
            adresse=NorskAdresse(adresselinje1="Storgata 1", postnummer="0155", poststed="OSLO"),
        )
        values: dict[str, Any] = {
            "avsender": self.avsender,
            "printer": self.miljo.printer_mottaker(),
            "fysisk_post": FysiskPost(
                mottaker=adresse,
                retur=Retur(posthaandtering=Posthaandtering.DIREKTE_RETUR, mottaker=adresse),
            ),
            "dokumentpakke": Dokumentpakke(
                hoveddokument=Dokument.from_bytes(pdf(), filnavn="brev.pdf", tittel="Vedtak")
            ),
        }
        return Forsendelse.fysisk(**(values | changes))


@pytest.fixture
def letters(miljo: Testmiljo) -> Letters:
    return Letters(miljo)


@pytest.fixture
def client_with(miljo: Testmiljo) -> Iterator[Callable[..., Client]]:
    """Make clients whose settings differ from the ready ones."""
    made: list[Client] = []

    def make(*, changes: dict[str, Any] | None = None, **options: Any) -> Client:
        config = miljo.client_config().model_copy(update=changes or {})
        made.append(Client(config, **options))
        return made[-1]

    yield make
    for client in made:
        client.close()
