"""Unpacks a dokumentpakke: a ZIP with plain names, each once, nothing too large."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib

from sdp.testmiljo.checks.rejection import LetterRejection

MANIFEST = "manifest.xml"
SIGNATURES = "META-INF/signatures.xml"
_MAX_BYTES = 1024 * 1024 * 1024
_MAX_FILES = 1000
# Whatever zipfile and its decompressors raise for a ZIP that was changed: wrong offsets are a
# ValueError or an OverflowError, and bzip2 data that is none is an OSError.
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, NotImplementedError),
    *(RuntimeError, EOFError, ValueError, OverflowError, OSError),
)


def unpack(package: bytes, *, container: frozenset[str] = frozenset()) -> dict[str, bytes]:
    """Every file in the package, by name.

    Args:
        package: the ZIP.
        container: files that this kind of package has for the container's own use.

    Raises:
        LetterRejection: the ZIP is damaged, or holds something it may not.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            _check(archive.infolist(), container)
            return {entry.filename: archive.read(entry) for entry in archive.infolist()}
    except _UNREADABLE as error:
        raise LetterRejection("the package is not a readable ZIP") from error


def _check(entries: list[zipfile.ZipInfo], container: frozenset[str]) -> None:
    names = [entry.filename for entry in entries]
    if len(names) > _MAX_FILES or sum(entry.file_size for entry in entries) > _MAX_BYTES:
        raise LetterRejection("the package unpacks to too much")
    if len({name.casefold() for name in names}) != len(names):
        raise LetterRejection("two files in the package have the same name")
    for required in (MANIFEST, SIGNATURES):
        if required not in names:
            raise LetterRejection(f"the package holds no {required}")
    for name in set(names) - container - {SIGNATURES}:
        if "/" in name or "\\" in name or name in ("mimetype", "..", "."):
            raise LetterRejection("the package holds a file whose name is not allowed")
