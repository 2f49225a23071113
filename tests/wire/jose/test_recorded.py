"""The recorded messages: their signatures hold, by our verifier and by openssl."""

from __future__ import annotations

import base64
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sdp.errors import CertificateError
from sdp.jose import verify
from sdp.pki import TrustStore
from tests.reference import reference

RECORDED = ["digital-forretningsmelding.jwt", "utskrift-forretningsmelding.jwt"]


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize("name", RECORDED)
def test_openssl_finds_the_signature_good(name: str, tmp_path: Path) -> None:
    token = reference(f"examples/dpi/{name}").read_text().strip()
    signed, _, signature = token.rpartition(".")
    header = json.loads(decoded(signed.split(".")[0]))
    certificate = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0]))
    public = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(public)
    (tmp_path / "signature").write_bytes(decoded(signature))
    command = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature"]
    done = subprocess.run(command, input=signed.encode(), cwd=tmp_path, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("name", RECORDED)
def test_its_certificate_is_of_another_ca_than_ours(name: str, trust: TrustStore) -> None:
    token = reference(f"examples/dpi/{name}").read_text().strip()
    with pytest.raises(CertificateError):
        verify(token, trust=trust, moment=datetime.now(UTC))
