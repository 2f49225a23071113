"""From an encrypted package back to its documents, once everything about it has been verified."""

from __future__ import annotations

import hashlib
import logging
import os
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, Self

from sdp.dokumentpakke.cms.reader import decrypt
from sdp.dokumentpakke.manifest import Manifest, read_manifest
from sdp.dokumentpakke.pack import DEFAULT_SIZE_LIMIT
from sdp.dokumentpakke.profile import MANIFEST, MIMETYPE, SIGNATURES, Fil
from sdp.dokumentpakke.spool import Spool
from sdp.dokumentpakke.xades.reader import verify_signatures
from sdp.dokumentpakke.zip.reader import ZipReader
from sdp.errors import (
    InvalidInputError,
    PackageError,
    Problem,
    SdpError,
    SignatureError,
    UnreadablePackageError,
    naive_moment,
)
from sdp.pki import Usage, check_organisation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from cryptography import x509

    from sdp.dokumentpakke.xades.reader import SignedFil, VerifiedXades
    from sdp.pki import Decryptor, TrustStore

DEFAULT_UNPACKED_LIMIT = 4 * DEFAULT_SIZE_LIMIT
_SPOOL_MEMORY = 4 * 1024 * 1024
_MAX_XML = 4 * 1024 * 1024
_ROOM_FOR_THE_REST = 8 * 1024 * 1024

_log = logging.getLogger("sdp.dokumentpakke")


