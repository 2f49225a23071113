"""Manifests of a package: `manifest.xml` (sdp-manifest.xsd), and OpenDocument's for ASiC.

`manifest.xml` names the documents and the recipient. `META-INF/manifest.xml` (OpenDocument 1.2,
part 3) lists the files of a DPI package.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sdp.dokumentpakke.profile import CONTAINER_TYPE
from sdp.domain import DigitalForsendelse
from sdp.errors import UnreadableAnswerError, UnreadablePackageError
from sdp.xmlsec import parse
from sdp.xmlsec.canonical import element, leaf
from sdp.xmlsec.names import SDP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml import etree

    from sdp.dokumentpakke.profile import Fil, Profile
    from sdp.domain import Avsender, Dokument, Forsendelse, Mottaker


_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_PREFIXES = {"sdp": SDP}


@dataclass(frozen=True, slots=True)
class ManifestDokument:
    """A document in the manifest, with the name of its metadata document if it has one."""

    filnavn: str
    mime_type: str
    tittel: str | None = field(default=None, repr=False)
    spraakkode: str | None = None
    metadata_filnavn: str | None = None
    metadata_mime_type: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """Content of a manifest. The organisation number has no prefix."""

    avsender: str
    hoveddokument: ManifestDokument
    vedlegg: tuple[ManifestDokument, ...] = ()
    personidentifikator: str | None = field(default=None, repr=False)
    postkasseadresse: str | None = field(default=None, repr=False)
    avsenderidentifikator: str | None = None
    fakturareferanse: str | None = None

    def mime_types(self) -> dict[str, str]:
        """Every file the manifest names, metadata documents too, and what it says each is."""
        named = {}
        for dokument in (self.hoveddokument, *self.vedlegg):
            named[dokument.filnavn] = dokument.mime_type
            if dokument.metadata_filnavn is not None:
                named[dokument.metadata_filnavn] = dokument.metadata_mime_type or ""
        return named


def build_manifest(forsendelse: Forsendelse, profile: Profile) -> bytes:
    """Write the manifest of a letter."""
    pakke = forsendelse.dokumentpakke
    mottaker = (
        _mottaker(forsendelse.mottaker, profile)
        if isinstance(forsendelse, DigitalForsendelse)
        else ""
    )
    content = [
        mottaker,
        _avsender(forsendelse.avsender, profile),
        _dokument("hoveddokument", pakke.hoveddokument),
        *(_dokument("vedlegg", vedlegg) for vedlegg in pakke.vedlegg),
    ]
    return (_DECLARATION + element("manifest", *content, attributes={"xmlns": SDP})).encode()


def read_manifest(data: bytes) -> Manifest:
    """Read a manifest of either wire.

    Raises:
        UnreadablePackageError: it is not XML, or lacks what a manifest must have.
    """
    try:
        root = parse(data)
    except UnreadableAnswerError as error:
        raise UnreadablePackageError("The manifest of the package cannot be parsed.") from error
    if root.tag != f"{{{SDP}}}manifest":
        raise UnreadablePackageError("The manifest of the package is another kind of document.")
    person = "sdp:mottaker/sdp:person/sdp:"
    avsender = "sdp:avsender/sdp:"
    dokumenter = [_read_dokument(found) for found in root.findall("sdp:hoveddokument", _PREFIXES)]
    if len(dokumenter) != 1:
        raise UnreadablePackageError("The manifest must name one main document.")
    return Manifest(
        avsender=_required(root, f"{avsender}organisasjon").rpartition(":")[2],
        hoveddokument=dokumenter[0],
        vedlegg=tuple(_read_dokument(found) for found in root.findall("sdp:vedlegg", _PREFIXES)),
        personidentifikator=_optional(root, f"{person}personidentifikator"),
        postkasseadresse=_optional(root, f"{person}postkasseadresse"),
        avsenderidentifikator=_optional(root, f"{avsender}avsenderidentifikator"),
        fakturareferanse=_optional(root, f"{avsender}fakturaReferanse"),
    )


def _mottaker(mottaker: Mottaker, profile: Profile) -> str:
    person = _written(
        {
            "personidentifikator": mottaker.personidentifikator if profile.names_person else None,
            "postkasseadresse": mottaker.postkasseadresse,
        }
    )
    return element("mottaker", element("person", *person))


def _avsender(avsender: Avsender, profile: Profile) -> str:
    return element(
        "avsender",
        leaf(
            "organisasjon",
            f"{profile.organisation_prefix}:{avsender.organisasjonsnummer}",
            {"authority": "iso6523-actorid-upis"},
        ),
        *_written(
            {
                "avsenderidentifikator": avsender.avsenderidentifikator,
                "fakturaReferanse": avsender.fakturareferanse,
            }
        ),
    )


def _dokument(name: str, dokument: Dokument) -> str:
    content = []
    if dokument.tittel is not None:
        content.append(leaf("tittel", dokument.tittel, {"lang": dokument.spraakkode}))
    if dokument.metadata is not None and dokument.metadata_filnavn is not None:
        named = {"href": dokument.metadata_filnavn, "mime": dokument.metadata.mime_type}
        content.append(element("data", attributes=named))
    named = {"href": dokument.filnavn, "mime": dokument.mime_type}
    return element(name, *content, attributes=named)


def _written(texts: dict[str, str | None]) -> Iterator[str]:
    return (leaf(name, text) for name, text in texts.items() if text is not None)


def _read_dokument(dokument: etree._Element) -> ManifestDokument:
    tittel = dokument.find("sdp:tittel", _PREFIXES)
    data = dokument.find("sdp:data", _PREFIXES)
    return ManifestDokument(
        filnavn=_attribute(dokument, "href"),
        mime_type=_attribute(dokument, "mime"),
        tittel=None if tittel is None else tittel.text or "",
        spraakkode=None if tittel is None else tittel.get("lang"),
        metadata_filnavn=None if data is None else _attribute(data, "href"),
        metadata_mime_type=None if data is None else _attribute(data, "mime"),
    )


def _attribute(dokument: etree._Element, name: str) -> str:
    value = dokument.get(name)
    if value is None:
        raise UnreadablePackageError(f"The manifest names a document without {name}.")
    return value


def _optional(root: etree._Element, path: str) -> str | None:
    return root.findtext(path, namespaces=_PREFIXES)


def _required(root: etree._Element, path: str) -> str:
    value = _optional(root, path)
    if value is None:
        raise UnreadablePackageError(f"The manifest lacks {path.replace('sdp:', '')}.")
    return value


_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"


def build_container_manifest(filer: Iterable[Fil]) -> bytes:
    """List the files outside META-INF."""
    entries = [_entry("/", CONTAINER_TYPE), *(_entry(fil.filnavn, fil.mime_type) for fil in filer)]
    manifest = element("m:manifest", *entries, attributes={"xmlns:m": _NAMESPACE})
    return f'<?xml version="1.0" encoding="UTF-8"?>{manifest}'.encode()


def _entry(path: str, media_type: str) -> str:
    attributes = {"m:full-path": path, "m:media-type": media_type}
    return element("m:file-entry", attributes=attributes)
