"""A token is refused for its form, its certificate or its signature, and the error says which."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.errors import (
    CertificateError,
    CertificateProblem,
    SignatureError,
    UnreadableAnswerError,
    UnsupportedKeyError,
)
from sdp.jose import sign, verify
from sdp.pki import TrustStore
from sdp.testmiljo.ca import Issued, TestCA
from tests.conftest import POSTEN

PAYLOAD = b'{"melding": 1}'


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(issued: Issued, payload: str | None = None, **header: Any) -> str:
    """Sign whatever is given, with code of its own."""
    x5c = [base64.b64encode(one.public_bytes(Encoding.DER)).decode() for one in issued.chain]
    whole: Mapping[str, Any] = {"alg": "RS256", "x5c": x5c} | header
    written = encoded(PAYLOAD) if payload is None else payload
    content = f"{encoded(json.dumps(whole).encode())}.{written}"
    return f"{content}.{encoded(issued.key.sign(content.encode(), PKCS1v15(), hashes.SHA256()))}"


@pytest.fixture(scope="module")
def issued(ca: TestCA, moment: datetime) -> Issued:
    return ca.issue(POSTEN, "Meldingsformidleren", moment=moment)


@pytest.fixture(scope="module", params=[1024, 1536])
def weak(request: pytest.FixtureRequest, ca: TestCA, moment: datetime) -> Issued:
    key = rsa.generate_private_key(public_exponent=65537, key_size=request.param)
    return ca.issue(POSTEN, "Svak", moment=moment, key=key)


class WeakSigner:
    """A signer that does not look at its own key, as one for an HSM may be."""

    def __init__(self, issued: Issued) -> None:
        self.chain: tuple[x509.Certificate, ...] = tuple(issued.chain)

    def sign(self, digest: bytes) -> bytes:
        raise AssertionError("nothing may be signed with this key")


def test_what_is_signed_by_this_code_is_accepted(
    issued: Issued, trust: TrustStore, moment: datetime
) -> None:
    assert verify(signed(issued), trust=trust, moment=moment).payload == PAYLOAD


@pytest.mark.parametrize("payload", ["!!!!", "e30=", "e3 0", "e30\n", "a", "e31"])
def test_a_payload_that_is_not_base64url_is_a_matter_of_form(
    payload: str, issued: Issued, trust: TrustStore, moment: datetime
) -> None:
    with pytest.raises(UnreadableAnswerError):
        verify(signed(issued, payload), trust=trust, moment=moment)


@pytest.mark.parametrize("signature", ["!!!!", "a", "AAA=", "\ud800", "é"])
def test_a_signature_that_is_not_base64url_is_a_matter_of_form(
    signature: str, issued: Issued, trust: TrustStore, moment: datetime
) -> None:
    token = f"{signed(issued).rpartition('.')[0]}.{signature}"
    with pytest.raises(UnreadableAnswerError):
        verify(token, trust=trust, moment=moment)


@pytest.mark.parametrize("signature", [b"", b"\0" * 256, b"\0" * 10])
def test_a_signature_that_does_not_hold_is_told_as_such(
    signature: bytes, issued: Issued, trust: TrustStore, moment: datetime
) -> None:
    token = f"{signed(issued).rpartition('.')[0]}.{encoded(signature)}"
    with pytest.raises(SignatureError):
        verify(token, trust=trust, moment=moment)


@pytest.mark.parametrize("header", [{"kid": 5}, {"b64": False}])
def test_a_header_with_a_field_of_the_wrong_kind_is_a_matter_of_form(
    header: dict[str, Any], issued: Issued, trust: TrustStore, moment: datetime
) -> None:
    with pytest.raises(UnreadableAnswerError):
        verify(signed(issued, **header), trust=trust, moment=moment)


def test_a_certificate_with_a_short_key_is_refused(
    weak: Issued, trust: TrustStore, moment: datetime
) -> None:
    with pytest.raises(CertificateError, match="2048") as refusal:
        verify(signed(weak), trust=trust, moment=moment)
    assert refusal.value.problem is CertificateProblem.FORMAT


def test_nothing_is_signed_with_a_short_key(weak: Issued) -> None:
    with pytest.raises(UnsupportedKeyError, match="2048"):
        sign(PAYLOAD, WeakSigner(weak))


@pytest.mark.parametrize(("extra", "accepted"), [(0, True), (1, False)])
def test_a_token_may_be_one_mebibyte_and_no_more(
    extra: int, accepted: bool, issued: Issued, trust: TrustStore, moment: datetime
) -> None:
    # Of four lengths of base64 one is impossible, so the header makes room for another.
    wanted = 1024 * 1024 + extra
    rooms = ((cty, wanted - len(signed(issued, "", cty=cty))) for cty in ("", "x", "xx"))
    cty, room = next((cty, room) for cty, room in rooms if room % 4 != 1)
    token = signed(issued, "A" * room, cty=cty)
    assert len(token) == wanted

    if accepted:
        assert verify(token, trust=trust, moment=moment).payload.strip(b"\0") == b""
    else:
        with pytest.raises(UnreadableAnswerError, match="larger"):
            verify(token, trust=trust, moment=moment)
