"""An identity that cannot be used says why when it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
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
    Fault,
    IdentityExpiredError,
    IdentityNotYetValidError,
    KeyMismatchError,
    MissingKeyError,
    OwnCertificateError,
    SdpError,
    UnreadablePackageError,
    UnsupportedKeyError,
    UnsupportedKeystoreError,
    WrongPasswordError,
)
from sdp.pki import Identity, OaepHash
from sdp.testmiljo.ca import Issued, TestCA, new_key
from tests.conftest import AVSENDER
from tests.keys import oversized_key

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

    @pytest.mark.slow
    @pytest.mark.parametrize("bits", [1024, 5120])
    def test_a_key_outside_2048_to_4096_bits(self, bits: int, ca: TestCA, moment: datetime) -> None:
        key = oversized_key(bits) if bits > 4096 else new_key(bits)
        issued = ca.issue(AVSENDER, "Etaten", moment=moment, key=key)
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


def in_pieces(pem: bytes) -> bytes:
    return pem.replace(b"\n", b" \r\n\r\n")


@pytest.mark.parametrize(
    "written",
    [
        lambda pem: pem.replace(b"\n", b"\r\n"),
        lambda pem: pem.replace(b"\n", b"\r"),
        lambda pem: b"\xef\xbb\xbf" + pem,
        lambda pem: pem.decode().encode("utf-16"),
        lambda pem: b"\xfe\xff" + pem.decode().encode("utf-16-be"),
        in_pieces,
        lambda pem: "Bag Attributes\n    friendlyName: Værøy\n".encode() + pem + b"\nslutt",
    ],
    ids=["CRLF", "CR", "BOM", "UTF-16", "UTF-16BE", "empty lines", "text around"],
)
def test_pem_is_read_as_editors_and_programs_write_it(
    written: Callable[[bytes], bytes], avsender_issued: Issued, moment: datetime
) -> None:
    identity = Identity.from_pem(
        written(avsender_issued.chain_pem()), written(avsender_issued.key_pem()), moment=moment
    )
    assert identity.chain == avsender_issued.chain


class TestIssuers:
    """An issuing CA that got a new key keeps its name."""

    def renewed(self, ca: TestCA, moment: datetime) -> TestCA:
        found = TestCA.create(moment)
        assert found.issuing.certificate.subject == ca.issuing.certificate.subject
        return found

    @pytest.mark.parametrize("old_first", [True, False])
    def test_an_issuer_is_chosen_by_its_signature(
        self, avsender_issued: Issued, ca: TestCA, moment: datetime, *, old_first: bool
    ) -> None:
        other, ours = self.renewed(ca, moment).issuing.certificate, avsender_issued.chain[1]
        issuers = [other, ours] if old_first else [ours, other]
        store = pkcs12.serialize_key_and_certificates(
            b"x", avsender_issued.key, avsender_issued.certificate, issuers, NoEncryption()
        )

        assert Identity.from_pkcs12(store, "", moment=moment).chain[:2] == avsender_issued.chain[:2]

    def test_a_namesake_of_the_issuer_is_not_taken_for_it(
        self, avsender_issued: Issued, ca: TestCA, moment: datetime
    ) -> None:
        namesake = self.renewed(ca, moment).issuing.certificate
        pem = avsender_issued.certificate.public_bytes(Encoding.PEM)

        identity = Identity.from_pem(
            pem + namesake.public_bytes(Encoding.PEM), avsender_issued.key_pem(), moment=moment
        )

        assert identity.chain == avsender_issued.chain[:1]


class TestFilesAreNamed:
    def test_a_key_that_is_another(
        self, avsender_issued: Issued, tmp_path: Path, moment: datetime
    ) -> None:
        file = tmp_path / "etaten.pem"
        file.write_bytes(avsender_issued.chain_pem())
        with pytest.raises(KeyMismatchError, match=str(file)):
            Identity.from_pem(file, Issued(new_key(), ()).key_pem(), moment=moment)

    def test_a_certificate_that_has_expired(
        self, p12: Path, avsender_issued: Issued, moment: datetime
    ) -> None:
        later = avsender_issued.certificate.not_valid_after_utc + timedelta(seconds=1)
        with pytest.raises(IdentityExpiredError, match=str(p12)):
            Identity.from_pkcs12(p12, PASSWORD, moment=later)

    def test_a_certificate_that_does_not_chain(self, p12: Path, moment: datetime) -> None:
        with pytest.raises(OwnCertificateError, match=str(p12)) as refused:
            Identity.from_pkcs12(p12, PASSWORD, moment=moment).with_chain_from(
                TestCA.create(moment).trust, moment=moment
            )
        assert "environment.trust" in refused.value.remedy
        assert refused.value.fault is Fault.CLIENT

    def test_a_path_that_no_system_takes(self, avsender_issued: Issued, moment: datetime) -> None:
        with pytest.raises(MissingKeyError):
            Identity.from_pkcs12("a\0b", "x", moment=moment)
        with pytest.raises(MissingKeyError):
            Identity.from_pem("a\0b", avsender_issued.key_pem(), moment=moment)
        with pytest.raises(MissingKeyError):
            Identity.from_pem(avsender_issued.chain_pem(), "a\0b", moment=moment)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"-----BEGIN PKCS7-----\nAA==\n-----END PKCS7-----\n", "PKCS#7"),
            (b"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n", "private key"),
            (b"tull", "no certificate"),
        ],
    )
    def test_a_chain_that_is_something_else_is_named(
        self, content: bytes, words: str, avsender_issued: Issued, tmp_path: Path, moment: datetime
    ) -> None:
        file = tmp_path / "kjede.pem"
        file.write_bytes(content)
        with pytest.raises(MissingKeyError, match=words) as refused:
            Identity.from_pem(file, avsender_issued.key_pem(), moment=moment)
        assert str(file) in refused.value.message

    def test_a_chain_that_is_cut_off_is_refused(
        self, avsender_issued: Issued, moment: datetime
    ) -> None:
        pem = avsender_issued.chain_pem()
        with pytest.raises(MissingKeyError, match="cut off"):
            Identity.from_pem(pem[:-100], avsender_issued.key_pem(), moment=moment)
