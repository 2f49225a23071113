"""Opening of a package: decryption, and verification of everything about it.

The checks are numbered in the order of the specification:

1. The CMS is of the national profile and for this recipient (`cms.reader`).
2. The encrypted package has the expected fingerprint.
3. The ZIP reads the same to every reader, and is no zip bomb (`zip.reader`).
4. The one signature holds, and names its signer (`xades.reader`).
5. The decryption succeeded; tested here, so that it tells nothing (padding oracle).
6. The signer's chain leads to a trust anchor, and the signer is the expected organisation.
7. The signature covers every file outside META-INF and no other, and each has its digest.
8. The manifest follows its schema, and names every file once, as what the signature says it is.

A file that is read afterwards is digested again, since the underlying file may have changed.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, Self

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sdp.dokumentpakke.cms.reader import decrypt
from sdp.dokumentpakke.manifest import Manifest, read_manifest
from sdp.dokumentpakke.pack import DEFAULT_SIZE_LIMIT
from sdp.dokumentpakke.profile import MANIFEST, MIMETYPE, SIGNATURES, Fil
from sdp.dokumentpakke.spool import Spool, reason, retry_after, unwritable
from sdp.dokumentpakke.xades.reader import verify_signatures
from sdp.dokumentpakke.zip.reader import ZipReader, stream_of
from sdp.errors import (
    InvalidInputError,
    PackageError,
    Problem,
    SdpError,
    SignatureError,
    UnreadablePackageError,
    check_moment,
)
from sdp.pki import Usage, check_organisation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

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
        return stream_of(self._verified_again(self._signed(filnavn)))

    def read(self, filnavn: str) -> bytes:
        """Read one of `filer` whole.

        Raises:
            UnreadablePackageError: there is no such file, or it is no longer what was verified.
        """
        return b"".join(self._verified_again(self._signed(filnavn)))

    def extract_to(self, folder: str | Path) -> tuple[Path, ...]:
        """Write the files into a folder, which is created if it does not exist.

        All of them are written or none: what was written before a failure is removed. The files,
        and a folder that is made, are for their owner alone.

        Raises:
            PackageError: a file of that name already exists, or cannot be written.
            UnreadablePackageError: a file is no longer what was verified.
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
                    file.writelines(self._verified_again(fil))
        except BaseException as error:
            for path in written:
                path.unlink(missing_ok=True)
            if not isinstance(error, (OSError, ValueError)):  # a path that no system takes
                raise
            raise unwritable(
                f"The files cannot be written to {folder}",
                error,
                remedy="Extract to an empty folder with room for them.",
            ) from error
        return tuple(written)

    def _signed(self, filnavn: str) -> Fil:
        for fil in self.filer:
            if fil.filnavn == filnavn:
                return fil
        raise UnreadablePackageError(
            f"The package holds no signed file with the name {filnavn!r}.",
            remedy="Ask for one of those in `filer`.",
        )

    def _verified_again(self, fil: Fil) -> Iterator[bytes]:
        """Unpack a file, and hold its last piece back until the digest has been compared again."""
        digest, held = hashlib.sha256(), b""
        for piece in self._zip.pieces(fil.filnavn):
            digest.update(piece)
            if held:
                yield held
            held = piece
        if digest.digest() != fil.sha256:
            raise _changed_since(fil.filnavn)
        yield held

    def close(self) -> None:
        """Release the decrypted bytes."""
        if self._spool is not None:
            self._spool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[object, ...]:
        if self._spool is None:
            raise PackageError(
                "A package that reads from a file of the caller's cannot go to another process.",
                remedy="Give the other process the name of the file, and verify it there.",
            )
        certificates = [found.public_bytes(Encoding.DER) for found in self.chain]
        unpacked = sum(entry.size for entry in self._zip.entries)
        kept = (self.manifest, self.filer, certificates, self.signing_time, self.is_trusted)
        return _restored, (*kept, self._spool, unpacked)


