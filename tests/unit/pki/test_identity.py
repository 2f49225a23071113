"""An identity that cannot be used says why when it is read."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from sdp.errors import (
    CertificateError,
    IdentityExpiredError,
    IdentityNotYetValidError,
    KeyMismatchError,
    MissingKeyError,
    SdpError,
    UnreadablePackageError,
    UnsupportedKeyError,
    UnsupportedKeystoreError,
    WrongPasswordError,
)
from sdp.pki import Identity, OaepHash
from sdp.testmiljo.ca import Issued, TestCA, new_key
from tests.conftest import AVSENDER

PASSWORD = "blåbærsyltetøy"


@pytest.fixture(scope="session")
def p12(avsender_issued: Issued, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("identity") / "etaten.p12"
    path.write_bytes(avsender_issued.pkcs12(PASSWORD))
    return path


def test_pkcs12_gives_the_chain_leaf_first(
    p12: Path, avsender_issued: Issued, moment: datetime
) -> None:
    identity = Identity.from_pkcs12(p12, PASSWORD, moment=moment)
    assert identity.chain == avsender_issued.chain
    assert identity.organisasjonsnummer == AVSENDER


def test_pem_files_give_the_same_identity(
    tmp_path: Path, avsender_issued: Issued, moment: datetime
) -> None:
    certificate, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    certificate.write_bytes(avsender_issued.chain_pem())
    for password in (None, PASSWORD):
        key.write_bytes(avsender_issued.key_pem(password))
        identity = Identity.from_pem(certificate, key, password, moment=moment)
        assert identity.chain == avsender_issued.chain


def test_a_password_for_a_key_that_has_none_does_no_harm(
    avsender_issued: Issued, moment: datetime
) -> None:
    identity = Identity.from_pem(
        avsender_issued.chain_pem(), avsender_issued.key_pem(), "needless", moment=moment
    )
    assert identity.certificate == avsender_issued.certificate


def test_issuers_in_any_order_are_put_in_order(avsender_issued: Issued, moment: datetime) -> None:
    leaf, issuing, root = avsender_issued.chain
    pem = b"".join(c.public_bytes(Encoding.PEM) for c in (leaf, root, issuing))
    identity = Identity.from_pem(pem, avsender_issued.key_pem(), moment=moment)
    assert identity.chain == (leaf, issuing, root)


def test_a_signature_is_rsa_pkcs1_over_the_digest(
    avsender_identity: Identity, avsender_issued: Issued
) -> None:
    signature = avsender_identity.sign(hashlib.sha256(b"brev").digest())
    avsender_issued.key.public_key().verify(signature, b"brev", PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize(
    ("name", "oaep_hash"), [("sha1", hashes.SHA1()), ("sha256", hashes.SHA256())]
)
def test_a_wrapped_key_is_unwrapped(
    name: OaepHash,
    oaep_hash: hashes.HashAlgorithm,
    avsender_identity: Identity,
    avsender_issued: Issued,
) -> None:
    padding = OAEP(MGF1(oaep_hash), oaep_hash, None)
    wrapped = avsender_issued.key.public_key().encrypt(b"k" * 32, padding)
    unwrapped = avsender_identity.unwrap(wrapped, hash_name=name, mgf_hash_name=name)
    assert unwrapped == b"k" * 32


def test_every_unwrap_failure_reads_the_same(avsender_identity: Identity) -> None:
    said = set()
    for wrapped in (b"", b"\0" * 256, b"\xff" * 256, b"\x01" * 255):
        with pytest.raises(UnreadablePackageError) as failure:
            avsender_identity.unwrap(wrapped, hash_name="sha256", mgf_hash_name="sha256")
        said.add(str(failure.value))
    assert len(said) == 1


def test_repr_shows_no_key_and_no_password(avsender_identity: Identity) -> None:
    assert repr(avsender_identity).startswith("Identity('")
    assert "PRIVATE" not in repr(avsender_identity)


class TestRefusals:
    def refused(
        self, expected: type[SdpError], source: Path | bytes, password: str, moment: datetime
    ) -> SdpError:
        with pytest.raises(expected) as refusal:
            Identity.from_pkcs12(source, password, moment=moment)
        assert PASSWORD not in str(refusal.value)
        return refusal.value

    def test_a_wrong_password(self, p12: Path, moment: datetime) -> None:
        error = self.refused(WrongPasswordError, p12, "feil", moment)
        assert str(p12) in error.message

    def test_a_file_that_is_not_there(self, tmp_path: Path, moment: datetime) -> None:
        self.refused(MissingKeyError, tmp_path / "borte.p12", PASSWORD, moment)

    def test_an_empty_file(self, tmp_path: Path, moment: datetime) -> None:
        (tmp_path / "tom.p12").touch()
        error = self.refused(MissingKeyError, tmp_path / "tom.p12", PASSWORD, moment)
        assert "is empty" in error.message

    def test_a_store_without_a_private_key(self, avsender_issued: Issued, moment: datetime) -> None:
        store = pkcs12.serialize_key_and_certificates(
            None, None, None, list(avsender_issued.chain), NoEncryption()
        )
        error = self.refused(MissingKeyError, store, "", moment)
        assert "private key" in error.message

    @pytest.mark.parametrize(
        ("magic", "kind"), [(b"\xfe\xed\xfe\xed", "JKS"), (b"\xce" * 4, "JCEKS")]
    )
    def test_a_java_key_store_is_answered_with_the_command_that_converts_it(
        self, magic: bytes, kind: str, tmp_path: Path, moment: datetime
    ) -> None:
        store = tmp_path / "etaten.jks"
        store.write_bytes(magic + b"\0\0\0\2")
        error = self.refused(UnsupportedKeystoreError, store, PASSWORD, moment)
        assert error.remedy == (
            f"Convert it: keytool -importkeystore -srckeystore {store} -srcstoretype {kind} "
            f"-destkeystore {tmp_path / 'etaten.p12'} -deststoretype PKCS12"
        )

    def test_something_that_is_no_key_store(self, moment: datetime) -> None:
        self.refused(UnsupportedKeystoreError, b"-----BEGIN CERTIFICATE-----", PASSWORD, moment)

    def test_an_expired_certificate(self, ca: TestCA, moment: datetime) -> None:
        issued = ca.issue(
            AVSENDER,
            "Etaten",
            moment=moment,
            not_before=moment - timedelta(days=9),
            not_after=moment - timedelta(days=1),
        )
        self.refused(IdentityExpiredError, issued.pkcs12(PASSWORD), PASSWORD, moment)

    def test_a_certificate_that_is_not_valid_yet(self, ca: TestCA, moment: datetime) -> None:
        issued = ca.issue(AVSENDER, "Etaten", moment=moment, not_before=moment + timedelta(days=1))
        self.refused(IdentityNotYetValidError, issued.pkcs12(PASSWORD), PASSWORD, moment)

    def test_a_key_of_another_certificate(self, avsender_issued: Issued, moment: datetime) -> None:
        other = Issued(new_key(), avsender_issued.chain)
        with pytest.raises(KeyMismatchError):
            Identity.from_pem(other.chain_pem(), other.key_pem(), moment=moment)

    @pytest.mark.parametrize("bits", [1024, 5120])
    def test_a_key_outside_2048_to_4096_bits(self, bits: int, ca: TestCA, moment: datetime) -> None:
        issued = ca.issue(AVSENDER, "Etaten", moment=moment, key=new_key(bits))
        error = self.refused(UnsupportedKeyError, issued.pkcs12(PASSWORD), PASSWORD, moment)
        assert str(bits) in error.message

    def test_an_elliptic_curve_key(self, avsender_issued: Issued, moment: datetime) -> None:
        key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        with pytest.raises(UnsupportedKeyError, match="RSA"):
            Identity.from_pem(avsender_issued.chain_pem(), key, moment=moment)

    def test_an_encrypted_key_without_a_password(
        self, avsender_issued: Issued, moment: datetime
    ) -> None:
        with pytest.raises(WrongPasswordError, match="no password"):
            Identity.from_pem(
                avsender_issued.chain_pem(), avsender_issued.key_pem(PASSWORD), moment=moment
            )

    def test_an_encrypted_key_with_a_wrong_password(
        self, avsender_issued: Issued, moment: datetime
    ) -> None:
        with pytest.raises(WrongPasswordError):
            Identity.from_pem(
                avsender_issued.chain_pem(), avsender_issued.key_pem(PASSWORD), "x", moment=moment
            )

    def test_files_that_hold_neither(self, avsender_issued: Issued, moment: datetime) -> None:
        with pytest.raises(MissingKeyError, match="certificate"):
            Identity.from_pem(b"tull", avsender_issued.key_pem(), moment=moment)
        with pytest.raises(MissingKeyError, match="private key"):
            Identity.from_pem(avsender_issued.chain_pem(), b"tull", moment=moment)

    def test_a_certificate_of_another_environment(
        self, avsender_issued: Issued, moment: datetime
    ) -> None:
        elsewhere = TestCA.create(moment).trust
        with pytest.raises(CertificateError, match="does not chain"):
            avsender_issued.identity(moment).with_chain_from(elsewhere, moment=moment)


def test_a_chain_is_completed_from_the_trust_store(
    avsender_issued: Issued, ca: TestCA, moment: datetime
) -> None:
    alone = Identity(avsender_issued.key, avsender_issued.chain[:1], moment=moment)
    assert alone.with_chain_from(ca.trust, moment=moment).chain == avsender_issued.chain
