"""Sender of letters over ebMS and fetcher of receipts, as many as each line of input asks for.

`tests/interop/java/src/main/java/interop/Sender.java` is the same with Difi's client.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from sdp import (
    Avsender,
    Brev,
    Client,
    ClientConfig,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    Person,
)


@dataclass(frozen=True)
class Sender:
    """A client, the sender it writes for, and the document of every letter."""

    client: Client
    avsender: str
    document: Path

    def send(self, personidentifikator: str, letters: int) -> None:
        """Send so many letters to somebody, whom the register is asked about once."""
        (person,) = self.client.lookup([personidentifikator])
        if not isinstance(person, Person):
            raise TypeError("the register does not know the recipient")
        for _ in range(letters):
            dokument = Dokument.from_path(self.document, filnavn="brev.pdf", tittel="Brev")
            self.client.brev(
                person,
                Brev(
                    avsender=Avsender(organisasjonsnummer=self.avsender),
                    digital_post=DigitalPost(ikke_sensitiv_tittel="Brev"),
                    dokumentpakke=Dokumentpakke(hoveddokument=dokument),
                ),
            )

    def receive(self, expected: int) -> None:
        """Fetch and confirm receipts until the queue is empty."""
        count = sum(1 for _ in self.client.receipts())
        if count != expected:
            raise RuntimeError(f"{count} receipts of {expected}")


def main(config: str, avsender: str, personidentifikator: str, document: str) -> None:
    """Answer each order with one line."""
    with Client(ClientConfig.from_toml(config, environ={})) as client:
        sender = Sender(client, avsender, Path(document))
        for order in sys.stdin:
            match order.split():
                case ["send", letters]:
                    sender.send(personidentifikator, int(letters))
                case ["receive", receipts]:
                    sender.receive(int(receipts))
                case _:
                    raise ValueError(f"no such order: {order}")
            print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
