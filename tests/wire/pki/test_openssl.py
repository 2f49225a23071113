"""openssl agrees with the certificates and signatures we make."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sdp.pki import Identity
from sdp.testmiljo.ca import Issued, TestCA
from tests.witness import program


def run(*arguments: str | Path) -> str:
    command = [program("openssl"), *(str(argument) for argument in arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_openssl_verifies_the_chain_of_a_test_certificate(
    ca: TestCA, avsender_issued: Issued, tmp_path: Path
) -> None:
    for name, issued in (("root", ca.root), ("issuing", ca.issuing), ("leaf", avsender_issued)):
        pem = issued.certificate.public_bytes(Encoding.PEM)
        (tmp_path / f"{name}.pem").write_bytes(pem)
    said = run(
        "verify", "-x509_strict", "-CAfile", tmp_path / "root.pem",
        "-untrusted", tmp_path / "issuing.pem", tmp_path / "leaf.pem",
    )  # fmt: skip
    assert said.strip().endswith("OK")


def test_openssl_verifies_a_signature(
    avsender_identity: Identity, avsender_issued: Issued, tmp_path: Path
) -> None:
    (tmp_path / "data").write_bytes(b"brev")
    (tmp_path / "signature").write_bytes(avsender_identity.sign(hashlib.sha256(b"brev").digest()))
    public_key = avsender_issued.key.public_key()
    (tmp_path / "key.pem").write_bytes(
        public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    check = (
        "dgst", "-sha256", "-verify", tmp_path / "key.pem",
        "-signature", tmp_path / "signature", tmp_path / "data",
    )  # fmt: skip
    assert "Verified OK" in run(*check)
    (tmp_path / "data").write_bytes(b"Brev")
    with pytest.raises(subprocess.CalledProcessError):
        run(*check)


def test_a_pkcs12_file_written_by_openssl_is_read(
    avsender_issued: Issued, tmp_path: Path, moment: object
) -> None:
    (tmp_path / "key.pem").write_bytes(avsender_issued.key_pem())
    (tmp_path / "chain.pem").write_bytes(avsender_issued.chain_pem())
    run(
        "pkcs12", "-export", "-inkey", tmp_path / "key.pem", "-in", tmp_path / "chain.pem",
        "-passout", "pass:hemmelig", "-out", tmp_path / "out.p12",
    )  # fmt: skip
    identity = Identity.from_pkcs12(
        tmp_path / "out.p12", "hemmelig", moment=avsender_issued.certificate.not_valid_before_utc
    )
    assert identity.chain == avsender_issued.chain
