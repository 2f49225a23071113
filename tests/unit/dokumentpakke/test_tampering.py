"""A package that was changed anywhere, by accident or by intent, is refused."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdp.dokumentpakke import Profile, open_pakke, pack, read_asice
from sdp.dokumentpakke.cms.writer import CmsWriter
from sdp.dokumentpakke.manifest import build_manifest
from sdp.dokumentpakke.profile import Fil
from sdp.dokumentpakke.xades.writer import build_signatures
from sdp.dokumentpakke.zip.reader import ZipReader
from sdp.domain import DigitalForsendelse, Dokument, Dokumentpakke
from sdp.errors import (
    CertificateError,
    PackageError,
    SdpError,
    SignatureError,
    UnreadablePackageError,
)
from sdp.pki import Identity, TrustStore
from tests.examples import examples

Letter = Callable[..., DigitalForsendelse]
SIGNATURES = "META-INF/signatures.xml"


@dataclass(frozen=True)
class Workshop:
    """Makes packages, good and bad, with the standard library's zipfile."""

    letter: DigitalForsendelse
    signer: Identity
    recipient: Identity
    moment: datetime

    def good(self) -> dict[str, bytes]:
        return {"brev.txt": b"hei " * 20, "manifest.xml": self.manifest()}

    def manifest(self) -> bytes:
        return build_manifest(self.letter, Profile.EBMS)

    def signatures(self, files: dict[str, bytes], *, profile: Profile = Profile.EBMS) -> bytes:
        signed = [
            Fil(name, "text/plain", len(data), hashlib.sha256(data).digest())
            for name, data in files.items()
        ]
        return build_signatures(signed, self.signer, moment=self.moment, profile=profile)

    def asice(self, files: Iterable[tuple[str, bytes]]) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files:
                archive.writestr(name, data)
        return buffer.getvalue()

    def signed(self, files: dict[str, bytes]) -> bytes:
        return self.asice([*files.items(), (SIGNATURES, self.signatures(files))])

    def encrypted(self, content: bytes) -> bytes:
        out = io.BytesIO()
        writer = CmsWriter(self.recipient.certificate, out.write)
        writer.write(content)
        writer.close()
        return out.getvalue()

    def read(
        self, asice: bytes, trust: TrustStore | None = None, *, unpacked_limit: int = 10_000_000
    ) -> list[Fil]:
        found = read_asice(
            io.BytesIO(asice), trust=trust, moment=self.moment, unpacked_limit=unpacked_limit
        )
        return list(found.filer)

    def open(self, cms: bytes) -> dict[str, bytes]:
        with open_pakke(io.BytesIO(cms), self.recipient, trust=None, moment=self.moment) as pakke:
            return {fil.filnavn: pakke.read(fil.filnavn) for fil in pakke.filer}


@pytest.fixture
def workshop(
    digital_forsendelse: Letter,
    avsender_identity: Identity,
    postkasse_identity: Identity,
    moment: datetime,
) -> Workshop:
    letter = digital_forsendelse(
        dokumentpakke=Dokumentpakke(
            hoveddokument=Dokument.from_bytes(b"hei " * 20, filnavn="brev.txt", tittel="Brev")
        )
    )
    return Workshop(letter, avsender_identity, postkasse_identity, moment)


def test_the_workshop_makes_packages_that_hold(workshop: Workshop, trust: TrustStore) -> None:
    asice = workshop.signed(workshop.good())
    assert [fil.filnavn for fil in workshop.read(asice, trust)] == ["brev.txt", "manifest.xml"]
    assert workshop.open(workshop.encrypted(asice)) == workshop.good()


