"""Reading of `manifest.xml`, the manifest of a package, held to its schema (sdp-manifest.xsd)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from lxml import etree

from sdp.errors import UnreadableAnswerError, UnreadablePackageError
from sdp.xmlsec import parse
from sdp.xmlsec.names import SDP

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PREFIXES: Final = {"sdp": SDP}
# XML Schema lets these stand on any element.
_SCHEMA_LOCATIONS: Final = frozenset(
    f"{{http://www.w3.org/2001/XMLSchema-instance}}{name}"
    for name in ("schemaLocation", "noNamespaceSchemaLocation")
)


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


@dataclass(frozen=True, slots=True)
class _Element:
    """Rule of the schema for the content of an element.

    Attributes:
        children: each child with its least and most number, in the order of the schema.
        text: what its text must match; an element with children has none.
        attributes: each attribute with what it must match; one that is `optional` may be left out.
    """

    children: Mapping[str, tuple[_Element, int, int]] = field(default_factory=dict)
    text: re.Pattern[str] | None = None
    attributes: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()


def _text(most: int, *, least: int = 0) -> re.Pattern[str]:
    return re.compile(rf"[\s\S]{{{least},{most}}}")


_ANY: Final = re.compile(r"[\s\S]*")
_LANG: Final = {"lang": _text(2, least=2)}
_HREF_AND_MIME: Final = {"href": _text(100, least=4), "mime": _text(100, least=1)}
_DOKUMENT: Final = _Element(
    {
        "tittel": (_Element(text=_text(255, least=1), attributes=_LANG), 0, 1),
        "data": (_Element(attributes=_HREF_AND_MIME), 0, 1),
    },
    attributes=_HREF_AND_MIME,
)
_ORGANISASJON: Final = _Element(
    text=re.compile(r"[0-9]{4}:[^\W_]{1,35}"),
    attributes={"authority": re.compile("iso6523-actorid-upis")},
    optional=frozenset({"authority"}),
)
_LENKE: Final = _Element(
    {
        "url": (_Element(text=re.compile(r"https?://[\s\S]+")), 1, 1),
        "beskrivelse": (_Element(text=_text(70, least=1), attributes=_LANG), 0, 1),
        "knappTekst": (_Element(text=_text(30, least=1), attributes=_LANG), 0, 1),
        "frist": (_Element(text=_ANY), 0, 1),
    }
)
_PERSON: Final = _Element(
    {
        "personidentifikator": (_Element(text=re.compile("[0-9]{11}")), 0, 1),
        "postkasseadresse": (_Element(text=_ANY), 1, 1),
    }
)
_AVSENDER: Final = _Element(
    {
        "organisasjon": (_ORGANISASJON, 1, 1),
        "avsenderidentifikator": (_Element(text=_text(100)), 0, 1),
        "fakturaReferanse": (_Element(text=_text(40)), 0, 1),
    }
)
_MANIFEST: Final = _Element(
    {
        "mottaker": (_Element({"person": (_PERSON, 1, 1)}), 0, 1),
        "avsender": (_AVSENDER, 1, 1),
        "hoveddokument": (_DOKUMENT, 1, 1),
        "vedlegg": (_DOKUMENT, 0, 200),
        "lenke": (_LENKE, 0, 1),
    }
)


def read_manifest(data: bytes) -> Manifest:
    """Read a manifest of either wire, and hold it to its schema.

    Raises:
        UnreadablePackageError: it is not XML, breaks the schema, or names a file twice.
    """
    # 1. XML that is read in one way.
    try:
        root = parse(data)
    except UnreadableAnswerError as error:
        raise UnreadablePackageError("The manifest of the package cannot be parsed.") from error
    if root.tag != f"{{{SDP}}}manifest":
        raise UnreadablePackageError("The manifest of the package is another kind of document.")
    # 2. The schema: every element and attribute known, in order, in the right number.
    _check_element(root, _MANIFEST)
    dokumenter = [_read_dokument(found) for found in root.iterfind("sdp:hoveddokument", _PREFIXES)]
    dokumenter += (_read_dokument(found) for found in root.iterfind("sdp:vedlegg", _PREFIXES))
    # 3. Every file once.
    _check_named_once(dokumenter)
    person, avsender = "sdp:mottaker/sdp:person/sdp:", "sdp:avsender/sdp:"
    return Manifest(
        avsender=(_optional(root, f"{avsender}organisasjon") or "").rpartition(":")[2],
        hoveddokument=dokumenter[0],
        vedlegg=tuple(dokumenter[1:]),
        personidentifikator=_optional(root, f"{person}personidentifikator"),
        postkasseadresse=_optional(root, f"{person}postkasseadresse"),
        avsenderidentifikator=_optional(root, f"{avsender}avsenderidentifikator"),
        fakturareferanse=_optional(root, f"{avsender}fakturaReferanse"),
    )


def _check_element(element: etree._Element, rule: _Element) -> None:
    name = etree.QName(element).localname
    _check_attributes(element, name, rule)
    if rule.text is not None:
        if len(element) or rule.text.fullmatch(element.text or "") is None:
            raise _breaks(f"{name} has other content than the schema allows")
        return
    if any((text or "").strip() for text in (element.text, *(child.tail for child in element))):
        raise _breaks(f"{name} has text between its elements")
    children = list(element)
    for child_name, (child_rule, least, most) in rule.children.items():
        found = 0
        while children and children[0].tag == f"{{{SDP}}}{child_name}":
            _check_element(children.pop(0), child_rule)
            found += 1
        if not least <= found <= most:
            raise _breaks(f"{name} must have {least} to {most} {child_name}, and has {found}")
    if children:
        raise _breaks(f"{name} has an element that is unknown, or in the wrong place")


def _check_attributes(element: etree._Element, name: str, rule: _Element) -> None:
    given = {key: value for key, value in element.attrib.items() if key not in _SCHEMA_LOCATIONS}
    if not rule.attributes.keys() - rule.optional <= given.keys() <= rule.attributes.keys():
        raise _breaks(f"{name} must have the attributes of the schema, and no other")
    for key, value in given.items():
        if rule.attributes[key].fullmatch(value) is None:
            raise _breaks(f"{key} of {name} has another value than the schema allows")


def _check_named_once(dokumenter: Iterable[ManifestDokument]) -> None:
    named = [
        filnavn
        for dokument in dokumenter
        for filnavn in (dokument.filnavn, dokument.metadata_filnavn)
        if filnavn is not None
    ]
    if len(set(named)) != len(named):
        raise UnreadablePackageError("The manifest of the package names a file twice.")


def _breaks(rule: str) -> UnreadablePackageError:
    return UnreadablePackageError(f"The manifest of the package breaks its schema: {rule}.")


def _read_dokument(dokument: etree._Element) -> ManifestDokument:
    tittel = dokument.find("sdp:tittel", _PREFIXES)
    data = dokument.find("sdp:data", _PREFIXES)
    return ManifestDokument(
        filnavn=dokument.attrib["href"],
        mime_type=dokument.attrib["mime"],
        tittel=None if tittel is None else tittel.text or "",
        spraakkode=None if tittel is None else tittel.get("lang"),
        metadata_filnavn=None if data is None else data.attrib["href"],
        metadata_mime_type=None if data is None else data.attrib["mime"],
    )


def _optional(root: etree._Element, path: str) -> str | None:
    return root.findtext(path, namespaces=_PREFIXES)
