"""Tokens: RS256, RS384 or RS512 by the holder of the certificate in x5c, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from sdp.errors import CertificateError, CertificateProblem, SignatureError, UnreadableAnswerError
from sdp.jose import sign, verify
from sdp.pki import Identity, Signer, TrustStore
from sdp.testmiljo.ca import Issued
from tests.conftest import POSTEN

PAYLOAD = json.dumps({"melding": "blåbærsyltetøy"}).encode()


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def header_of(token: str) -> dict[str, Any]:
    header: dict[str, Any] = json.loads(decoded(token.split(".")[0]))
    return header


def with_header(token: str, **changes: Any) -> str:
    """Change the header and leave the signature as it was."""
    _, payload, signature = token.split(".")
    header = header_of(token) | changes
    return f"{encoded(json.dumps(header).encode())}.{payload}.{signature}"


def resigned(header: dict[str, Any], signer: Signer) -> str:
    """Sign under any header, with code of its own."""
    signed = f"{encoded(json.dumps(header).encode())}.{encoded(PAYLOAD)}"
    return f"{signed}.{encoded(signer.sign(hashlib.sha256(signed.encode()).digest()))}"


def signed_with(issued: Issued, alg: str, algorithm: hashes.HashAlgorithm) -> str:
    """Sign with a hash of another length than our own tokens have."""
    chain = [base64.b64encode(one.public_bytes(Encoding.DER)).decode() for one in issued.chain]
    header = encoded(json.dumps({"alg": alg, "x5c": chain}).encode())
    signed = f"{header}.{encoded(PAYLOAD)}"
    return f"{signed}.{encoded(issued.key.sign(signed.encode(), PKCS1v15(), algorithm))}"


@pytest.mark.parametrize(
    ("alg", "algorithm"),
    [("RS256", hashes.SHA256()), ("RS384", hashes.SHA384()), ("RS512", hashes.SHA512())],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_longer_hash_is_accepted(
    alg: str,
    algorithm: hashes.HashAlgorithm,
    avsender_issued: Issued,
    trust: TrustStore,
    moment: datetime,
) -> None:
    token = signed_with(avsender_issued, alg, algorithm)
    assert verify(token, trust=trust, moment=moment).payload == PAYLOAD


@pytest.mark.parametrize("alg", ["RS384", "RS512"])
def test_a_hash_that_is_another_than_the_header_names_is_refused(
    alg: str, token: str, trust: TrustStore, moment: datetime
) -> None:
    with pytest.raises(SignatureError, match="does not hold"):
        verify(with_header(token, alg=alg), trust=trust, moment=moment)


@pytest.fixture(scope="module")
def token(broker_identity: Identity) -> str:
    return sign(PAYLOAD, broker_identity)


class TestSigning:
    def test_the_signature_is_rs256_over_what_is_sent(
        self, token: str, broker_identity: Identity
    ) -> None:
        signed, _, signature = token.rpartition(".")
        key = broker_identity.certificate.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        key.verify(decoded(signature), signed.encode(), PKCS1v15(), hashes.SHA256())
        assert decoded(signed.split(".")[1]) == PAYLOAD

    def test_the_whole_chain_is_in_x5c(self, token: str, broker_identity: Identity) -> None:
        header = header_of(token)
        chain = [certificate.public_bytes(Encoding.DER) for certificate in broker_identity.chain]
        assert [base64.b64decode(one) for one in header["x5c"]] == chain
        assert (header["alg"], header["typ"]) == ("RS256", "JWT")

    def test_a_registered_key_is_named_in_place_of_its_certificate(
        self, broker_identity: Identity
    ) -> None:
        header = header_of(sign(PAYLOAD, broker_identity, key_id="nøkkel-1"))
        assert header["kid"] == "nøkkel-1"
        assert "x5c" not in header


class TestVerifying:
    def test_what_was_signed_comes_back(
        self, token: str, trust: TrustStore, moment: datetime
    ) -> None:
        verified = verify(token, trust=trust, moment=moment, organisasjonsnummer=POSTEN)
        assert verified.payload == PAYLOAD
        assert verified.organisasjonsnummer == POSTEN
        assert "melding" not in repr(verified)

    def test_a_changed_payload(self, token: str, trust: TrustStore, moment: datetime) -> None:
        header, _, signature = token.split(".")
        with pytest.raises(SignatureError, match="does not hold"):
            verify(f"{header}.{encoded(b'{}')}.{signature}", trust=trust, moment=moment)

    def test_no_signature_at_all(self, token: str, trust: TrustStore, moment: datetime) -> None:
        header, payload, _ = with_header(token, alg="none").split(".")
        with pytest.raises(SignatureError, match="RS256"):
            verify(f"{header}.{payload}.", trust=trust, moment=moment)

    @pytest.mark.parametrize("form", [Encoding.PEM, Encoding.DER])
    def test_an_hmac_with_the_public_key_as_its_secret(
        self,
        token: str,
        trust: TrustStore,
        moment: datetime,
        broker_identity: Identity,
        form: Encoding,
    ) -> None:
        public = broker_identity.certificate.public_key()
        secret = public.public_bytes(form, PublicFormat.SubjectPublicKeyInfo)
        signed = with_header(token, alg="HS256").rpartition(".")[0]
        mac = hmac.digest(secret, signed.encode(), "sha256")
        with pytest.raises(SignatureError, match="RS256"):
            verify(f"{signed}.{encoded(mac)}", trust=trust, moment=moment)

    @pytest.mark.parametrize("alg", ["PS256", "RS1", "ES256", "rs256", "", None, ["RS256"], 1])
    def test_any_other_algorithm(
        self, token: str, trust: TrustStore, moment: datetime, alg: object
    ) -> None:
        with pytest.raises(SignatureError, match="RS256"):
            verify(with_header(token, alg=alg), trust=trust, moment=moment)

    @pytest.mark.parametrize(
        ("alg", "digest"),
        [("RS256", hashes.SHA256()), ("RS384", hashes.SHA384()), ("RS512", hashes.SHA512())],
    )
    def test_each_digest_of_rsassa_pkcs1(
        self,
        token: str,
        trust: TrustStore,
        moment: datetime,
        broker_identity: Identity,
        alg: str,
        digest: hashes.HashAlgorithm,
    ) -> None:
        signed = with_header(token, alg=alg).rpartition(".")[0]
        made = broker_identity._key.sign(signed.encode(), PKCS1v15(), digest)

        verified = verify(f"{signed}.{encoded(made)}", trust=trust, moment=moment)

        assert verified.payload == PAYLOAD

    def test_another_s_certificate_before_the_signer_s(
        self, token: str, trust: TrustStore, moment: datetime, avsender_identity: Identity
    ) -> None:
        other = base64.b64encode(avsender_identity.certificate.public_bytes(Encoding.DER)).decode()
        forged = with_header(token, x5c=[other, *header_of(token)["x5c"]])
        with pytest.raises(SignatureError, match="does not hold"):
            verify(forged, trust=trust, moment=moment)

    def test_a_certificate_of_another_ca(
        self, stranger: Identity, trust: TrustStore, moment: datetime
    ) -> None:
        with pytest.raises(CertificateError) as refusal:
            verify(sign(PAYLOAD, stranger), trust=trust, moment=moment)
        assert refusal.value.problem is CertificateProblem.UNTRUSTED

    def test_another_organisation(
        self, avsender_identity: Identity, trust: TrustStore, moment: datetime
    ) -> None:
        token = sign(PAYLOAD, avsender_identity)
        with pytest.raises(CertificateError) as refusal:
            verify(token, trust=trust, moment=moment, organisasjonsnummer=POSTEN)
        assert refusal.value.problem is CertificateProblem.ORGANISATION

    def test_an_expired_certificate(self, token: str, trust: TrustStore, moment: datetime) -> None:
        with pytest.raises(CertificateError) as refusal:
            verify(token, trust=trust, moment=moment + timedelta(days=36500))
        assert refusal.value.problem is CertificateProblem.EXPIRED

    def test_an_extension_that_is_not_understood(
        self, token: str, trust: TrustStore, moment: datetime, broker_identity: Identity
    ) -> None:
        header = header_of(token) | {"crit": ["b64"], "b64": False}
        with pytest.raises(SignatureError, match="crit"):
            verify(resigned(header, broker_identity), trust=trust, moment=moment)

    @pytest.mark.parametrize("x5c", [None, [], "MII", {"a": 1}, [1], ["???"], ["a"] * 11])
    def test_certificates_that_cannot_be_read(
        self, token: str, trust: TrustStore, moment: datetime, x5c: object
    ) -> None:
        with pytest.raises(UnreadableAnswerError, match="x5c"):
            verify(with_header(token, x5c=x5c), trust=trust, moment=moment)

    def test_a_certificate_that_is_none(
        self, token: str, trust: TrustStore, moment: datetime
    ) -> None:
        with pytest.raises(CertificateError) as refusal:
            verify(with_header(token, x5c=["AAAA"]), trust=trust, moment=moment)
        assert refusal.value.problem is CertificateProblem.FORMAT

    @pytest.mark.parametrize(
        "token", ["", "a", "a.b", "a.b.c.d", "e30", "!.!.!", f"{encoded(b'[]')}.a.b", "A" * 2**21]
    )
    def test_what_is_no_token(self, token: str, trust: TrustStore, moment: datetime) -> None:
        with pytest.raises(UnreadableAnswerError):
            verify(token, trust=trust, moment=moment)

    @given(junk=st.text() | st.lists(st.text(), min_size=3, max_size=3).map(".".join))
    def test_junk_is_refused_in_our_own_words(
        self, junk: str, trust: TrustStore, moment: datetime
    ) -> None:
        with pytest.raises((UnreadableAnswerError, SignatureError)):
            verify(junk, trust=trust, moment=moment)

    @given(data=st.data())
    def test_a_token_with_any_character_changed_is_refused(
        self, data: st.DataObject, token: str, trust: TrustStore, moment: datetime
    ) -> None:
        position = data.draw(st.integers(0, len(token) - 1))
        character = data.draw(st.characters(codec="ascii").filter(lambda c: c != token[position]))
        changed = token[:position] + character + token[position + 1 :]
        try:
            verified = verify(changed, trust=trust, moment=moment)
        except (UnreadableAnswerError, SignatureError, CertificateError):
            return
        assert verified.payload == PAYLOAD  # bits that base64 passes over


@pytest.mark.parametrize("keeps_x5c", [True, False])
@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5t", "x5t#S256", "kid"])
def test_no_key_that_the_token_names_is_used(
    name: str,
    trust: TrustStore,
    moment: datetime,
    broker_identity: Identity,
    avsender_issued: Issued,
    *,
    keeps_x5c: bool,
) -> None:
    numbers = avsender_issued.key.public_key().public_numbers()
    jwk = {
        "kty": "RSA",
        "n": encoded(numbers.n.to_bytes(numbers.n.bit_length() // 8, "big")),
        "e": "AQAB",
    }
    named = {"jwk": jwk, "jku": "http://127.0.0.1:9/keys", "x5u": "http://127.0.0.1:9/c.pem"}
    x5c = header_of(sign(PAYLOAD, broker_identity))["x5c"]
    header = {"alg": "RS256", name: named.get(name, "a")} | ({"x5c": x5c} if keeps_x5c else {})

    with pytest.raises(SignatureError if keeps_x5c else UnreadableAnswerError):
        verify(resigned(header, avsender_issued.identity(moment)), trust=trust, moment=moment)


@pytest.mark.parametrize("number", [11, 1000])
def test_certificates_beyond_ten_are_refused_unread(
    number: int, token: str, trust: TrustStore, moment: datetime
) -> None:
    with pytest.raises(UnreadableAnswerError, match="1 to 10 certificates"):
        verify(with_header(token, x5c=["AAAA"] * number), trust=trust, moment=moment)