class TestFlippedBytes:
    """One changed bit anywhere is refused, or changes nothing that was verified."""

    @pytest.mark.slow
    def test_in_the_encrypted_package(self, workshop: Workshop) -> None:
        pakke = pack(workshop.letter, workshop.signer, moment=workshop.moment)
        cms = b"".join(pakke.chunks())
        expected = workshop.open(cms)
        accepted = []
        head = 600  # every byte of the structure, then a sample of the ciphertext, then its end
        positions = [*range(head), *range(head, len(cms) - 64, 7), *range(len(cms) - 64, len(cms))]
        for position in positions:
            changed = bytearray(cms)
            changed[position] ^= 1 << position % 8
            try:
                found = workshop.open(bytes(changed))
            except SdpError:
                continue
            assert found == expected
            accepted.append(position)
        # CBC has no integrity of its own: some bits of the ZIP's headers, such as times, mean
        # nothing to the signature. The fingerprint in the business message covers those.
        assert len(accepted) < len(positions) // 20

    def test_the_fingerprint_refuses_every_one_of_them(self, workshop: Workshop) -> None:
        pakke = pack(workshop.letter, workshop.signer, moment=workshop.moment)
        cms = b"".join(pakke.chunks())
        for position in range(0, len(cms), 11):
            changed = bytearray(cms)
            changed[position] ^= 1 << position % 8
            with pytest.raises(SdpError):
                open_pakke(
                    io.BytesIO(bytes(changed)),
                    workshop.recipient,
                    trust=None,
                    moment=workshop.moment,
                    expected_fingerprint=pakke.fingerprint,
                )

    def test_in_the_plain_package(self, workshop: Workshop) -> None:
        asice = workshop.signed(workshop.good())
        expected = workshop.read(asice)
        for position in range(len(asice)):
            changed = bytearray(asice)
            changed[position] ^= 1 << position % 8
            try:
                found = workshop.read(bytes(changed))
            except SdpError:
                continue
            assert found == expected

    @pytest.mark.slow
    def test_in_the_signature(self, workshop: Workshop) -> None:
        files = workshop.good()
        signatures = workshop.signatures(files)
        start = signatures.index(b"<SignedInfo>")
        expected = workshop.read(workshop.signed(files))
        for position in range(start, len(signatures), 3):
            changed = bytearray(signatures)
            changed[position] ^= 1
            try:
                found = workshop.read(
                    workshop.asice([*files.items(), (SIGNATURES, bytes(changed))])
                )
            except SdpError:
                continue
            assert found == expected


class TestEncryption:
    def test_a_package_cut_short_anywhere(self, workshop: Workshop) -> None:
        cms = workshop.encrypted(workshop.signed(workshop.good()))
        for length in [*range(0, 600, 7), *range(600, len(cms), 97), len(cms) - 1]:
            with pytest.raises(UnreadablePackageError):
                workshop.open(cms[:length])

    def test_bytes_after_the_end(self, workshop: Workshop) -> None:
        cms = workshop.encrypted(workshop.signed(workshop.good()))
        with pytest.raises(UnreadablePackageError):
            workshop.open(cms + b"\0")

    def test_a_package_for_somebody_else(
        self, workshop: Workshop, eboks_identity: Identity
    ) -> None:
        cms = replace(workshop, recipient=eboks_identity).encrypted(b"PK")
        with pytest.raises(UnreadablePackageError, match="another certificate"):
            workshop.open(cms)

    @pytest.mark.parametrize("junk", [b"", b"\0", b"PK\x03\x04", b"<xml/>", b"\x30\x80" * 40])
    def test_something_else_altogether(self, junk: bytes, workshop: Workshop) -> None:
        with pytest.raises(UnreadablePackageError):
            workshop.open(junk)


def test_no_bytes_raise_anything_but_our_own_errors(workshop: Workshop) -> None:
    cms = workshop.encrypted(workshop.signed(workshop.good()))

    @settings(max_examples=examples(3))
    @given(start=st.integers(0, 600), length=st.integers(0, 8), put_in=st.binary(max_size=8))
    def check(start: int, length: int, put_in: bytes) -> None:
        with contextlib.suppress(SdpError):
            workshop.open(cms[:start] + put_in + cms[start + length :])

    check()


