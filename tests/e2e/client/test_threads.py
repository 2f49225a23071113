"""A client starts threads for large packages and for receipts in parallel alone, and ends them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sdp.client import Client
from sdp.domain import Dokument, Dokumentpakke
from tests.documents import pdf
from tests.e2e.client.conftest import Letters
from tests.threads import Started

CALLERS = 3
PACKING = 2
"""One thread digests while the caller reads, and one encrypts."""


def _large() -> Dokumentpakke:
    content = pdf() + b"%" + b"x" * (4 << 20)
    return Dokumentpakke(
        hoveddokument=Dokument.from_bytes(content, filnavn="brev.pdf", tittel="Vedtak")
    )


def test_small_letters_and_receipts_one_by_one_are_without_threads(
    client: Client, letters: Letters, started: Started
) -> None:
    for _ in range(5):
        client.send(letters.digital())
    list(client.receipts())

    assert started.ever == 0


def test_however_many_letters_there_are_each_caller_packs_on_two_threads_at_most(
    client: Client, letters: Letters, started: Started
) -> None:
    written = [letters.digital(dokumentpakke=_large()) for _ in range(3 * CALLERS)]
    with ThreadPoolExecutor(CALLERS) as callers:
        list(callers.map(client.send, written))

    assert 1 <= started.most <= PACKING * CALLERS
    assert started.alive() == []


def test_receipts_in_parallel_have_as_many_threads_as_are_asked_for(
    client: Client, letters: Letters, started: Started
) -> None:
    sent = {client.send(letters.digital()).konversasjons_id for _ in range(8)}
    handled = client.receipts(parallel=3, handle=lambda _: None)

    assert {kvittering.konversasjons_id for kvittering in handled} >= sent
    assert 1 <= started.ever <= 3
    assert started.alive() == []