def _restored(
    manifest: Manifest,
    filer: tuple[Fil, ...],
    certificates: Sequence[bytes],
    signing_time: datetime,
    is_trusted: bool,  # noqa: FBT001 - the order of __reduce__, seen by nobody else
    spool: Spool,
    unpacked: int,
) -> AapnetPakke:
    """Rebuild a package in another process, from bytes of its own."""
    chain = tuple(map(x509.load_der_x509_certificate, certificates))
    archive = ZipReader(spool.reader(), size_limit=unpacked)
    return AapnetPakke(manifest, filer, chain, signing_time, is_trusted, archive, spool)


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
        # 1. The CMS. What the decryption gives is not judged yet.
        is_decrypted = decrypt(stream, decryptor, spool.write)
        # 2. The fingerprint.
        stream.check(expected_fingerprint)
        with _told_alike(unpacked_limit):
            # 3. The ZIP, and 4. its signature.
            archive, xades = _signed(spool.reader(), unpacked_limit)
            # 5. The decryption.
            _check_decrypted(is_decrypted=is_decrypted)
        # 6. The signer.
        chain = _validated(xades, trust, moment, organisasjonsnummer)
        with _told_alike(unpacked_limit):
            # 7. The files, and 8. the manifest.
            filer, manifest = _verified_content(archive, xades)
        return AapnetPakke(
            manifest, filer, chain, xades.signing_time, trust is not None, archive, spool
        )
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
    # 3. The ZIP, and 4. its signature.
    archive, xades = _signed(asice, unpacked_limit)
    # 6. The signer.
    chain = _validated(xades, trust, moment, organisasjonsnummer)
    # 7. The files, and 8. the manifest.
    filer, manifest = _verified_content(archive, xades)
    return AapnetPakke(manifest, filer, chain, xades.signing_time, trust is not None, archive, None)


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
    if not hasattr(stream, "read") or isinstance(stream, io.TextIOBase):
        rule = "must be a file that is open for reading bytes, such as io.BytesIO(content)"
        raise InvalidInputError("The package", [Problem(name, rule)])
    check_moment(moment)


def _verified_content(archive: ZipReader, xades: VerifiedXades) -> tuple[tuple[Fil, ...], Manifest]:
    """Verify every file by its digest, and then what the manifest says of them."""
    filer = tuple(_verified_files(archive, xades))
    data = _small(archive, MANIFEST)
    if hashlib.sha256(data).digest() not in {f.sha256 for f in filer if f.filnavn == MANIFEST}:
        raise _changed_since(MANIFEST)
    manifest = read_manifest(data)
    _check_manifest(manifest, filer)
    return filer, manifest


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
    named = manifest.mime_types()
    present = {fil.filnavn: fil.mime_type for fil in filer if fil.filnavn != MANIFEST}
    if set(named) != set(present):
        raise UnreadablePackageError(
            "The manifest must name every file of the package, and no other."
        )
    for filnavn, mime_type in present.items():
        if mime_type and mime_type.lower() != named[filnavn].lower():
            raise UnreadablePackageError(
                f"The manifest and the signature of the package differ on what {filnavn} is."
            )


def _small(archive: ZipReader, name: str) -> bytes:
    for entry in archive.entries:
        if entry.name == name:
            if entry.size > _MAX_XML:
                raise UnreadablePackageError(f"{name} in the package is too large.")
            return archive.read(name)
    raise UnreadablePackageError(f"The package holds no {name}.")


def _changed_since(name: str) -> UnreadablePackageError:
    return UnreadablePackageError(
        f"{name} in the package was changed after it had been verified.",
        remedy="Verify the package anew, from a file that nobody else can write to.",
    )


def _for_the_owner_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class _Fingerprinted:
    """Digests what is read from a stream, and reads only so much of it."""

    def __init__(self, stream: BinaryIO, most: int) -> None:
        self._stream = stream
        self._sha256 = hashlib.sha256()
        self._left = most + _ROOM_FOR_THE_REST

    def read(self, size: int, /) -> bytes:
        try:
            data = self._stream.read(size)
        except (OSError, ValueError) as error:
            raise UnreadablePackageError(
                f"The package cannot be read: {reason(error)}.",
                remedy="Make sure that it can be read to its end, then try again.",
                retry=retry_after(error),
            ) from error
        if not isinstance(data, bytes):
            raise UnreadablePackageError("The package cannot be read: it does not give bytes.")
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