class TestSigners:
    def test_a_signer_from_a_stranger_is_refused_when_there_is_a_trust_store(
        self, workshop: Workshop, stranger: Identity, trust: TrustStore
    ) -> None:
        asice = replace(workshop, signer=stranger).signed(workshop.good())
        workshop.read(asice)
        with pytest.raises(CertificateError):
            workshop.read(asice, trust)


class TestSignatures:
    def refused(self, workshop: Workshop, files: list[tuple[str, bytes]]) -> str:
        with pytest.raises((SignatureError, UnreadablePackageError)) as refusal:
            workshop.read(workshop.asice(files))
        return str(refusal.value)

    def test_a_file_that_is_not_signed(self, workshop: Workshop) -> None:
        good = workshop.good()
        extra = [*good.items(), ("ekstra.txt", b"?"), (SIGNATURES, workshop.signatures(good))]
        assert "cover every file" in self.refused(workshop, extra)

    def test_a_signed_file_that_is_missing(self, workshop: Workshop) -> None:
        signatures = workshop.signatures(workshop.good() | {"borte.txt": b"?"})
        assert "cover every file" in self.refused(
            workshop, [*workshop.good().items(), (SIGNATURES, signatures)]
        )

    def test_a_signed_file_that_the_manifest_does_not_name(self, workshop: Workshop) -> None:
        files = workshop.good() | {"ekstra.txt": b"?"}
        said = self.refused(workshop, [*files.items(), (SIGNATURES, workshop.signatures(files))])
        assert "manifest" in said

    def test_no_signature(self, workshop: Workshop) -> None:
        self.refused(workshop, list(workshop.good().items()))

    def test_no_manifest(self, workshop: Workshop) -> None:
        files = {"brev.txt": b"hei"}
        self.refused(workshop, [*files.items(), (SIGNATURES, workshop.signatures(files))])

    def test_another_file_in_meta_inf(self, workshop: Workshop) -> None:
        good = workshop.good()
        files = [*good.items(), (SIGNATURES, workshop.signatures(good)), ("META-INF/x.xml", b"?")]
        self.refused(workshop, files)

    def changed(self, workshop: Workshop, old: bytes, new: bytes) -> None:
        good = workshop.good()
        signatures = workshop.signatures(good)
        assert old in signatures
        changed = signatures.replace(old, new)
        self.refused(workshop, [*good.items(), (SIGNATURES, changed)])

    def test_two_signatures(self, workshop: Workshop) -> None:
        good = workshop.good()
        one = workshop.signatures(good)
        inner = one[one.index(b"<Signature ") : one.index(b"</XAdESSignatures>")]
        self.refused(workshop, [*good.items(), (SIGNATURES, one.replace(inner, inner * 2))])

    def test_sha1_for_a_file(self, workshop: Workshop) -> None:
        old, new = (
            b"http://www.w3.org/2001/04/xmlenc#sha256",
            b"http://www.w3.org/2000/09/xmldsig#sha1",
        )
        self.changed(workshop, old, new)

    def test_another_signature_method(self, workshop: Workshop) -> None:
        self.changed(workshop, b"xmldsig-more#rsa-sha256", b"xmldsig-more#rsa-sha512")

    def test_a_transform_on_a_file(self, workshop: Workshop) -> None:
        transform = b'<Transforms><Transform Algorithm="http://x"></Transform></Transforms>'
        self.changed(workshop, b'URI="brev.txt">', b'URI="brev.txt">' + transform)

    def test_another_signing_time(self, workshop: Workshop) -> None:
        self.changed(workshop, b"<SigningTime>2", b"<SigningTime>3")

    def test_a_document_type_declaration(self, workshop: Workshop) -> None:
        self.changed(workshop, b"<XAdESSignatures", b"<!DOCTYPE a><XAdESSignatures")


