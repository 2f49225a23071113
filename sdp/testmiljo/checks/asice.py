"""Opens the container that packages of today's wire are: ASiC-E (ETSI TS 102 918, 6.2)."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

from sdp.testmiljo.checks.package import unpack
from sdp.testmiljo.checks.rejection import LetterRejection
from sdp.testmiljo.checks.xml import parse

MIMETYPE = "mimetype"
LISTING = "META-INF/manifest.xml"
_CONTAINER_TYPE = "application/vnd.etsi.asic-e+zip"
_OPENDOCUMENT = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
_LOCAL_HEADER = 30
"""The bytes before the name in the first entry of a ZIP."""


@dataclass(frozen=True, slots=True)
class Container:
    """What the container holds.

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
