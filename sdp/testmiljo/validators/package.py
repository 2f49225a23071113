"""Dokumentpakke unpacked: a ZIP with plain names, or on the DPI wire an ASiC-E container."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from dataclasses import dataclass

from sdp.testmiljo.validators.rejection import LetterRejection
from sdp.testmiljo.validators.xml import parse

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


MIMETYPE = "mimetype"
LISTING = "META-INF/manifest.xml"
_CONTAINER_TYPE = "application/vnd.etsi.asic-e+zip"
_OPENDOCUMENT = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
_LOCAL_HEADER = 30
"""The bytes before the name in the first entry of a ZIP."""


@dataclass(frozen=True, slots=True)
class Container:
    """Content of the container.

    Attributes:
        files: every file but the container's own two, by name.
        listed: the media type of each file that `META-INF/manifest.xml` lists.
    """

    files: dict[str, bytes]
    listed: dict[str, str]


def unpack_asice(package: bytes) -> Container:
    """Unpack a container, and check that its type can be told from its first bytes.

    Raises:
        LetterRejection: the ZIP is damaged, holds something it may not, or is no ASiC-E.
    """
    files = unpack(package, container=frozenset({MIMETYPE, LISTING}))
    expected = _CONTAINER_TYPE.encode()
    if files.pop(MIMETYPE, None) != expected or not _starts_with_its_type(package, expected):
        raise LetterRejection(
            "the package must start with the entry mimetype, stored as it is, that names ASiC-E"
        )
    listing = files.pop(LISTING, None)
    if listing is None:
        raise LetterRejection(f"the package holds no {LISTING}")
    listed = _listed(listing)
    if listed.pop("/", None) != _CONTAINER_TYPE:
        raise LetterRejection(f"{LISTING} does not name the package itself as ASiC-E")
    return Container(files, listed)


def _starts_with_its_type(package: bytes, content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        first = archive.infolist()[0]
        if first.filename != MIMETYPE or first.compress_type != zipfile.ZIP_STORED:
            return False
    return package[_LOCAL_HEADER:].startswith(MIMETYPE.encode() + content)


def _listed(listing: bytes) -> dict[str, str]:
    root = parse(listing)
    if root is None or root.tag != f"{_OPENDOCUMENT}manifest":
        raise LetterRejection(f"{LISTING} is not an OpenDocument manifest")
    entries = root.findall(f"{_OPENDOCUMENT}file-entry")
    found = {
        entry.get(f"{_OPENDOCUMENT}full-path", ""): entry.get(f"{_OPENDOCUMENT}media-type", "")
        for entry in entries
    }
    if len(found) != len(entries):
        raise LetterRejection(f"{LISTING} lists a file twice")
    return found
