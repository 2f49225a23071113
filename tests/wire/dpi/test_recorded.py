"""Messages that others made are read and verified at their own date, and made again alike."""

from __future__ import annotations

import base64
import hmac
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sdp.dokumentpakke import open_pakke
from sdp.domain import Leveringskvittering
from sdp.dpi.kvittering import read_kvittering
from sdp.dpi.sbd import build_sbd
from sdp.errors import CertificateError, CertificateProblem, SignatureError, UnreadableAnswerError
from sdp.jose import verify
from sdp.pki import Identity, TrustStore
from sdp.wire.signers import Signers
from tests.conftest import EBOKS
from tests.reference import reference
from tests.unit.dpi.counterpart import base64url, jws_of, unbase64
from tests.wire.dpi import recorded
from tests.wire.dpi.recorded import CREATED, DIGDIR, KINDS, RESPONSE_BY

pytestmark = [
    # The certificates that Digdir published with its examples are not all of the profile.
    pytest.mark.filterwarnings("ignore:Parsed a serial number", "ignore:Attribute's length must be")
]


TODAY = datetime(2026, 11, 23, tzinfo=UTC)


def fingerprint(kind: str) -> bytes:
    written = recorded.body(kind)["dokumentpakkefingeravtrykk"]
    assert written["digestMethod"] == "http://www.w3.org/2001/04/xmlenc#sha256"
    return base64.b64decode(written["digestValue"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_recorded_message_verifies_at_its_own_date(kind: str) -> None:
    found = verify(recorded.token(kind), trust=recorded.trust(), moment=CREATED[kind])

    assert found.organisasjonsnummer == DIGDIR
    assert json.loads(found.payload) == recorded.payload(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_recorded_message_is_of_an_expired_signer_today(kind: str) -> None:
    with pytest.raises(CertificateError) as caught:
        verify(recorded.token(kind), trust=recorded.trust(), moment=TODAY)

    assert caught.value.problem is CertificateProblem.EXPIRED


@pytest.mark.parametrize("kind", KINDS)
def test_a_recorded_message_is_made_again_field_by_field(
    kind: str, postkasse_identity: Identity
) -> None:
    made = build_sbd(
        recorded.letter(kind, postkasse_identity.certificate),
        databehandler=DIGDIR,
        fingerprint=fingerprint(kind),
        token=recorded.body(kind)["maskinportentoken"],
        moment=CREATED[kind],
        response_by=RESPONSE_BY[kind],
    )

    assert json.loads(json.dumps(made)) == recorded.payload(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_recorded_package_is_the_one_of_its_message_and_opens(kind: str) -> None:
    moment = CREATED[kind]
    with open_pakke(
        io.BytesIO(recorded.package(kind)),
        recorded.recipient(datetime(2022, 4, 1, tzinfo=UTC)),
        trust=recorded.trust(),
        moment=moment,
        expected_fingerprint=fingerprint(kind),
    ) as pakke:
        assert pakke.is_trusted
        assert pakke.manifest.avsender == DIGDIR
        assert abs((pakke.signing_time - moment).total_seconds()) < 1
        signer = pakke.signer

    token = verify(recorded.token(kind), trust=recorded.trust(), moment=moment)
    assert token.certificate == signer


def test_the_package_of_another_message_is_refused() -> None:
    with pytest.raises(SignatureError, match="fingerprint"):
        open_pakke(
            io.BytesIO(recorded.package("utskrift")),
            recorded.recipient(datetime(2022, 4, 1, tzinfo=UTC)),
            trust=None,
            moment=CREATED["utskrift"],
            expected_fingerprint=fingerprint("digital"),
        )


@pytest.mark.parametrize("kind", KINDS)
def test_a_recorded_letter_is_no_receipt(kind: str) -> None:
    with pytest.raises(UnreadableAnswerError, match="not one of the six receipts"):
        read_kvittering(
            recorded.token(kind),
            trust=recorded.trust(),
            moment=CREATED[kind],
            signers=Signers((), {}, lambda _: (), section="dpi"),
            receivers=[DIGDIR],
        )


def test_the_recorded_receipt_is_read(
    trust: TrustStore, moment: datetime, eboks_identity: Identity
) -> None:
    # It is published without a signature, and with a blank for each organisation.
    path = "examples/dpi/innbyggerpost_dpi_lerveringskvittering_1_0.json"
    message = json.loads(reference(path).read_text(encoding="utf-8"))
    header = message["standardBusinessDocument"]["standardBusinessDocumentHeader"]
    for party, number in (("sender", EBOKS), ("receiver", DIGDIR)):
        (named,) = header[party]
        assert named["identifier"]["value"] == "0192:<orgnr>"
        named["identifier"]["value"] = f"0192:{number}"
    found = read_kvittering(
        jws_of(message, eboks_identity),
        trust=trust,
        moment=moment,
        signers=Signers([EBOKS], {}, lambda _: (), section="dpi"),
        receivers=[DIGDIR],
    )

    assert isinstance(found, Leveringskvittering)
    assert found.meldings_id == "ff88849c-e281-4809-8555-7cd54952b916"
    assert found.konversasjons_id == "37efbd4c-413d-4e2c-bbc5-257ef4a65a45"
    assert found.tidspunkt == datetime.fromisoformat("2021-04-11T15:29:58.753+02:00")
    assert found.avsender == EBOKS


# Forgeries of a recorded message.


def with_header(kind: str, **changes: Any) -> str:
    head, payload, signature = recorded.token(kind).split(".")
    header = json.loads(unbase64(head)) | changes
    return ".".join((base64url(json.dumps(header).encode()), payload, signature))


def assert_signature_refused(kind: str, token: str) -> None:
    with pytest.raises(SignatureError):
        verify(token, trust=recorded.trust(), moment=CREATED[kind])


@pytest.mark.parametrize("alg", ["none", "NONE", "HS256", "PS256", "RS384"])
@pytest.mark.parametrize("kind", KINDS)
def test_another_algorithm_in_the_header_is_refused(kind: str, alg: str) -> None:
    forged = with_header(kind, alg=alg)

    assert_signature_refused(kind, forged)
    assert_signature_refused(kind, forged.rpartition(".")[0] + ".")


@pytest.mark.parametrize("kind", KINDS)
def test_the_public_key_of_the_certificate_is_no_shared_secret(kind: str) -> None:
    moment, trust = CREATED[kind], recorded.trust()
    certificate = verify(recorded.token(kind), trust=trust, moment=moment).certificate
    signed = with_header(kind, alg="HS256").rpartition(".")[0]
    for encoding in (Encoding.PEM, Encoding.DER):
        key = certificate.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
        mac = base64url(hmac.digest(key, signed.encode(), "sha256"))
        assert_signature_refused(kind, f"{signed}.{mac}")


def test_the_certificate_of_another_message_in_its_place_is_refused() -> None:
    # Both certificates are Digdir's, and both were good on this day.
    head = recorded.token("digital").split(".")[0]
    forged = with_header("utskrift", x5c=json.loads(unbase64(head))["x5c"])

    with pytest.raises(SignatureError):
        verify(forged, trust=recorded.trust(), moment=datetime(2023, 6, 1, tzinfo=UTC))


def test_a_foreign_certificate_in_its_place_is_refused(stranger: Identity) -> None:
    foreign = base64.b64encode(stranger.certificate.public_bytes(Encoding.DER)).decode()
    head, payload, signature = with_header("utskrift", x5c=[foreign]).split(".")

    with pytest.raises(CertificateError) as caught:
        verify(
            f"{head}.{payload}.{signature}",
            trust=recorded.trust(),
            moment=stranger.certificate.not_valid_before_utc,
        )
    assert caught.value.problem is CertificateProblem.UNTRUSTED


@pytest.mark.parametrize("kind", KINDS)
def test_another_fingerprint_under_the_recorded_signature_is_refused(kind: str) -> None:
    head, _, signature = recorded.token(kind).split(".")
    swapped = recorded.payload(kind)
    other = base64.b64encode(bytes(32)).decode()
    swapped["standardBusinessDocument"][kind]["dokumentpakkefingeravtrykk"]["digestValue"] = other

    forged = f"{head}.{base64url(json.dumps(swapped).encode())}.{signature}"

    assert_signature_refused(kind, forged)
