"""The client's receipts, as the outbox takes them: stored some at a time, then confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from sdp import Client, ClientConfig
from sdp.domain import Kvittering, Leveringskvittering, Prioritet
from sdp.outbox.sender import ClientSender, Mottakerko
from tests.unit.outbox.world import START, receipt


class Recorder:
    """A client with receipts; writes down what is done with them."""

    def __init__(self, count: int) -> None:
        self.waiting: list[Kvittering] = [
            receipt(Leveringskvittering, str(number), meldings_id=str(number))
            for number in range(count)
        ]
        self.requests: list[list[str]] = []
        self.riding: list[str] = []
        self.stored: set[str] = set()

    def receipts(self, **_: object) -> Iterator[Kvittering]:
        for each in self.waiting:
            self._request(self.riding[:1])
            yield each
        self._request(self.riding[:1])
        while self.riding:
            self._request(self.riding[:1])

    def leave(self, kvittering: Kvittering) -> None:
        pass

    def confirm(self, kvittering: Kvittering, *, with_next: bool = False) -> None:
        assert kvittering.meldings_id in self.stored
        if with_next:
            self.riding.append(kvittering.meldings_id)
        else:
            self.requests.append([kvittering.meldings_id])

    def _request(self, confirmed: list[str]) -> None:
        self.requests.append(confirmed)
        del self.riding[: len(confirmed)]

    @property
    def confirmed(self) -> list[str]:
        return sorted(name for request in self.requests for name in request)


def _fetched(client: Recorder, wire: str) -> list[int]:
    config: Any = type("Config", (), {"environment": type("Environment", (), {"wire": wire})})
    sender = ClientSender(cast("ClientConfig", config), cast("Client", client), clock=lambda: START)
    sizes = []
    for batch in sender.receipts(Mottakerko(Prioritet.NORMAL), lambda _: None):
        assert not {each.meldings_id for each in batch} & set(client.confirmed)
        client.stored |= {each.meldings_id for each in batch}
        sizes.append(len(batch))
    return sizes


@pytest.mark.parametrize("wire", ["ebms", "dpi"])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 50, 64, 200])
def test_every_receipt_is_confirmed_once_and_after_it_was_stored(wire: str, count: int) -> None:
    client = Recorder(count)

    sizes = _fetched(client, wire)

    assert sum(sizes) == count
    assert client.confirmed == sorted(each.meldings_id for each in client.waiting)


def test_confirmations_over_ebms_take_few_requests_of_their_own() -> None:
    few, many = Recorder(1), Recorder(2000)

    _fetched(few, "ebms")
    sizes = _fetched(many, "ebms")

    assert sizes[:6] == [1, 2, 3, 4, 5, 6]
    assert max(sizes) == 50
    assert len(few.requests) == 2
    assert len(many.requests) < 2000 + 1 + 50
