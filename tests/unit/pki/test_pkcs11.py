"""A key on a token does all that a key in a file does, and others can verify it."""

from __future__ import annotations

import base64
import hashlib
import io
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from sdp import jose
from sdp.dokumentpakke import Profile, open_pakke, pack
from sdp.domain import DigitalForsendelse, Kvitteringsreferanse, Prioritet
from sdp.ebms.envelope import sign_envelope
from sdp.ebms.messages import confirmation
from sdp.pki import Decryptor, Signer, TrustStore
from sdp.pki.keys.pkcs11 import Pkcs11Identity
from sdp.testmiljo.ca import TestCA
from sdp.testmiljo.validators.names import WSU
from tests.conftest import AVSENDER
from tests.unit.pki.test_pkcs11_token import PIN, SoftHsm
from tests.wire.ebms.libxmlsec import verifies
from tests.wire.ebms.test_schemas import REFERENCE
from tests.witness import program

_DS = "{http://www.w3.org/2000/09/xmldsig#}"


@pytest.fixture(scope="session")
def hsm(ca: TestCA, moment: datetime) -> SoftHsm:
    return SoftHsm.once(ca, moment)


@pytest.fixture
def identity(hsm: SoftHsm, moment: datetime) -> Iterator[Pkcs11Identity]:
    with hsm.open(moment) as identity:
        yield identity


@pytest.fixture
def openssl_verifies(hsm: SoftHsm, tmp_path: Path) -> Callable[[bytes, bytes], bool]:
    def verifies(data: bytes, signature: bytes) -> bool:
        key, written = tmp_path / "key.pem", tmp_path / "signature"
        public_key = hsm.issued.certificate.public_key()
        key.write_bytes(public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        written.write_bytes(signature)
        command = [program("openssl"), "dgst", "-sha256", "-verify", str(key)]
        command += ["-signature", str(written)]
        return not subprocess.run(command, input=data, capture_output=True, check=False).returncode

    return verifies


@pytest.fixture
def letter(
    hsm: SoftHsm, digital_forsendelse: Callable[..., DigitalForsendelse]
) -> DigitalForsendelse:
    """A letter to whoever has the key on the token."""
    mottaker = digital_forsendelse().mottaker
    postkasse = mottaker.postkasse.model_copy(update={"sertifikat": hsm.issued.certificate})
    return digital_forsendelse(mottaker=mottaker.model_copy(update={"postkasse": postkasse}))


def test_it_signs_and_decrypts_where_a_key_in_a_file_does(identity: Pkcs11Identity) -> None:
    signer: Signer = identity
    assert signer.chain[0] == identity.certificate
    assert isinstance(identity, Decryptor)
    assert identity.organisasjonsnummer == AVSENDER


def test_its_chain_is_read_from_the_token(identity: Pkcs11Identity, hsm: SoftHsm) -> None:
    assert identity.chain == hsm.issued.chain


def test_its_chain_is_completed_from_the_trust_store(
    hsm: SoftHsm, trust: TrustStore, moment: datetime
) -> None:
    leaf = hsm.issued.certificate.public_bytes(Encoding.PEM)
    with hsm.open(moment, chain=leaf) as alone:
        assert len(alone.chain) == 1
        completed = alone.with_chain_from(trust, moment=moment)
        assert completed.chain == hsm.issued.chain
        assert completed.sign(bytes(32)) == alone.sign(bytes(32))


def test_openssl_verifies_its_signature(
    identity: Pkcs11Identity, openssl_verifies: Callable[[bytes, bytes], bool]
) -> None:
    signature = identity.sign(hashlib.sha256(b"brev").digest())
    assert openssl_verifies(b"brev", signature)
    assert not openssl_verifies(b"Brev", signature)


@pytest.mark.parametrize("digest", [b"", bytes(20), bytes(64)])
def test_what_is_no_sha256_digest_is_not_signed(digest: bytes, identity: Pkcs11Identity) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        identity.sign(digest)


@pytest.mark.parametrize("profile", Profile)
def test_openssl_verifies_a_letter_that_is_packed_with_it(
    profile: Profile,
    identity: Pkcs11Identity,
    letter: DigitalForsendelse,
    moment: datetime,
    openssl_verifies: Callable[[bytes, bytes], bool],
) -> None:
    plain = io.BytesIO()
    pack(letter, identity, moment=moment, profile=profile, asice=plain).close()
    with zipfile.ZipFile(plain) as archive:
        document = etree.fromstring(archive.read("META-INF/signatures.xml"))
    signed = next(document.iter(f"{_DS}SignedInfo"))
    value = base64.b64decode(document.findtext(f".//{_DS}SignatureValue") or "")
    # As a document of its own, for it declares no namespace but that of the signature.
    data = etree.tostring(etree.fromstring(etree.tostring(signed)), method="c14n")
    assert openssl_verifies(data, value)
    assert not openssl_verifies(data + b" ", value)


@pytest.mark.parametrize("profile", Profile)
def test_a_package_that_is_encrypted_for_it_is_opened(
    profile: Profile,
    identity: Pkcs11Identity,
    letter: DigitalForsendelse,
    trust: TrustStore,
    moment: datetime,
) -> None:
    with pack(letter, identity, moment=moment, profile=profile) as pakke:
        cms = io.BytesIO(b"".join(pakke.chunks()))
    with open_pakke(cms, identity, trust=trust, moment=moment) as aapnet:
        assert aapnet.signer == identity.certificate
        assert aapnet.read("brev.pdf").startswith(b"%PDF")


def test_libxmlsec_verifies_ws_security_that_is_signed_with_it(
    identity: Pkcs11Identity, moment: datetime
) -> None:
    referanse = Kvitteringsreferanse(
        message_id="m-1", prioritet=Prioritet.NORMAL, references=(REFERENCE,)
    )
    signed = sign_envelope(confirmation(referanse, moment=moment), identity, moment=moment)
    envelope = etree.fromstring(signed.content)
    assert verifies(envelope, identity.certificate, {})
    (created,) = envelope.iter(f"{{{WSU}}}Created")
    created.text = "2001-01-01T00:00:00Z"
    assert not verifies(envelope, identity.certificate, {})


def test_openssl_verifies_a_token_that_is_signed_with_it(
    identity: Pkcs11Identity,
    trust: TrustStore,
    moment: datetime,
    openssl_verifies: Callable[[bytes, bytes], bool],
) -> None:
    token = jose.sign(b"{}", identity)
    signed, _, signature = token.rpartition(".")
    assert openssl_verifies(signed.encode(), base64.urlsafe_b64decode(signature + "=="))
    verified = jose.verify(token, trust=trust, moment=moment, organisasjonsnummer=AVSENDER)
    assert verified.payload == b"{}"


def test_the_code_in_the_documentation_runs(
    hsm: SoftHsm, ca: TestCA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parents[3] / "docs" / "keys.md").read_text(encoding="utf-8")
    (code,) = (part.partition("```")[0] for part in page.split("```python\n")[1:])
    (tmp_path / "pin").write_text(f"{PIN}\n", encoding="utf-8")
    (tmp_path / "trust").write_bytes(ca.root.chain_pem() + ca.issuing.chain_pem())
    agency = 'environment = "test"\n[maskinporten]\nclient_id = "etaten"\n'
    (tmp_path / "agency.toml").write_text(agency, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    there = {"/usr/lib/hsm/libhsm-pkcs11.so": hsm.module, "/run/secrets/hsm-pin": "pin"}
    for written, path in there.items():
        assert written in code
        code = code.replace(written, path)
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["signer"].chain == hsm.issued.chain
    names["identity"].close()
