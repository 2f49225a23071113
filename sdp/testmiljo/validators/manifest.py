"""Manifest of a package, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.package import MANIFEST
from sdp.testmiljo.validators.rejection import LetterRejection
from sdp.testmiljo.validators.xml import at_most_one, exactly_one, find_all, optional_text, parse

if TYPE_CHECKING:
    from lxml import etree

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
