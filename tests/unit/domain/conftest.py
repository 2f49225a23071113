from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sdp import domain


def self_signed(name: str) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )


@pytest.fixture(scope="session")
def sertifikat() -> x509.Certificate:
    return self_signed("Postkassen AS")


@pytest.fixture
def postkasse(sertifikat: x509.Certificate) -> domain.TekniskMottaker:
    return domain.TekniskMottaker(organisasjonsnummer="984661185", sertifikat=sertifikat)


@pytest.fixture
def avsender() -> domain.Avsender:
    return domain.Avsender(organisasjonsnummer="991825827")


@pytest.fixture
def mottaker(postkasse: domain.TekniskMottaker) -> domain.Mottaker:
    return domain.Mottaker(
        personidentifikator="15886910042", postkasseadresse="ola#1234", postkasse=postkasse
    )


@pytest.fixture
def brev() -> domain.Dokument:
    return domain.Dokument.from_bytes(b"%PDF-1.7", filnavn="brev.pdf", tittel="Hemmelig vedtak")


@pytest.fixture
def hjem() -> domain.Postadresse:
    return domain.Postadresse(
        navn="Kari Nordmann",
        adresse=domain.NorskAdresse(adresselinje1="Storgata 1", postnummer="0151", poststed="OSLO"),
    )
