"""Packing of documents into one signed and encrypted package, in a single pass.

A byte is read from its document once, digested for the signature, checksummed
and deflated into the ZIP, encrypted, digested again for the fingerprint, and written to the spool.
Nothing holds a whole document. When a letter is large, encryption runs on a thread of its own, and
so do the last digest and the writing (`ring`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Self

from sdp.dokumentpakke.cms.writer import CmsWriter
from sdp.dokumentpakke.manifest import build_container_manifest, build_manifest
from sdp.dokumentpakke.profile import (
    CONTAINER_MANIFEST,
    CONTAINER_TYPE,
    MANIFEST,
    MANIFEST_TYPE,
    MIMETYPE,
    SIGNATURES,
    Fil,
    Profile,
)
from sdp.dokumentpakke.ring import Ring, RingWriter
from sdp.dokumentpakke.source import DocumentReader, told_size
from sdp.dokumentpakke.spool import Spool, retry_after, unwritable
from sdp.dokumentpakke.xades.writer import build_signatures
from sdp.dokumentpakke.zip.writer import PIECE, ZipWriter
from sdp.domain import Forsendelse
from sdp.domain.filnavn import HTML
from sdp.errors import (
    DocumentError,
    InvalidInputError,
    PackageError,
    PackageTooLargeError,
    Problem,
    Retry,
    check_moment,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from typing_extensions import Buffer

    from sdp.dokumentpakke.html.policy import HtmlPolicy
    from sdp.domain.dokumentpakke import Pakkefil
    from sdp.pki import Signer

DEFAULT_SIZE_LIMIT = 50_000_000
DEFAULT_SPOOL_MEMORY = 1024 * 1024
_SMALL = 1024 * 1024


@dataclass(frozen=True)
class Pakkefakta:
    """Facts about a finished package.

    Attributes:
        fingerprint: the SHA-256 of the encrypted package.
        size: the size of the encrypted package, in bytes.
        filer: the files in it.
    """

    fingerprint: bytes
    size: int
    filer: tuple[Fil, ...]

    @property
    def billable_bytes(self) -> int:
        """The sizes of all files before compression, manifest and signature included."""
        return sum(fil.size for fil in self.filer)


@dataclass(frozen=True)
class PakketDokumentpakke(Pakkefakta):
    """An encrypted package, ready to be sent. Close it when you are done with it."""

    _spool: Spool = field(repr=False)

    def chunks(self) -> Iterator[bytes]:
        """Yield the encrypted package from its start; any number of times, from any thread."""
        return self._spool.chunks()

    def write_to(self, file: BinaryIO) -> None:
        """Copy the encrypted package to a file."""
        file.writelines(self.chunks())

    @property
    def is_closed(self) -> bool:
        """True once the package has been released."""
        return self._spool.closed

    def close(self) -> None:
        """Release the package. It cannot be read afterwards."""
        self._spool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def pack(
    forsendelse: Forsendelse,
    signer: Signer,
    *,
    moment: datetime,
    profile: Profile = Profile.EBMS,
    size_limit: int = DEFAULT_SIZE_LIMIT,
    spool_memory: int = DEFAULT_SPOOL_MEMORY,
    asice: BinaryIO | None = None,
    progress: Callable[[int], None] | None = None,
) -> PakketDokumentpakke:
    """Pack the documents of a letter, signed, and encrypted for its teknisk mottaker.

    Args:
        forsendelse: the letter. The recipient's certificate must have been validated.
        signer: signs on behalf of the sender.
        moment: the signing time; must be aware.
        profile: which wire the package is for.
        size_limit: the largest total size of the documents, in bytes.
        spool_memory: how much of the package is held in memory at most, in bytes.
        asice: a file that the same package is written to unencrypted, for inspection.
        progress: called with the number of bytes of the documents read since the last call.

    Raises:
        InvalidInputError: the letter is not addressed, or the moment has no time zone.
        PackageTooLargeError: the documents exceed the limit. If their sizes are known
            beforehand, it is raised before anything is read.
        DocumentError: a document cannot be read, is empty, changed or breaks the HTML policy;
            `filnavn` says which.
        CertificateError: the recipient's certificate cannot be used for encryption.
        PackageError: the package cannot be written, for example to a full disk.
    """
    spool = Spool(spool_memory)
    try:
        fakta = pack_to(
            spool.write,
            forsendelse,
            signer,
            moment=moment,
            profile=profile,
            size_limit=size_limit,
            asice=asice,
            progress=progress,
        )
    except BaseException:
        spool.close()
        raise
    return PakketDokumentpakke(fakta.fingerprint, fakta.size, fakta.filer, spool)


def pack_to(
    write: Callable[[Buffer], object],
    forsendelse: Forsendelse,
    signer: Signer,
    *,
    moment: datetime,
    profile: Profile = Profile.EBMS,
    size_limit: int = DEFAULT_SIZE_LIMIT,
    asice: BinaryIO | None = None,
    progress: Callable[[int], None] | None = None,
) -> Pakkefakta:
    """Pack a letter, and pass the encrypted bytes to `write`, for example of an open file.

    `write` must be done with a piece when it returns. The other arguments, and the errors, are
    those of `pack`; what was written before an error is useless.
    """
    if not isinstance(forsendelse, Forsendelse):
        rule = "must be from Forsendelse.digital or Forsendelse.fysisk"
        raise InvalidInputError("The letter", [Problem("forsendelse", rule)])
    check_moment(moment)
    filer = list(forsendelse.dokumentpakke.files())
    expected = _expected_size(filer)
    if expected is not None and expected > size_limit:
        raise PackageTooLargeError(expected, size_limit)
    sink = _Sink(write)
    is_large = expected is None or expected > _SMALL
    certificate = forsendelse.teknisk_mottaker.sertifikat
    with CmsWriter(certificate, sink.write, piece=PIECE, threaded=is_large) as cms:
        take = cms.write if asice is None else _tee(cms.write, asice)
        with Ring(take, PIECE, threaded=is_large) as ring:
            out = RingWriter(ring)
            packed = _write_asice(
                forsendelse,
                filer,
                signer,
                ZipWriter(out.write, moment, out=out),
                DocumentReader(size_limit, progress),
                moment=moment,
                profile=profile,
            )
            out.close()
        cms.close()
    return Pakkefakta(sink.fingerprint(), sink.size, packed)


class _Sink:
    """Sink of the encrypted bytes: digested for the fingerprint, counted and written."""

    def __init__(self, write: Callable[[Buffer], object]) -> None:
        self._write = write
        self._sha256 = hashlib.sha256()
        self.size = 0

    def write(self, encrypted: Buffer) -> None:
        self._sha256.update(encrypted)
        self.size += len(memoryview(encrypted))
        try:
            self._write(encrypted)
        except OSError as error:
            raise _unwritable("package", getattr(self._write, "__self__", None), error) from error

    def fingerprint(self) -> bytes:
        return self._sha256.digest()


def _write_asice(
    forsendelse: Forsendelse,
    filer: list[Pakkefil],
    signer: Signer,
    archive: ZipWriter,
    reader: DocumentReader,
    *,
    moment: datetime,
    profile: Profile,
) -> tuple[Fil, ...]:
    if profile.has_mimetype:
        archive.store(MIMETYPE, CONTAINER_TYPE.encode())
    signed = [_add_document(archive, fil, reader) for fil in filer]
    signed.append(_add(archive, MANIFEST, MANIFEST_TYPE, build_manifest(forsendelse, profile)))
    signatures = build_signatures(signed, signer, moment=moment, profile=profile)
    unsigned = [_add(archive, SIGNATURES, MANIFEST_TYPE, signatures)]
    if profile.has_mimetype:
        listed = build_container_manifest(signed)
        unsigned.append(_add(archive, CONTAINER_MANIFEST, MANIFEST_TYPE, listed))
    archive.close()
    return (*signed, *unsigned)


def _add_document(archive: ZipWriter, fil: Pakkefil, reader: DocumentReader) -> Fil:
    digest = hashlib.sha256()
    policy = _html_policy() if fil.mime_type == HTML else None
    entry = archive.entry(fil.filnavn, reader.at_most(fil))

    def take(part: memoryview) -> None:
        digest.update(part)
        if policy is not None:
            policy.take(part)

    size = reader.read(fil, entry, take)
    entry.close()
    if policy is not None:
        _check_policy(fil, policy)
    return Fil(fil.filnavn, fil.mime_type, size, digest.digest())


def _html_policy() -> HtmlPolicy:
    # Its lists take a twentieth of the time that a command needs to start.
    from sdp.dokumentpakke.html.policy import HtmlPolicy

    return HtmlPolicy()


def _check_policy(fil: Pakkefil, policy: HtmlPolicy) -> None:
    policy.finish()
    if policy.problems:
        raise DocumentError(
            fil.filnavn,
            f"The document {fil.filnavn} breaks the HTML policy: {'; '.join(policy.problems)}.",
            remedy="Correct it, or send the document as PDF.",
        )


def _add(archive: ZipWriter, name: str, mime_type: str, data: bytes) -> Fil:
    archive.add(name, data)
    return Fil(name, mime_type, len(data), hashlib.sha256(data).digest())


def _expected_size(filer: list[Pakkefil]) -> int | None:
    total = 0
    for fil in filer:
        size = told_size(fil)
        if size is None:
            return None
        total += size
    return total


def _tee(write: Callable[[Buffer], object], copy: BinaryIO) -> Callable[[Buffer], object]:
    def write_both(data: Buffer) -> None:
        write(data)
        try:
            copy.write(data)
        except OSError as error:
            raise _unwritable("unencrypted copy", copy, error) from error

    return write_both


def _unwritable(what: str, file: object, error: OSError) -> PackageError:
    name = getattr(file, "name", None)
    return unwritable(
        f"The {what} cannot be written",
        error,
        where=name if isinstance(name, str) else "",
        remedy="Make room where it goes (the folder in TMPDIR, if not a file of your own), then"
        " try again."
        if retry_after(error) is Retry.LATER
        else "Write to another file, in a folder that this user may write to.",
    )