class TestZip:
    def refused(self, workshop: Workshop, asice: bytes, *, limit: int = 10_000_000) -> str:
        with pytest.raises((SignatureError, UnreadablePackageError)) as refusal:
            workshop.read(asice, unpacked_limit=limit)
        return str(refusal.value)

    @pytest.mark.parametrize(
        "name",
        [
            "/etc/passwd",
            "../brev.txt",
            "mappe/../../brev.txt",
            "mappe/brev.txt",
            "mappe\\brev.txt",
            "c:brev.txt",
            "brev\x07.txt",
            "brev.txt/",
            "CON.txt",
        ],
    )
    def test_a_name_that_leads_elsewhere(self, name: str, workshop: Workshop) -> None:
        self.refused(workshop, workshop.signed(workshop.good() | {name: b"?"}))

    @pytest.mark.parametrize("name", ["brev.txt", "BREV.txt"])
    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_two_files_with_the_same_name(self, name: str, workshop: Workshop) -> None:
        good = workshop.good()
        files = [*good.items(), (name, b"?"), (SIGNATURES, workshop.signatures(good))]
        assert "same name" in self.refused(workshop, workshop.asice(files))

    def test_bytes_before_the_zip(self, workshop: Workshop) -> None:
        self.refused(workshop, b"#!/bin/sh\n" + workshop.signed(workshop.good()))

    def test_bytes_after_the_zip(self, workshop: Workshop) -> None:
        self.refused(workshop, workshop.signed(workshop.good()) + b"mer")

    def test_bytes_between_the_files(self, workshop: Workshop) -> None:
        asice = workshop.signed(workshop.good())
        second = asice.index(b"PK\x03\x04", 4)
        hidden = b"gjemt her inne"
        changed = bytearray(asice[:second] + hidden + asice[second:])
        for entry in range(1, 3):
            at = _nth(changed, b"PK\x01\x02", entry) + 42
            struct.pack_into("<L", changed, at, struct.unpack_from("<L", changed, at)[0] + 14)
        at = changed.rindex(b"PK\x05\x06") + 16
        struct.pack_into("<L", changed, at, struct.unpack_from("<L", changed, at)[0] + 14)
        assert "belong to no file" in self.refused(workshop, bytes(changed))

    def test_headers_that_disagree(self, workshop: Workshop) -> None:
        asice = bytearray(workshop.signed(workshop.good()))
        asice[4 + 14] ^= 1  # the checksum in the first local header
        assert "contradicts itself" in self.refused(workshop, bytes(asice))

    def test_a_bomb(self, workshop: Workshop) -> None:
        asice = workshop.signed(workshop.good() | {"bombe.txt": bytes(2_000_000)})
        assert "when unpacked" in self.refused(workshop, asice, limit=1_000_000)

    def test_too_many_files(self, workshop: Workshop) -> None:
        files = [(f"fil-{n}.txt", b"") for n in range(1025)]
        assert "1024" in self.refused(workshop, workshop.asice(files))

    def test_another_compression(self, workshop: Workshop) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as archive:
            archive.writestr("brev.txt", b"hei")
        self.refused(workshop, buffer.getvalue())


