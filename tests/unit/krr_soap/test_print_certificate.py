from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.errors import UnreadableAnswerError
from sdp.krr.soap import KrrSoap
from sdp.pki import Identity
from tests.conftest import PRINTER
from tests.driver import drive
from tests.unit.krr_soap.counterpart import DECLARED, Clock, Register


def printer(leverandoer: str, *sertifikat: str) -> str:
    written = f"<o:postkasseleverandoerAdresse>{leverandoer}</o:postkasseleverandoerAdresse>"
    written += "".join(f"<o:X509Sertifikat>{each}</o:X509Sertifikat>" for each in sertifikat)
    return f"<o:HentPrintSertifikatRespons {DECLARED}>{written}</o:HentPrintSertifikatRespons>"


@pytest.fixture
def sertifikat(printer_identity: Identity) -> str:
    return base64.encodebytes(printer_identity.certificate.public_bytes(Encoding.DER)).decode()


def test_the_printer_and_its_certificate_are_read(
    krr: KrrSoap, register: Register, printer_identity: Identity, sertifikat: str
) -> None:
    register.content = printer(PRINTER, sertifikat)

    found = drive(krr.print_certificate(), register)

    assert (found.leverandoer, found.sertifikat) == (PRINTER, printer_identity.certificate)


def test_the_printer_is_asked_for_again_after_five_minutes(
    krr: KrrSoap, register: Register, clock: Clock, sertifikat: str
) -> None:
    register.content = printer(PRINTER, sertifikat)
    for minutes in (0, 4, 2):
        clock.now += timedelta(minutes=minutes)
        drive(krr.print_certificate(), register)

    assert len(register.requests) == 2


@pytest.mark.parametrize(
    ("leverandoer", "times", "field"),
    [("123", 1, "leverandoer"), (PRINTER, 0, "sertifikat"), (PRINTER, 2, "X509Sertifikat")],
)
def test_a_garbled_printer_is_named(
    krr: KrrSoap, register: Register, sertifikat: str, leverandoer: str, times: int, field: str
) -> None:
    register.content = printer(leverandoer, *[sertifikat] * times)

    with pytest.raises(UnreadableAnswerError, match=field):
        drive(krr.print_certificate(), register)


def test_a_printer_without_anything_is_garbled(krr: KrrSoap, register: Register) -> None:
    register.content = f"<o:HentPrintSertifikatRespons {DECLARED}/>"

    with pytest.raises(UnreadableAnswerError, match="print certificate"):
        drive(krr.print_certificate(), register)
