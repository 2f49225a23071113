"""Whoever changes a package learns nothing of its content from how it fails to open."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from sdp.dokumentpakke import open_pakke
from sdp.dokumentpakke.cms.reader import decrypt
from sdp.errors import (
    CertificateError,
    CertificateProblem,
    KeyUnavailableError,
    SdpError,
    SignatureError,
    UnreadablePackageError,
)
from sdp.pki import Identity, OaepHash, TrustStore
from tests.unit.dokumentpakke.test_tampering import SIGNATURES, Workshop, workshop

__all__ = ["workshop"]

END_MARKS, LAST_STRING = 10, 18
BEFORE_THE_LAST_BLOCK = END_MARKS + LAST_STRING + 1


@pytest.fixture
def told(workshop: Workshop, trust: TrustStore) -> Callable[..., tuple[object, ...]]:
    """Open a package that must not open, and return everything that the error tells."""

    def read(cms: bytes, fingerprint: bytes | None = None) -> tuple[object, ...]:
        with pytest.raises(SdpError) as refusal:
            open_pakke(
                io.BytesIO(cms),
                workshop.recipient,
                trust=trust,
                moment=workshop.moment,
                expected_fingerprint=fingerprint,
            )
        error = refusal.value
        written = "".join(traceback.format_exception(error)).splitlines()
        shown = [line for line in written if not line.startswith("  ")]
        return (type(error), error.args, error.__cause__, error.__suppress_context__, *shown)

    return read


def changed(cms: bytes, position: int, value: int) -> bytes:
    made = bytearray(cms)
    made[position] = value
    return bytes(made)


def test_no_value_of_the_byte_before_the_padding_tells_anything(
    workshop: Workshop, told: Callable[..., tuple[object, ...]]
) -> None:
    cms = workshop.encrypted(workshop.signed(workshop.good()))
    position = len(cms) - BEFORE_THE_LAST_BLOCK
    others = (value for value in range(256) if value != cms[position])
    said = {told(changed(cms, position, value)) for value in others}
    assert len(said) == 1


def test_with_another_fingerprint_every_package_is_just_another_one(
    workshop: Workshop, told: Callable[..., tuple[object, ...]]
) -> None:
    cms = workshop.encrypted(workshop.signed(workshop.good()))
    position = len(cms) - BEFORE_THE_LAST_BLOCK
    key_at = cms.index(b"\x04\x82\x01\x00") + 10
    tried = [cms, changed(cms, key_at, cms[key_at] ^ 1)]
    tried += [changed(cms, position, value) for value in range(256)]
    said = {told(each, bytes(32)) for each in tried}
    assert {kind for kind, *_ in said} == {SignatureError}
    assert len(said) == 1


def made_wrong(workshop: Workshop) -> Iterator[bytes]:
    """Packages whose decryption, or what it gives, is wrong in every way we know of."""
    good = workshop.good()
    signatures = workshop.signatures(good)
    asice = workshop.signed(good)
    cms = workshop.encrypted(asice)
    key_at = cms.index(b"\x04\x82\x01\x00") + 10
    yield changed(cms, key_at, cms[key_at] ^ 1)
    for content in (
        b"",
        os.urandom(100),
        asice[:-1],
        asice + b"x",
        asice.replace(b"PK\x01\x02", b"PK\x01\x03", 1),
        asice.replace(b"brev.txt", b"bre/.txt"),
        workshop.asice(good.items()),
        *(
            workshop.asice([*good.items(), (SIGNATURES, wrong)])
            for wrong in (
                b"",
                b"<a>",
                b"<a/>",
                signatures[:-1],
                signatures.replace(b"<SigningTime>2", b"<SigningTime>3"),
                signatures.replace(b"<X509Certificate>MI", b"<X509Certificate>MJ"),
                signatures.replace(b"<DigestValue>", b"<DigestValue>!", 1),
                workshop.signatures(good | {"mer.txt": b""}),
            )
        ),
        workshop.asice([*(good | {"brev.txt": b"!"}).items(), (SIGNATURES, signatures)]),
        _with_a_broken_stream(workshop),
    ):
        yield workshop.encrypted(content)


def _with_a_broken_stream(workshop: Workshop) -> bytes:
    asice = bytearray(workshop.signed(workshop.good()))
    start = asice.index(b"brev.txt") + len(b"brev.txt")
    asice[start] = 0xFF  # a kind of block that deflate does not have
    return bytes(asice)


def test_whatever_is_wrong_with_the_content_is_told_in_the_same_words(
    workshop: Workshop, told: Callable[..., tuple[object, ...]]
) -> None:
    packages = list(made_wrong(workshop))
    said = {told(cms) for cms in packages}
    assert {kind for kind, *_ in said} == {UnreadablePackageError}
    assert len(said) == 1
    # Nor does the right fingerprint of a package that somebody changed make it tell more.
    assert {told(cms, hashlib.sha256(cms).digest()) for cms in packages} == said


def test_a_package_is_read_to_its_end_although_its_key_is_none(workshop: Workshop) -> None:
    cms = workshop.encrypted(os.urandom(3_000_000))
    key_at = cms.index(b"\x04\x82\x01\x00") + 10
    written = []
    stream = io.BytesIO(changed(cms, key_at, cms[key_at] ^ 1))
    assert not decrypt(stream, workshop.recipient, lambda piece: written.append(len(piece)))
    assert stream.read() == b""
    assert sum(written) > 2_999_900
    assert max(written) < 2_000_000


def test_at_debug_the_step_is_logged_and_nothing_of_the_content(
    workshop: Workshop, told: Callable[..., tuple[object, ...]], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        told(workshop.encrypted(workshop.asice([("hemmelig.txt", b"hei")])))
    assert [record.getMessage() for record in caplog.records if record.name.startswith("sdp")] == [
        "A package did not open: UnreadablePackageError in _small"
    ]


class _Broken:
    """A key in an HSM that does not answer."""

    def __init__(self, certificate: x509.Certificate) -> None:
        self.certificate = certificate

    def unwrap(
        self, _encrypted_key: bytes, *, hash_name: OaepHash, mgf_hash_name: OaepHash
    ) -> bytes:
        raise KeyUnavailableError(f"No answer ({hash_name}, {mgf_hash_name}).")


def test_a_key_that_does_not_answer_is_no_fault_of_the_package(workshop: Workshop) -> None:
    cms = io.BytesIO(workshop.encrypted(workshop.signed(workshop.good())))
    decryptor = _Broken(workshop.recipient.certificate)
    with pytest.raises(KeyUnavailableError):
        open_pakke(cms, decryptor, trust=None, moment=workshop.moment)


def test_a_signer_that_is_not_trusted_is_told_since_the_signature_holds(
    workshop: Workshop, stranger: Identity, trust: TrustStore
) -> None:
    strange = replace(workshop, signer=stranger)
    cms = io.BytesIO(workshop.encrypted(strange.signed(workshop.good())))
    with pytest.raises(CertificateError) as refusal:
        open_pakke(cms, workshop.recipient, trust=trust, moment=workshop.moment)
    assert refusal.value.problem is CertificateProblem.UNTRUSTED


@pytest.mark.parametrize("with_trust", [True, False])
def test_another_organisation_than_the_expected_one_is_told(
    with_trust: bool, workshop: Workshop, trust: TrustStore
) -> None:
    cms = workshop.encrypted(workshop.signed(workshop.good()))

    def opened(organisasjonsnummer: str) -> None:
        open_pakke(
            io.BytesIO(cms),
            workshop.recipient,
            trust=trust if with_trust else None,
            moment=workshop.moment,
            organisasjonsnummer=organisasjonsnummer,
        ).close()

    opened(workshop.signer.organisasjonsnummer)
    with pytest.raises(CertificateError) as refusal:
        opened("974761076")
    assert refusal.value.problem is CertificateProblem.ORGANISATION


def test_only_signed_files_can_be_read(workshop: Workshop) -> None:
    good = workshop.good()
    asice = workshop.asice(
        [
            *good.items(),
            (SIGNATURES, workshop.signatures(good)),
            ("META-INF/manifest.xml", b"<unsigned/>"),
        ]
    )
    cms = io.BytesIO(workshop.encrypted(asice))
    with open_pakke(cms, workshop.recipient, trust=None, moment=workshop.moment) as pakke:
        assert pakke.read("brev.txt") == good["brev.txt"]
        for name in ("META-INF/manifest.xml", SIGNATURES, "mimetype", "borte.txt"):
            for read in (pakke.read, pakke.open):
                with pytest.raises(UnreadablePackageError, match="no signed file"):
                    read(name)


class _Endless(io.RawIOBase):
    """A package that goes on for ever, and counts how much of it was read."""

    def __init__(self, start: bytes, rest: bytes) -> None:
        self._start = start
        self._rest = rest
        self.taken = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        piece, self._start = self._start[:size], self._start[size:]
        piece = piece or (self._rest * size)[:size]
        self.taken += len(piece)
        return piece


def test_an_endless_package_is_read_no_further_than_the_limit(workshop: Workshop) -> None:
    cms = workshop.encrypted(b"x" * 100)
    content_at = cms.index(b"\xa0\x80\x04") + 2
    stream = _Endless(cms[:content_at] + b"\x04\x88" + b"\x7f" * 8, b"x")
    with pytest.raises(UnreadablePackageError, match="larger than what its files may be"):
        open_pakke(
            stream,  # type: ignore[arg-type]
            workshop.recipient,
            trust=None,
            moment=workshop.moment,
            unpacked_limit=1_000_000,
        )
    assert stream.taken < 20_000_000


def test_what_is_extracted_is_for_its_owner_alone(workshop: Workshop, tmp_path: Path) -> None:
    folder = tmp_path / "ut"
    cms = io.BytesIO(workshop.encrypted(workshop.signed(workshop.good())))
    before = os.umask(0)
    try:
        with open_pakke(cms, workshop.recipient, trust=None, moment=workshop.moment) as pakke:
            written = pakke.extract_to(folder)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
