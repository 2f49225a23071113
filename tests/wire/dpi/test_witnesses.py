"""What the wire sends is right in the eyes of programs that share no code with it."""

from __future__ import annotations

import base64
import io
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_der_x509_certificate

from sdp.dokumentpakke import Profile, open_pakke, pack
from sdp.domain import DigitalForsendelse, FysiskForsendelse
from sdp.dpi import DpiSettings, DpiWire
from sdp.maskinporten import Maskinporten, MaskinportenSettings
from sdp.pki import Identity, TrustStore
from sdp.wire import SentTo
from tests.conftest import AVSENDER
from tests.dpi_schemas import assert_obeys
from tests.driver import FakeDriver
from tests.unit.dpi.counterpart import ISSUER, ROOT, AccessPoint, Taken, unbase64
from tests.unit.ebms.counterpart import Clock
from tests.witness import program

Letter = DigitalForsendelse | FysiskForsendelse


@pytest.fixture(params=["digital", "utskrift"])
def letter(
    request: pytest.FixtureRequest,
    digital_forsendelse: Callable[[], DigitalForsendelse],
    fysisk_forsendelse: Callable[[], FysiskForsendelse],
) -> Letter:
    return digital_forsendelse() if request.param == "digital" else fysisk_forsendelse()


@pytest.fixture
def taken(
    letter: Letter, avsender_identity: Identity, trust: TrustStore, moment: datetime
) -> Taken:
    """A packed letter as it goes out, taken apart by the standard library."""
    clock = Clock(moment)
    wire = DpiWire(
        DpiSettings(ROOT),
        signer=avsender_identity,
        trust=trust,
        maskinporten=Maskinporten(
            MaskinportenSettings(ISSUER, "klient"), signer=avsender_identity, clock=clock
        ),
        databehandler=AVSENDER,
        clock=clock,
        sent_to=SentTo(),
    )
    assert wire.profile is Profile.DPI
    access_point = AccessPoint()
    with pack(letter, avsender_identity, moment=moment, profile=wire.profile) as pakke:
        FakeDriver(access_point).run(wire.send(letter, pakke))
        return Taken.apart(access_point.requests[0])


def test_the_message_that_goes_out_obeys_the_schema(taken: Taken) -> None:
    assert_obeys(taken.payload, taken.kind)


def test_the_package_that_goes_out_opens_for_its_recipient_and_is_signed_by_who_signed_the_message(
    taken: Taken,
    letter: Letter,
    trust: TrustStore,
    moment: datetime,
    postkasse_identity: Identity,
    printer_identity: Identity,
) -> None:
    recipient = postkasse_identity if taken.kind == "digital" else printer_identity
    digest = base64.b64decode(taken.body["dokumentpakkefingeravtrykk"]["digestValue"])
    with open_pakke(
        io.BytesIO(taken.package),
        recipient,
        trust=trust,
        moment=moment,
        expected_fingerprint=digest,
    ) as pakke:
        assert pakke.manifest.avsender == letter.avsender.organisasjonsnummer
        assert pakke.manifest.personidentifikator is None
        signer = pakke.signer

    assert load_der_x509_certificate(base64.b64decode(taken.header["x5c"][0])) == signer


def test_openssl_verifies_the_signature_of_the_message(taken: Taken, tmp_path: Path) -> None:
    signed, _, signature = taken.jws.rpartition(".")
    certificate = load_der_x509_certificate(base64.b64decode(taken.header["x5c"][0]))
    key, message, written = (tmp_path / name for name in ("key.pem", "message", "signature"))
    key.write_bytes(
        certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    message.write_bytes(signed.encode())
    written.write_bytes(unbase64(signature))

    command = ["dgst", "-sha256", "-verify", str(key), "-signature", str(written), str(message)]
    run = subprocess.run(
        [program("openssl"), *command], capture_output=True, text=True, check=False
    )

    assert run.stdout.strip() == "Verified OK"


def test_an_ordinary_jwt_library_reads_the_message(taken: Taken) -> None:
    certificate = load_der_x509_certificate(base64.b64decode(taken.header["x5c"][0]))
    key = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    assert jwt.decode(taken.jws, key, algorithms=["RS256"]) == taken.payload
