"""The messages that Digdir has published, and the same letters as values of the domain."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.x509 import Certificate

from sdp.domain import (
    Avsender,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    Forsendelse,
    FysiskPost,
    Mottaker,
    NorskAdresse,
    Postadresse,
    Posthaandtering,
    Posttype,
    Retur,
    Sikkerhetsnivaa,
    TekniskMottaker,
    Utskriftsfarge,
)
from sdp.pki import Identity, TrustStore
from tests.reference import reference

DIGDIR = "991825827"
KINDS = ("digital", "utskrift")
CREATED = {
    "digital": datetime.fromisoformat("2022-03-16T14:16:08.903+01:00"),
    "utskrift": datetime.fromisoformat("2023-11-14T21:16:04.265+01:00"),
}
RESPONSE_BY = {
    "digital": datetime.fromisoformat("2022-03-17T14:16:08.729+01:00"),
    "utskrift": datetime.fromisoformat("2023-11-15T21:02:32.581+01:00"),
}


def trust() -> TrustStore:
    return TrustStore.from_path(reference("certs/test"))


def token(kind: str) -> str:
    return reference(f"examples/dpi/{kind}-forretningsmelding.jwt").read_text().strip()


def payload(kind: str) -> dict[str, Any]:
    written = reference(f"examples/dpi/{kind}-forretningsmelding.json").read_text(encoding="utf-8")
    payload: dict[str, Any] = json.loads(written)
    return payload


def body(kind: str) -> dict[str, Any]:
    body: dict[str, Any] = payload(kind)["standardBusinessDocument"][kind]
    return body


def package(kind: str) -> bytes:
    return reference(f"examples/dpi/{kind}-dokumentpakke.cms").read_bytes()


def recipient(moment: datetime) -> Identity:
    return Identity.from_pkcs12(reference("examples/dpi/eksempel.p12"), "changeit", moment=moment)


def letter(kind: str, sertifikat: Certificate) -> Forsendelse:
    return _digital(sertifikat) if kind == "digital" else _utskrift(sertifikat)


def _digital(sertifikat: Certificate) -> Forsendelse:
    return Forsendelse.digital(
        avsender=Avsender(organisasjonsnummer=DIGDIR),
        mottaker=Mottaker(
            personidentifikator="01815800083",
            postkasseadresse="0000487204",
            postkasse=TekniskMottaker(organisasjonsnummer="922020175", sertifikat=sertifikat),
        ),
        digital_post=DigitalPost(
            ikke_sensitiv_tittel="Test",
            sikkerhetsnivaa=Sikkerhetsnivaa.NIVAA_3,
            virkningstidspunkt=datetime.fromisoformat("2022-03-16T00:00:00+01:00"),
        ),
        dokumentpakke=_dokumentpakke("Test.txt"),
        spraakkode="no",
        meldings_id=UUID("4c96fb25-54b0-4560-a954-afdeed10077b"),
        konversasjons_id=UUID("b63b72a3-ec7a-4d70-94f1-699ef899864f"),
    )


def _utskrift(sertifikat: Certificate) -> Forsendelse:
    return Forsendelse.fysisk(
        avsender=Avsender(organisasjonsnummer=DIGDIR),
        printer=TekniskMottaker(organisasjonsnummer="974761076", sertifikat=sertifikat),
        fysisk_post=FysiskPost(
            mottaker=_postadresse("Ola Nordmann", "Liksomveien 22", "1234", "Nordby"),
            retur=Retur(
                posthaandtering=Posthaandtering.DIREKTE_RETUR,
                mottaker=_postadresse("Helse Foretak HF", "Lungehaugen 1", "4321", "Leikanger"),
            ),
            posttype=Posttype.B,
            utskriftsfarge=Utskriftsfarge.SORT_HVIT,
        ),
        dokumentpakke=_dokumentpakke("my.pdf"),
        meldings_id=UUID("5738440c-d802-47fe-b274-b4b673b9e493"),
        konversasjons_id=UUID("c2e01afe-e883-47c7-9cb9-a9b649b7b1d1"),
    )


def _postadresse(navn: str, linje: str, postnummer: str, poststed: str) -> Postadresse:
    adresse = NorskAdresse(adresselinje1=linje, postnummer=postnummer, poststed=poststed)
    return Postadresse(navn=navn, adresse=adresse)


def _dokumentpakke(filnavn: str) -> Dokumentpakke:
    return Dokumentpakke(hoveddokument=Dokument.from_bytes(b"innhold", filnavn=filnavn))