@dataclass(frozen=True)
class AapnetPakke:
    """A package whose signature and digests have been verified. Close it when done.

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
        """Open one of `filer` for reading. Nothing else in the package is signed, or to be had.

        Raises:
            UnreadablePackageError: there is no such file; or, while it is read, that it is no
                longer what was verified.
        """
        self._check_signed(filnavn)
        return self._zip.open(filnavn)

    def read(self, filnavn: str) -> bytes:
        """Read one of `filer` whole.

        Raises:
            UnreadablePackageError: there is no such file.
        """
        self._check_signed(filnavn)
        return self._zip.read(filnavn)

    def extract_to(self, folder: str | Path) -> tuple[Path, ...]:
        """Write the files into a folder, which is created if it does not exist.

        All of them are written or none: what was written before a failure is removed. The files,
        and a folder that is made, are for their owner alone.

        Raises:
            PackageError: a file of that name already exists, or cannot be written.
        """
        folder = Path(folder)
        written: list[Path] = []
        try:
            # Letters are nobody else's, whatever the umask says.
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for fil in self.filer:
                path = folder / fil.filnavn
                with open(path, "xb", opener=_for_the_owner_alone) as file:
                    written.append(path)
                    file.writelines(self._zip.pieces(fil.filnavn))
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

    def _check_signed(self, filnavn: str) -> None:
        if not any(fil.filnavn == filnavn for fil in self.filer):
            raise UnreadablePackageError(
                "The package holds no signed file of that name.",
                remedy="Ask for one of those in `filer`.",
            )

    def close(self) -> None:
        """Release the decrypted bytes."""
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
    organisasjonsnummer: str | None = None,
    expected_fingerprint: bytes | None = None,
    unpacked_limit: int = DEFAULT_UNPACKED_LIMIT,
) -> AapnetPakke:
    """Decrypt a package and verify everything about it.

    Whatever is wrong with what the decryption gives, down to a changed byte in a document, is told
    in the same words: whoever learns more of packages that they have changed can decrypt them. The
    logger `sdp.dokumentpakke` tells at DEBUG which step it was.

    Args:
        cms: the encrypted package.
        decryptor: the key of its recipient.
        trust: the store that the signer's certificate must chain to; None leaves that check to
            the caller, and `is_trusted` is then False.
        moment: when the signer's certificate must be valid.
        organisasjonsnummer: whose signature it must be; None takes any organisation's. It may be
            another than the manifest's sender, where somebody sends for others.
        expected_fingerprint: the SHA-256 that the business message says the package has.
        unpacked_limit: the largest total size of the unpacked files, in bytes. A package that is
            larger itself is refused while it is read.

    Raises:
        UnreadablePackageError: it cannot be decrypted or unpacked, is ambiguous, or a signature or
            digest in it does not hold.
        SignatureError: it has another fingerprint than the expected one.
        CertificateError: the signer is not to be trusted, or is another organisation.
        IdentityError: the recipient's key cannot be used now.
    """
    _check_given("cms", cms, moment)
    spool = Spool(_SPOOL_MEMORY)
    try:
        stream = _Fingerprinted(cms, most=unpacked_limit + unpacked_limit // 16)
        is_decrypted = decrypt(stream, decryptor, spool.write)
        stream.check(expected_fingerprint)
        with _told_alike(unpacked_limit):
            archive, xades = _signed(spool.reader(), unpacked_limit)
            _check_decrypted(is_decrypted=is_decrypted)
        chain = _validated(xades, trust, moment, organisasjonsnummer)
        with _told_alike(unpacked_limit):
            filer = tuple(_verified_files(archive, xades))
        return _opened(archive, xades, chain, filer, spool=spool, is_trusted=trust is not None)
    except BaseException:
        spool.close()
        raise


def read_asice(
    asice: BinaryIO,
    *,
    trust: TrustStore | None,
    moment: datetime,
    organisasjonsnummer: str | None = None,
    unpacked_limit: int = DEFAULT_UNPACKED_LIMIT,
) -> AapnetPakke:
    """Verify a package that is not encrypted; the arguments are those of `open_pakke`.

    `asice` must be seekable, and stay open as long as the package is used. There is nothing in it
    to find out, so that the error says what is wrong.

    Raises:
        UnreadablePackageError: it cannot be unpacked, or could mislead.
        SignatureError: a signature or digest does not hold.
        CertificateError: the signer is not to be trusted, or is another organisation.
    """
    _check_given("asice", asice, moment)
    archive, xades = _signed(asice, unpacked_limit)
    chain = _validated(xades, trust, moment, organisasjonsnummer)
    filer = tuple(_verified_files(archive, xades))
    return _opened(archive, xades, chain, filer, spool=None, is_trusted=trust is not None)


@contextmanager
def _told_alike(unpacked_limit: int) -> Iterator[None]:
    try:
        yield
    except SdpError as error:
        *_, (frame, _) = traceback.walk_tb(error.__traceback__)
        _log.debug("A package did not open: %s in %s", type(error).__name__, frame.f_code.co_name)
        raise UnreadablePackageError(
            "The package does not open: it was changed on its way, or never made as it should be.",
            remedy=f"Ask the sender for it again. If its files may be more than {unpacked_limit} "
            "bytes together, allow that with unpacked_limit. To find faults in packages that you "
            "make yourself, give read_asice the unencrypted package.",
        ) from None


def _signed(stream: BinaryIO, unpacked_limit: int) -> tuple[ZipReader, VerifiedXades]:
    archive = ZipReader(stream, size_limit=unpacked_limit)
    return archive, verify_signatures(_small(archive, SIGNATURES))


def _check_decrypted(*, is_decrypted: bool) -> None:
    if not is_decrypted:
        raise UnreadablePackageError("The package cannot be decrypted.")


def _validated(
    xades: VerifiedXades,
    trust: TrustStore | None,
    moment: datetime,
    organisasjonsnummer: str | None,
) -> tuple[x509.Certificate, ...]:
    signer, *intermediates = xades.certificates
    if trust is not None:
        return trust.validate(
            signer,
            moment=moment,
            usage=Usage.SIGNING,
            intermediates=intermediates,
            organisasjonsnummer=organisasjonsnummer,
        )
    if organisasjonsnummer is not None:
        check_organisation(signer, organisasjonsnummer)
    return xades.certificates


def _check_given(name: str, stream: BinaryIO, moment: datetime) -> None:
    if not hasattr(stream, "read"):
        rule = "must be a file that is open for reading bytes, such as io.BytesIO(content)"
        raise InvalidInputError("The package", [Problem(name, rule)])
    if moment.tzinfo is None:
        raise naive_moment()


def _opened(
    archive: ZipReader,
    xades: VerifiedXades,
    chain: tuple[x509.Certificate, ...],
    filer: tuple[Fil, ...],
    *,
    spool: Spool | None,
    is_trusted: bool,
) -> AapnetPakke:
    manifest = read_manifest(_small(archive, MANIFEST))
    _check_manifest(manifest, filer)
    return AapnetPakke(
        manifest=manifest,
        filer=filer,
        chain=chain,
        signing_time=xades.signing_time,
        is_trusted=is_trusted,
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


def _for_the_owner_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class _Fingerprinted:
    """Digests what is read from a stream, and reads only so much of it."""

    def __init__(self, stream: BinaryIO, most: int) -> None:
        self._stream = stream
        self._sha256 = hashlib.sha256()
        self._left = most + _ROOM_FOR_THE_REST

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise UnreadablePackageError(
                "The package is larger than what its files may be when unpacked.",
                remedy="Allow more with unpacked_limit, if you trust who made it.",
            )
        self._sha256.update(data)
        return data

    def check(self, expected: bytes | None) -> None:
        if expected is not None and self._sha256.digest() != expected:
            raise SignatureError("The package is not the one whose fingerprint was given.")
