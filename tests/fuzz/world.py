"""Keys and good inputs of every kind, made once: what the fuzzers start from."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from lxml import etree

from sdp.dokumentpakke import Fil, Profile, pack
from sdp.dokumentpakke.xades.writer import build_signatures
from sdp.domain import (
    Avsender,
    DigitalForsendelse,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    Forsendelse,
    Mottaker,
    TekniskMottaker,
)
from sdp.ebms.sending import related
from sdp.jose import sign
from sdp.pki import Identity
from sdp.testmiljo.ca import TestCA
from sdp.testmiljo.signing import Actor
from sdp.testmiljo.world.register import synthetic_personidentifikator
from sdp.xmlsec import inclusive
from sdp.xmlsec.names import DS
from tests.fuzz.resigning import unsigned
from tests.unit.ebms.counterpart import KINDS, Broker, Clock, Package, receipt

AVSENDER, BROKER, MAILBOX = "991825827", "984661185", "922020175"
PERSON = synthetic_personidentifikator(0)


@dataclass(frozen=True)
class World:
    """One CA with a sender, a broker and a mailbox, at one moment."""

    moment: datetime
    ca: TestCA
    _actors: dict[str, Actor] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def make(cls) -> World:
        moment = datetime.now(UTC)
        return cls(moment, TestCA.create(moment))

    def actor(self, organisasjonsnummer: str) -> Actor:
        if organisasjonsnummer not in self._actors:
            issued = self.ca.issue(organisasjonsnummer, "Testetaten", moment=self.moment)
            made = Actor(organisasjonsnummer, issued.certificate, issued.key)
            self._actors[organisasjonsnummer] = made
        return self._actors[organisasjonsnummer]

    @cached_property
    def sender(self) -> Identity:
        return self._identity(AVSENDER)

    @cached_property
    def mailbox(self) -> Identity:
        return self._identity(MAILBOX)

    def _identity(self, organisasjonsnummer: str) -> Identity:
        issued = self.ca.issue(organisasjonsnummer, "Testetaten", moment=self.moment)
        return issued.identity(self.moment)

    @cached_property
    def letter(self) -> DigitalForsendelse:
        return Forsendelse.digital(
            avsender=Avsender(organisasjonsnummer=AVSENDER),
            mottaker=Mottaker(
                personidentifikator=PERSON,
                postkasseadresse="test.testesen#0000",
                postkasse=TekniskMottaker(
                    organisasjonsnummer=MAILBOX, sertifikat=self.mailbox.certificate
                ),
            ),
            digital_post=DigitalPost(ikke_sensitiv_tittel="Brev"),
            dokumentpakke=Dokumentpakke(
                hoveddokument=Dokument.from_bytes(
                    b"hei " * 50, filnavn="brev.txt", tittel="Vedtak"
                ),
            ),
        )

    def packages(self) -> tuple[list[bytes], list[bytes]]:
        """Good packages of both profiles: encrypted, and in clear."""
        encrypted, plain = [], []
        for profile in Profile:
            asice = io.BytesIO()
            with pack(
                self.letter, self.sender, moment=self.moment, profile=profile, asice=asice
            ) as pakke:
                encrypted.append(b"".join(pakke.chunks()))
            plain.append(asice.getvalue())
        return encrypted, plain

    def signatures(self) -> list[bytes]:
        """Good XAdES signatures of both profiles, without what `resigned` puts in anew."""
        filer = [Fil(name, "text/plain", 1, bytes(32)) for name in ("brev.txt", "to + tre.txt")]
        return [
            unsigned(build_signatures(filer, self.sender, moment=self.moment, profile=profile))
            for profile in Profile
        ]

    def pulled_messages(self) -> list[bytes]:
        broker = Broker(self.actor(BROKER), Clock(self.moment))
        mailbox = self.actor(MAILBOX)
        found = [
            broker.pulled(receipt(mailbox, self.moment, kind()), message_id="m-1").content
            for kind in KINDS.values()
        ]
        return [*found, broker.empty().content]

    def unsigned_receipts(self) -> list[bytes]:
        """Receipts of all kinds in canonical form, to be signed by whoever changes them."""
        mailbox = self.actor(MAILBOX)
        made = []
        for kind in KINDS.values():
            document = etree.fromstring(receipt(mailbox, self.moment, kind()))
            for signature in document.iter(f"{{{DS}}}Signature"):
                parent = signature.getparent()
                assert parent is not None
                parent.remove(signature)
            made.append(inclusive(document))
        return made

    def multiparts(self) -> list[bytes]:
        made = related(b"<envelope/>", "pakke@example", Package(b"\x30\x80" * 40), "grense")
        return [b"".join(made.chunks())]

    def tokens(self) -> list[bytes]:
        payload = json.dumps({"standardBusinessDocument": {"feil": {"feiltype": "KLIENT"}}})
        signed = sign(payload.encode(), self.mailbox)
        return [signed.encode(), sign(b"{}", self.sender, key_id="k").encode()]

    def register_answers(self) -> list[bytes]:
        person = {
            "personidentifikator": PERSON,
            "reservasjon": "NEI",
            "status": "AKTIV",
            "varslingsstatus": "KAN_VARSLES",
            "kontaktinformasjon": {
                "epostadresse": "a@example.no",
                "epostadresse_sist_verifisert": "2026-01-01T00:00:00+01",
            },
            "digital_post": {
                "postkasseadresse": "a.b#1",
                "postkasseleverandoeradresse": MAILBOX,
            },
            "spraak": "nb",
        }
        return [json.dumps({"personer": [person] * n}).encode() for n in (0, 1, 3)]
