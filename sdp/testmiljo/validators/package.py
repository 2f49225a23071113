"""Dokumentpakke unpacked: its container, its manifest, and its documents."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.rejection import LetterRejection
from sdp.testmiljo.validators.xml import at_most_one, exactly_one, find_all, optional_text, parse

if TYPE_CHECKING:
    from lxml import etree


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
_ENTRY = b"PK\x03\x04"
_METHOD = slice(8, 10)
"""The compression method in the same header."""


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
    is_first = next(iter(files)) == MIMETYPE and _starts_with_its_type(package, expected)
    if files.pop(MIMETYPE, None) != expected or not is_first:
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
    """Tell whether the ZIP begins with the entry, stored as it is."""
    method = int.from_bytes(package[_METHOD], "little")
    is_entry = package.startswith(_ENTRY) and method == zipfile.ZIP_STORED
    return is_entry and package.startswith(MIMETYPE.encode() + content, _LOCAL_HEADER)


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


_SHORTEST_NAME, _LONGEST_NAME = 4, 100
_MAX_ATTACHMENTS = 200


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """One file the manifest names. A metadata document belongs to the file before it."""

    filnavn: str
    mime_type: str
    tittel: str | None = None
    spraakkode: str | None = None
    metadata: ManifestFile | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """Content of a manifest, with the main document first."""

    avsender: str
    personidentifikator: str | None
    postkasseadresse: str | None
    documents: tuple[ManifestFile, ...]

    def mime_types(self) -> dict[str, str]:
        """Return the MIME type of each file, metadata documents and the manifest included."""
        files = [*self.documents, *(d.metadata for d in self.documents if d.metadata is not None)]
        return {MANIFEST: "application/xml"} | {file.filnavn: file.mime_type for file in files}


def read_manifest(data: bytes) -> Manifest:
    """Read a manifest.

    Raises:
        LetterRejection: it is not XML, or lacks or doubles something.
    """
    root = parse(data)
    if root is None or root.tag != f"{{{names.SDP}}}manifest":
        raise LetterRejection("manifest.xml is not a manifest")
    organisation = optional_text(root, "sdp:avsender/sdp:organisasjon", LetterRejection) or ""
    attachments = find_all(root, "sdp:vedlegg")
    if len(attachments) > _MAX_ATTACHMENTS:
        raise LetterRejection(f"a letter may have {_MAX_ATTACHMENTS} attachments at most")
    main = exactly_one(root, "sdp:hoveddokument", LetterRejection)
    person = "sdp:mottaker/sdp:person"
    return Manifest(
        avsender=organisation.removeprefix("9908:"),
        personidentifikator=optional_text(
            root, f"{person}/sdp:personidentifikator", LetterRejection
        ),
        postkasseadresse=optional_text(root, f"{person}/sdp:postkasseadresse", LetterRejection),
        documents=tuple(_document(element) for element in (main, *attachments)),
    )


def _document(element: etree._Element) -> ManifestFile:
    data = at_most_one(element, "sdp:data", LetterRejection)
    tittel = at_most_one(element, "sdp:tittel", LetterRejection)
    return ManifestFile(
        filnavn=_name(element),
        mime_type=element.get("mime", ""),
        tittel=None if tittel is None else tittel.text,
        spraakkode=None if tittel is None else tittel.get("lang"),
        metadata=None if data is None else ManifestFile(_name(data), data.get("mime", "")),
    )


def _name(element: etree._Element) -> str:
    name = element.get("href", "")
    if not _SHORTEST_NAME <= len(name) <= _LONGEST_NAME:
        raise LetterRejection("a file name must be 4 to 100 characters")
    return name


_SIGNATURES: Final = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF87a", b"GIF89a"),
    "zip": (b"PK",),
}
_NAMED: Final = {
    "pdf": "pdf",
    "png": "png",
    "jpg": "jpeg",
    "jpeg": "jpeg",
    "gif": "gif",
    **dict.fromkeys(("zip", "docx", "xlsx", "pptx", "odt", "ods", "odp"), "zip"),
    **dict.fromkeys(("txt", "html", "htm", "xml", "csv"), "text"),
}
_HEAD: Final = 1024
"""The bytes within which the signature of a PDF must begin (ISO 32000-1, annex H)."""
_SHOWN_EXTENSIONS: Final = (
    "application/vnd.difi.dpi.lenke+xml",
    "application/vnd.difi.dpi.bevis+xml",
)


def check_content(file: ManifestFile, content: bytes) -> None:
    """Check that a document is of the kind that its name says.

    Raises:
        LetterRejection: it is not.
    """
    extension = file.filnavn.rpartition(".")[2].lower()
    named = _NAMED.get(extension)
    found = _kind_of(content)
    is_text = named == "text" and found is None
    if named is not None and named != found and not is_text:
        raise LetterRejection(f"the content of a .{extension} is of another kind")


def is_shown(extension: ManifestFile) -> bool:
    """Tell whether a mailbox knows an extension; others it drops without telling anybody."""
    return extension.mime_type.lower() in _SHOWN_EXTENSIONS


def _kind_of(content: bytes) -> str | None:
    for kind, signatures in _SIGNATURES.items():
        if kind == "pdf":
            if signatures[0] in content[:_HEAD]:
                return kind
        elif content.startswith(signatures):
            return kind
    return None
