"""Packer of letters, as many as each line of standard input asks for, to be timed warm.

`tests/interop/java/src/main/java/interop/Packer.java` is the same with Difi's client.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from cryptography import x509

from sdp import (
    Avsender,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    Forsendelse,
    Identity,
    Mottaker,
    PakketDokumentpakke,
    TekniskMottaker,
    pack,
)

_PASSWORD = "x"
_SIZE_LIMIT = 1024**3


@dataclass(frozen=True)
class Packer:
    """A sender and a recipient, whose keys are read once."""

    signer: Identity
    mottaker: Mottaker

    @classmethod
    def read(cls, sender: Path, mailbox: Path) -> Self:
        """Read the key of the sender and the certificate of the mailbox."""
        return cls(
            Identity.from_pkcs12(sender, _PASSWORD, moment=datetime.now(UTC)),
            Mottaker(
                personidentifikator="01815800083",
                postkasseadresse="a#1",
                postkasse=TekniskMottaker(
                    organisasjonsnummer="984661185",
                    sertifikat=x509.load_pem_x509_certificate(mailbox.read_bytes()),
                ),
            ),
        )

    def pack(self, document: Path) -> PakketDokumentpakke:
        """Pack a letter with one document."""
        letter = Forsendelse.digital(
            avsender=Avsender(organisasjonsnummer="991825827"),
            mottaker=self.mottaker,
            digital_post=DigitalPost(ikke_sensitiv_tittel="Brev"),
            dokumentpakke=Dokumentpakke(
                hoveddokument=Dokument.from_path(document, filnavn="brev.pdf", tittel="Brev")
            ),
        )
        return pack(letter, self.signer, moment=datetime.now(UTC), size_limit=_SIZE_LIMIT)

    def write(self, document: Path, out: Path) -> None:
        """Pack a letter into a file."""
        with self.pack(document) as pakke, out.open("wb") as file:
            pakke.write_to(file)

    def pack_on(self, threads: int, letters: int, document: Path) -> int:
        """Pack so many letters on each of so many threads; count the bytes of the packages."""
        if threads == 1:
            return self._pack_many(letters, document)
        with ThreadPoolExecutor(threads) as executor:
            return sum(executor.map(self._pack_many, [letters] * threads, [document] * threads))

    def _pack_many(self, letters: int, document: Path) -> int:
        size = 0
        for _ in range(letters):
            with self.pack(document) as pakke:
                size += pakke.size
        return size


def main(sender: str, mailbox: str) -> None:
    """Answer each order with one line."""
    packer = Packer.read(Path(sender), Path(mailbox))
    for order in sys.stdin:
        match order.split():
            case ["write", document, out]:
                packer.write(Path(document), Path(out))
                print("written", flush=True)
            case ["pack", document, threads, letters]:
                print(packer.pack_on(int(threads), int(letters), Path(document)), flush=True)
            case _:
                raise ValueError(f"no such order: {order}")


if __name__ == "__main__":
    main(*sys.argv[1:])