class TestChangesAfterVerification:
    """A caller's file may change between the verification and the reading."""

    def test_a_file_with_the_same_length_and_checksum_is_refused(
        self, workshop: Workshop, tmp_path: Path
    ) -> None:
        genuine = b"Du skylder 100 kroner." + bytes(200_000)
        forged = with_checksum_of(genuine, b"Du skylder 999 kroner." + bytes(200_000 - 4))
        files = {"brev.txt": genuine, "manifest.xml": workshop.manifest()}
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, data in {**files, SIGNATURES: workshop.signatures(files)}.items():
                archive.writestr(name, data)
        pakke = read_asice(file, trust=None, moment=workshop.moment)
        position = file.getvalue().index(genuine)
        file.seek(position)
        file.write(forged)
        with pytest.raises(UnreadablePackageError, match="changed after"):
            pakke.read("brev.txt")
        with pytest.raises(UnreadablePackageError, match="changed after"):
            pakke.extract_to(tmp_path / "ut")
        assert not list((tmp_path / "ut").iterdir())
        with pakke.open("brev.txt") as stream, pytest.raises(UnreadablePackageError):
            stream.read()
        assert pakke.read("manifest.xml") == files["manifest.xml"]

    def test_a_manifest_that_changes_while_the_package_is_verified_is_refused(
        self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pieces, other = ZipReader.pieces, workshop.manifest().replace(b"brev.txt", b"BREV.txt")
        times = list[str]()

        def another_the_second_time(reader: ZipReader, name: str) -> Iterator[bytes]:
            times.append(name)
            yield from [other] if times.count("manifest.xml") == 2 else pieces(reader, name)

        monkeypatch.setattr(ZipReader, "pieces", another_the_second_time)
        with pytest.raises(UnreadablePackageError, match=r"manifest\.xml.*changed after"):
            workshop.read(workshop.signed(workshop.good()))


def with_checksum_of(genuine: bytes, forged: bytes) -> bytes:
    """Append the four bytes that give one content the CRC-32 of another."""
    state, wanted = zlib.crc32(forged) ^ 0xFFFFFFFF, zlib.crc32(genuine) ^ 0xFFFFFFFF
    table = [crc_table(n) for n in range(256)]
    by_top_byte = {value >> 24: n for n, value in enumerate(table)}
    indices = []
    for _ in range(4):
        index = by_top_byte[wanted >> 24]
        indices.append(index)
        wanted = (wanted ^ table[index]) << 8 & 0xFFFFFFFF
    appended = b""
    for index in reversed(indices):
        appended += bytes([state & 0xFF ^ index])
        state = table[index] ^ state >> 8
    assert zlib.crc32(forged + appended) == zlib.crc32(genuine)
    return forged + appended


def crc_table(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
    return value


class TestOtherProcesses:
    def test_an_opened_package_crosses_whole(self, workshop: Workshop) -> None:
        cms = workshop.encrypted(workshop.signed(workshop.good()))
        with (
            open_pakke(
                io.BytesIO(cms), workshop.recipient, trust=None, moment=workshop.moment
            ) as pakke,
            pickle.loads(pickle.dumps(pakke)) as other,
        ):
            assert other.manifest == pakke.manifest
            assert other.signer == pakke.signer
            assert {fil.filnavn: other.read(fil.filnavn) for fil in other.filer} == workshop.good()

    def test_one_that_reads_from_a_file_of_the_callers_says_that_it_cannot(
        self, workshop: Workshop
    ) -> None:
        asice = io.BytesIO(workshop.signed(workshop.good()))
        with pytest.raises(PackageError, match="another process"):
            pickle.dumps(read_asice(asice, trust=None, moment=workshop.moment))


class TestExtraction:
    def test_files_are_written_and_never_over_others(
        self, workshop: Workshop, tmp_path: Path
    ) -> None:
        folder = tmp_path / "ut"
        asice = io.BytesIO(workshop.signed(workshop.good()))
        pakke = read_asice(asice, trust=None, moment=workshop.moment)
        written = pakke.extract_to(folder)
        assert {path.name: path.read_bytes() for path in written} == workshop.good()
        with pytest.raises(PackageError, match="exists"):
            pakke.extract_to(folder)
        assert {path.name: path.read_bytes() for path in written} == workshop.good()

    @pytest.mark.parametrize(
        "failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()]
    )
    def test_what_was_written_before_a_failure_is_removed_and_nothing_else(
        self,
        failure: BaseException,
        workshop: Workshop,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        asice = io.BytesIO(workshop.signed(workshop.good()))
        pakke = read_asice(asice, trust=None, moment=workshop.moment)
        (tmp_path / "annet.txt").write_bytes(b"mitt")
        pieces = ZipReader.pieces

        def fails_in_the_last(reader: ZipReader, name: str) -> Iterator[bytes]:
            yield from pieces(reader, name)
            if name == pakke.filer[-1].filnavn:
                raise failure

        monkeypatch.setattr(ZipReader, "pieces", fails_in_the_last)
        with pytest.raises((PackageError, KeyboardInterrupt)):
            pakke.extract_to(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["annet.txt"]


def _nth(data: bytearray, pattern: bytes, number: int) -> int:
    at = -1
    for _ in range(number + 1):
        at = data.index(pattern, at + 1)
    return at
