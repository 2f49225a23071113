"""A PKCS#12 file with several keys gives the one that may sign, or the one that is named."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from asn1crypto import pkcs12 as asn1_pkcs12  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from sdp.errors import CertificateProblem, MissingKeyError, OwnCertificateError
from sdp.pki import Identity
from sdp.testmiljo.ca import Issued, LeafUsage, TestCA, new_key
from tests.conftest import AVSENDER
from tests.witness import program

# Each key store takes a virtual machine of Java.
pytestmark = pytest.mark.slow

PASSWORD = "blåbærsyltetøy"


@cache
def key(_number: int) -> rsa.RSAPrivateKey:
    return new_key()


@dataclass
class Keystores:
    """Files that keytool puts together from single keys; the same keys are put together once."""

    ca: TestCA
    folder: Path
    moment: datetime
    issued: dict[tuple[object, ...], Issued]
    made: dict[tuple[tuple[str, x509.Certificate], ...], bytes]

    def issue(self, usage: LeafUsage, *, number: int, not_after: datetime | None = None) -> Issued:
        wanted = (usage, number, not_after)
        if wanted not in self.issued:
            self.issued[wanted] = self.ca.issue(
                AVSENDER,
                f"Etaten {number}",
                moment=self.moment - timedelta(days=300),
                usage=usage,
                key=key(number),
                not_after=not_after,
            )
        return self.issued[wanted]

    def of(self, **entries: Issued) -> Path:
        """Write a store of these keys, in this order."""
        file = self.folder / "etaten.p12"
        file.write_bytes(self._put_together(*entries.items()))
        return file

    def _put_together(self, *entries: tuple[str, Issued]) -> bytes:
        holds = tuple((alias, issued.certificate) for alias, issued in entries)
        if holds not in self.made:
            *before, last = entries
            if not before:  # keytool writes the whole store anew when it adds to it
                return self._alone(*last)
            whole, single = self.folder / "whole.p12", self.folder / "single.p12"
            whole.write_bytes(self._put_together(*before))
            single.write_bytes(self._alone(*last))
            self._import(single, whole)
            self.made[holds] = whole.read_bytes()
            whole.unlink()
        return self.made[holds]

    def _alone(self, alias: str, issued: Issued) -> bytes:
        return pkcs12.serialize_key_and_certificates(
            alias.encode(),
            issued.key,
            issued.certificate,
            issued.chain[1:],
            BestAvailableEncryption(b"hemmelig"),
        )

    def _import(self, single: Path, whole: Path) -> None:
        subprocess.run(
            [
                program("keytool"), "-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC",
                "-importkeystore", "-noprompt",
                "-srckeystore", single, "-srcstorepass", "hemmelig",
                "-destkeystore", whole, "-deststoretype", "PKCS12",
                "-deststorepass", "hemmelig",
            ],
            check=True,
            capture_output=True,
        )  # fmt: skip

    def read(self, file: Path, alias: str | None = None) -> Identity:
        return Identity.from_pkcs12(file, "hemmelig", alias=alias, moment=self.moment)


@pytest.fixture(scope="module")
def all_stores(ca: TestCA, moment: datetime) -> Keystores:
    return Keystores(ca, Path(), moment, {}, {})


@pytest.fixture
def stores(all_stores: Keystores, tmp_path: Path) -> Keystores:
    return replace(all_stores, folder=tmp_path)


@pytest.mark.parametrize("signing_first", [True, False])
def test_the_key_whose_certificate_may_sign_is_taken(
    stores: Keystores, *, signing_first: bool
) -> None:
    signing = stores.issue(LeafUsage.SIGNING, number=1)
    encryption = stores.issue(LeafUsage.ENCRYPTION, number=2)
    file = (
        stores.of(signering=signing, kryptering=encryption)
        if signing_first
        else stores.of(kryptering=encryption, signering=signing)
    )

    identity = stores.read(file)

    assert identity.certificate == signing.certificate
    assert identity.with_chain_from(stores.ca.trust, moment=stores.moment).chain == signing.chain


@pytest.mark.parametrize("alias", ["kryptering", "Kryptering"])
def test_a_key_is_chosen_by_its_alias_in_any_case(stores: Keystores, alias: str) -> None:
    encryption = stores.issue(LeafUsage.ENCRYPTION, number=2)
    file = stores.of(signering=stores.issue(LeafUsage.SIGNING, number=1), kryptering=encryption)

    assert stores.read(file, alias).certificate == encryption.certificate


def test_a_key_is_chosen_by_the_serial_number_of_its_certificate(stores: Keystores) -> None:
    signing = stores.issue(LeafUsage.SIGNING, number=1)
    file = stores.of(signering=signing, to=stores.issue(LeafUsage.BOTH, number=2))

    serial = f"{signing.certificate.serial_number:040X}"
    for written in (serial, ":".join(serial[i : i + 2] for i in range(0, 40, 2))):
        assert stores.read(file, written).certificate == signing.certificate


def test_two_keys_that_may_sign_are_refused_with_the_file_and_both_named(
    stores: Keystores,
) -> None:
    signing = stores.issue(LeafUsage.SIGNING, number=1)
    file = stores.of(signering=signing, to=stores.issue(LeafUsage.BOTH, number=2))

    with pytest.raises(MissingKeyError) as refused:
        stores.read(file)

    assert str(file) in refused.value.message
    assert "identity.alias" in refused.value.remedy
    assert "signering (" in refused.value.remedy
    assert "to (" in refused.value.remedy


def test_of_two_keys_that_may_sign_the_valid_one_is_taken(stores: Keystores) -> None:
    valid = stores.issue(LeafUsage.SIGNING, number=1)
    expired = stores.issue(LeafUsage.SIGNING, number=2, not_after=stores.moment - timedelta(days=1))

    assert stores.read(stores.of(gammel=expired, ny=valid)).certificate == valid.certificate


def test_an_alias_that_is_not_there_is_answered_with_those_that_are(stores: Keystores) -> None:
    file = stores.of(signering=stores.issue(LeafUsage.SIGNING, number=1))

    with pytest.raises(MissingKeyError, match="'borte'") as refused:
        stores.read(file, "borte")

    assert str(file) in refused.value.message
    assert "signering" in refused.value.remedy


def test_a_certificate_that_may_not_sign_is_told_with_its_file(stores: Keystores) -> None:
    file = stores.of(kryptering=stores.issue(LeafUsage.ENCRYPTION, number=2))

    with pytest.raises(OwnCertificateError) as refused:
        stores.read(file).with_chain_from(stores.ca.trust, moment=stores.moment)

    assert refused.value.problem is CertificateProblem.KEY_USAGE
    assert str(file) in refused.value.message
    assert "identity.alias" in refused.value.remedy


@pytest.mark.parametrize("written", ["Blåbær", "BLÅBÆR ", "bla\u030abær"])
def test_an_alias_is_the_same_however_a_system_writes_its_letters(
    avsender_issued: Issued, moment: datetime, written: str
) -> None:
    for alias in ("blåbær", "bla\u030abær"):
        store = pkcs12.serialize_key_and_certificates(
            alias.encode(),
            avsender_issued.key,
            avsender_issued.certificate,
            None,
            BestAvailableEncryption(b"hemmelig"),
        )
        identity = Identity.from_pkcs12(store, "hemmelig", alias=written, moment=moment)
        assert identity.certificate == avsender_issued.certificate


def test_a_store_in_ber_is_read_as_in_der(avsender_issued: Issued, moment: datetime) -> None:
    der = avsender_issued.pkcs12(PASSWORD)
    outer = asn1_pkcs12.Pfx.load(der)
    in_ber = b"\x30\x80" + outer.contents + b"\0\0"

    identity = Identity.from_pkcs12(in_ber, PASSWORD, moment=moment)

    assert identity.certificate == avsender_issued.certificate
