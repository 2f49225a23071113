"""From an encrypted package back to its documents, once everything about it has been verified."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, Self

from sdp.dokumentpakke.cms_reader import decrypt
from sdp.dokumentpakke.fil import MANIFEST, MIMETYPE, SIGNATURES, Fil
from sdp.dokumentpakke.manifest import Manifest, read_manifest
from sdp.dokumentpakke.spool import Spool
from sdp.dokumentpakke.xades_reader import verify_signatures
from sdp.dokumentpakke.zip_reader import ZipReader
from sdp.errors import (
    InvalidInputError,
    PackageError,
    Problem,
    SignatureError,
    UnreadablePackageError,
    naive_moment,
)
from sdp.pki import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from cryptography import x509

    from sdp.dokumentpakke.xades_reader import SignedFil, VerifiedXades
    from sdp.pki import Decryptor, TrustStore

DEFAULT_UNPACKED_LIMIT = 8 * 1024**3
_SPOOL_MEMORY = 4 * 1024 * 1024
_MAX_XML = 16 * 1024 * 1024


@dataclass(frozen=True)
class AapnetPakke:
    """A package whose signature and digests hold. Close it when done.

    Attributes:
        manifest: what it holds and whom it is for.
        filer: the files outside META-INF, each with its verified digest.
        signer: the certificate that signed.
        chain: the signer's chain, up to a trust anchor if `is_trusted`.
        signing_time: when the signer says it signed.
        is_trusted: whether the signer was validated against a trust store.
    """

    manifest: Manifest
    filer: tuple[Fil, ...]
    chain: tuple[x509.Certificate, ...]
    signing_time: datetime
    is_trusted: bool
    _zip: ZipReader = field(repr=False)
    _spool: Spool | None = field(repr=False)

    @property
    def signer(self) -> x509.Certificate:
        """The certificate that signed."""
        return self.chain[0]

    def open(self, filnavn: str) -> IO[bytes]:
        """Open one of the files for reading.

        Raises:
            UnreadablePackageError: there is no such file; or, while it is read, that it is no
                longer what was verified.
        """
        return self._zip.open(filnavn)

    def read(self, filnavn: str) -> bytes:
        """Read one of the files whole."""
        return self._zip.read(filnavn)

    def extract_to(self, folder: str | Path) -> tuple[Path, ...]:
        """Write the files into a folder, which is made if it is not there.

        All of them are written or none: what was written before a failure is removed.

        Raises:
            PackageError: a file of that name is there already, or cannot be written.
        """
        folder = Path(folder)
        written: list[Path] = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for fil in self.filer:
                with (folder / fil.filnavn).open("xb") as file:
                    written.append(folder / fil.filnavn)
                    for piece in self._zip.pieces(fil.filnavn):
                        file.write(piece)
        except BaseException as error:
            for path in written:
                path.unlink(missing_ok=True)
            if not isinstance(error, OSError):
                raise
            raise PackageError(
                f"The files cannot be written to {folder}: {error.strerror}.",
                remedy="Extract to an empty folder with room for them.",
            ) from error
        return tuple(written)

    def close(self) -> None:
        """Let go of the decrypted bytes."""
        if self._spool is not None:
            self._spool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_pakke(
    cms: BinaryIO,
    decryptor: Decryptor,
    *,
    trust: TrustStore | None,
    moment: datetime,
    expected_fingerprint: bytes | None = None,
    unpacked_limit: int = DEFAULT_UNPACKED_LIMIT,
) -> AapnetPakke:
    """Decrypt a package and verify everything about it.

    Args:
        cms: the encrypted package.
        decryptor: the key of its recipient.
        trust: whom to trust as signer; None leaves that to the caller, who is told in
            `is_trusted`.
        moment: when the signer's certificate must be valid.
        expected_fingerprint: the SHA-256 that the business message says the package has.
        unpacked_limit: the most that the files may be together, in bytes.

    Raises:
        UnreadablePackageError: it cannot be decrypted or unpacked, or could mislead.
        SignatureError: a signature or digest does not hold.
        CertificateError: the signer is not to be trusted.
    """
    _check_given("cms", cms, moment)
    spool = Spool(_SPOOL_MEMORY)
    try:
        stream = _Fingerprinted(cms)
        decrypt(stream, decryptor, spool.write)
        stream.check(expected_fingerprint)
        return _opened(spool.reader(), spool, trust, moment, unpacked_limit)
    except BaseException:
        spool.close()
        raise


def read_asice(
    asice: BinaryIO,
    *,
    trust: TrustStore | None,
    moment: datetime,
    unpacked_limit: int = DEFAULT_UNPACKED_LIMIT,
) -> AapnetPakke:
    """Verify a package that is not encrypted; the arguments are those of `open_pakke`.

    `asice` must be seekable, and stay open as long as the package is used.
    """
    _check_given("asice", asice, moment)
    return _opened(asice, None, trust, moment, unpacked_limit)


def _check_given(name: str, stream: BinaryIO, moment: datetime) -> None:
    if not hasattr(stream, "read"):
        rule = "must be a file that is open for reading bytes, such as io.BytesIO(content)"
        raise InvalidInputError("The package", [Problem(name, rule)])
    if moment.tzinfo is None:
        raise naive_moment()


def _opened(
    stream: BinaryIO,
    spool: Spool | None,
    trust: TrustStore | None,
    moment: datetime,
    unpacked_limit: int,
) -> AapnetPakke:
    archive = ZipReader(stream, size_limit=unpacked_limit)
    xades = verify_signatures(_small(archive, SIGNATURES))
    chain = xades.certificates
    if trust is not None:
        signer, *intermediates = chain
        chain = trust.validate(
            signer, moment=moment, usage=Usage.SIGNING, intermediates=intermediates
        )
    filer = tuple(_verified_files(archive, xades))
    manifest = read_manifest(_small(archive, MANIFEST))
    _check_manifest(manifest, filer)
    return AapnetPakke(
        manifest=manifest,
        filer=filer,
        chain=chain,
        signing_time=xades.signing_time,
        is_trusted=trust is not None,
        _zip=archive,
        _spool=spool,
    )


def _verified_files(archive: ZipReader, xades: VerifiedXades) -> Iterator[Fil]:
    signed = {fil.filnavn: fil for fil in xades.filer}
    if len(signed) != len(xades.filer):
        raise SignatureError("The signature of the package covers a file twice.")
    present = [
        entry
        for entry in archive.entries
        if not entry.name.startswith("META-INF/") and entry.name != MIMETYPE
    ]
    if {entry.name for entry in present} != set(signed):
        raise SignatureError(
            "The signature of the package must cover every file outside META-INF, and no other."
        )
    for entry in present:
        yield _verified(archive, entry.name, signed[entry.name])


def _verified(archive: ZipReader, name: str, signed: SignedFil) -> Fil:
    digest, size = hashlib.sha256(), 0
    for piece in archive.pieces(name):
        digest.update(piece)
        size += len(piece)
    if digest.digest() != signed.sha256:
        raise SignatureError(f"{name} in the package is not what was signed.")
    return Fil(name, signed.mime_type or "", size, signed.sha256)


def _check_manifest(manifest: Manifest, filer: tuple[Fil, ...]) -> None:
    if set(manifest.mime_types()) != {fil.filnavn for fil in filer} - {MANIFEST}:
        raise UnreadablePackageError(
            "The manifest must name every file of the package, and no other."
        )


def _small(archive: ZipReader, name: str) -> bytes:
    for entry in archive.entries:
        if entry.name == name:
            if entry.size > _MAX_XML:
                raise UnreadablePackageError(f"{name} in the package is too large.")
            return archive.read(name)
    raise UnreadablePackageError(f"The package holds no {name}.")


class _Fingerprinted:
    """Digests what is read from a stream."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._sha256 = hashlib.sha256()

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(size)
        self._sha256.update(data)
        return data

    def check(self, expected: bytes | None) -> None:
        if expected is not None and self._sha256.digest() != expected:
            raise SignatureError("The package is not the one whose fingerprint was given.")
