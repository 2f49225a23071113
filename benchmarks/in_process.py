"""Packing in this process beside `openssl cms`, in turn: wall clock and processor apart."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography import x509

from benchmarks.pairs import Run, run
from sdp.dokumentpakke import pack_to
from sdp.domain import (
    Avsender,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    Forsendelse,
    Mottaker,
    TekniskMottaker,
)
from sdp.pki import Identity

if TYPE_CHECKING:
    from benchmarks.inputs import Workshop

_SIZE_LIMIT = 10**12


@dataclass(frozen=True)
class Packing:
    """A letter of one document, and the file that its package goes to."""

    workshop: Workshop
    document: str

    def in_turn(self, pairs: int) -> list[tuple[Run, Run]]:
        """Pack here and encrypt with openssl in turn, after one of each that does not count."""
        theirs = self.workshop.openssl_encrypt(self.document)
        found = [(self._pack(), run(theirs, self.workshop.folder)) for _ in range(pairs + 1)]
        self.workshop.remove("sdp.cms", "openssl.cms")
        return found[1:]

    def _pack(self) -> Run:
        folder = self.workshop.folder
        moment = datetime.now(UTC)
        certificate = x509.load_pem_x509_certificate((folder / "mailbox.pem").read_bytes())
        signer = Identity.from_pkcs12(folder / "sender.p12", b"x", moment=moment)
        letter = Forsendelse.digital(
            avsender=Avsender(organisasjonsnummer="991825827"),
            mottaker=Mottaker(
                personidentifikator="01815800083",
                postkasseadresse="a#1",
                postkasse=TekniskMottaker(organisasjonsnummer="984661185", sertifikat=certificate),
            ),
            digital_post=DigitalPost(ikke_sensitiv_tittel="T"),
            dokumentpakke=Dokumentpakke(
                hoveddokument=Dokument.from_path(
                    folder / self.document, tittel="T", mime_type="application/octet-stream"
                )
            ),
        )
        start, before = time.perf_counter(), _cpu()
        with (folder / "sdp.cms").open("wb", buffering=0) as file:
            pack_to(file.write, letter, signer, moment=moment, size_limit=_SIZE_LIMIT)
        return Run(time.perf_counter() - start, _cpu() - before, 0)


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
