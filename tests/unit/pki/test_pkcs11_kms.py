"""The example of a key in a cloud KMS works, with a service that is like one."""

from __future__ import annotations

import base64
import io
import os
import runpy
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509 import Certificate
from lxml import etree

import sdp
from sdp import jose
from sdp.domain import DigitalForsendelse, Kvitteringsreferanse, Prioritet
from sdp.ebms.envelope import sign_envelope
from sdp.ebms.messages import confirmation
from sdp.testmiljo.ca import Issued, TestCA, new_key
from tests.conftest import AVSENDER, POSTEN
from tests.wire.ebms.libxmlsec import verifies
from tests.wire.ebms.test_schemas import REFERENCE

_EXAMPLE = Path(__file__).parents[3] / "examples" / "kms_signer.py"
KmsSigner: Callable[[LocalKms, str, Sequence[Certificate]], sdp.Signer]
KmsSigner = runpy.run_path(str(_EXAMPLE))["KmsSigner"]

KEY = "projects/etaten/keys/virksomhet"


class LocalKms:
    """A service that holds keys and signs digests with them, and counts."""

    def __init__(self, keys: dict[str, RSAPrivateKey]) -> None:
        self._keys = keys
        self._counting = threading.Lock()
        self.signed = 0

    def sign_digest(self, key: str, digest: bytes, algorithm: str) -> bytes:
        if key not in self._keys:
            raise PermissionError(f"no such key, or no right to it: {key}")
        if algorithm != "RSASSA_PKCS1_V1_5_SHA_256" or len(digest) != 32:
            raise ValueError("not such a digest")
        with self._counting:
            self.signed += 1
        return self._keys[key].sign(digest, PKCS1v15(), Prehashed(hashes.SHA256()))


@pytest.fixture
def kms(avsender_issued: Issued) -> LocalKms:
    return LocalKms({KEY: avsender_issued.key, "annen": new_key()})


@pytest.fixture
def signer(kms: LocalKms, avsender_issued: Issued) -> sdp.Signer:
    return KmsSigner(kms, KEY, avsender_issued.chain)


def test_a_letter_is_packed_with_it_and_opened_by_the_mailbox(
    signer: sdp.Signer,
    kms: LocalKms,
    ca: TestCA,
    digital_forsendelse: Callable[..., DigitalForsendelse],
    postkasse_identity: sdp.Identity,
    moment: datetime,
) -> None:
    before = kms.signed
    with sdp.pack(digital_forsendelse(), signer, moment=moment) as pakke:
        cms = io.BytesIO(b"".join(pakke.chunks()))
    assert kms.signed == before + 1
    with sdp.open_pakke(cms, postkasse_identity, trust=ca.trust, moment=moment) as aapnet:
        assert aapnet.is_trusted
        assert aapnet.chain == signer.chain


def test_libxmlsec_verifies_ws_security_that_is_signed_with_it(
    signer: sdp.Signer, moment: datetime
) -> None:
    referanse = Kvitteringsreferanse(
        message_id="m-1", prioritet=Prioritet.NORMAL, references=(REFERENCE,)
    )
    signed = sign_envelope(confirmation(referanse, moment=moment), signer, moment=moment)
    assert verifies(etree.fromstring(signed.content), signer.chain[0], {})


def test_a_token_is_signed_with_it(signer: sdp.Signer) -> None:
    signed, _, signature = jose.sign(b"{}", signer).rpartition(".")
    public_key = signer.chain[0].public_key()
    assert isinstance(public_key, RSAPublicKey)
    public_key.verify(
        base64.urlsafe_b64decode(signature + "=="), signed.encode(), PKCS1v15(), hashes.SHA256()
    )


def test_many_threads_sign_with_it_at_once(signer: sdp.Signer, kms: LocalKms) -> None:
    digests = [os.urandom(32) for _ in range(50)]
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(signer.sign, digests))) == 50
    assert kms.signed == 51


def test_a_key_that_is_not_the_certificates_is_found_out_at_once(
    kms: LocalKms, avsender_issued: Issued
) -> None:
    with pytest.raises(sdp.KeyMismatchError, match="annen does not verify"):
        KmsSigner(kms, "annen", avsender_issued.chain)
    with pytest.raises(PermissionError, match="no such key"):
        KmsSigner(kms, "borte", avsender_issued.chain)


def test_a_key_that_the_wire_cannot_use_is_refused(
    kms: LocalKms, ca: TestCA, moment: datetime
) -> None:
    short = ca.issue(POSTEN, "Etaten", moment=moment, key=new_key(1024))
    with pytest.raises(sdp.UnsupportedKeyError, match="2048 to 4096"):
        KmsSigner(kms, KEY, short.chain)


def test_a_client_is_made_with_it(signer: sdp.Signer, ca: TestCA, moment: datetime) -> None:
    config = sdp.ClientConfig.model_validate({"environment": {"name": "test", "wire": "ebms"}})
    with sdp.Client(config, signer=signer, trust=ca.trust, clock=lambda: moment):
        assert sdp.organisasjonsnummer(signer.chain[0]) == AVSENDER
