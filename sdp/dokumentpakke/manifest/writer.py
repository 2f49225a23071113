"""Writing of the manifests of a package.

`manifest.xml` (sdp-manifest.xsd) names the documents and the recipient. `META-INF/manifest.xml`
(OpenDocument 1.2, part 3), which ASiC asks for, lists the files of a DPI package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sdp.dokumentpakke.profile import CONTAINER_TYPE
from sdp.domain import DigitalForsendelse
from sdp.xmlsec.names import SDP
from sdp.xmlsec.writing import attribute, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sdp.dokumentpakke.profile import Fil, Profile
    from sdp.domain import Avsender, Dokument, Forsendelse, Mottaker

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'
_OPENDOCUMENT: Final = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"


def build_manifest(forsendelse: Forsendelse, profile: Profile) -> bytes:
    """Write the manifest of a letter."""
    pakke = forsendelse.dokumentpakke
    mottaker = (
        _mottaker(forsendelse.mottaker, profile)
        if isinstance(forsendelse, DigitalForsendelse)
        else ""
    )
    vedlegg = "".join([_dokument("vedlegg", each) for each in pakke.vedlegg])
    return (
        f'{_DECLARATION}<manifest xmlns="{SDP}">{mottaker}'
        f"{_avsender(forsendelse.avsender, profile)}"
        f"{_dokument('hoveddokument', pakke.hoveddokument)}{vedlegg}</manifest>"
    ).encode()


def _mottaker(mottaker: Mottaker, profile: Profile) -> str:
    person = _leaf("personidentifikator", mottaker.personidentifikator)
    return (
        f"<mottaker><person>{person if profile.names_person else ''}"
        f"{_leaf('postkasseadresse', mottaker.postkasseadresse)}</person></mottaker>"
    )


def _avsender(avsender: Avsender, profile: Profile) -> str:
    return (
        '<avsender><organisasjon authority="iso6523-actorid-upis">'
        f"{profile.organisation_prefix}:{avsender.organisasjonsnummer}</organisasjon>"
        f"{_leaf('avsenderidentifikator', avsender.avsenderidentifikator)}"
        f"{_leaf('fakturaReferanse', avsender.fakturareferanse)}</avsender>"
    )


def _dokument(name: str, dokument: Dokument) -> str:
    tittel = data = ""
    if dokument.tittel is not None:
        lang = attribute(dokument.spraakkode)
        tittel = f'<tittel lang="{lang}">{text(dokument.tittel)}</tittel>'
    if dokument.metadata is not None and dokument.metadata_filnavn is not None:
        named = _named(dokument.metadata_filnavn, dokument.metadata.mime_type)
        data = f"<data {named}></data>"
    named = _named(dokument.filnavn, dokument.mime_type)
    return f"<{name} {named}>{tittel}{data}</{name}>"


def _named(filnavn: str, mime_type: str) -> str:
    return f'href="{attribute(filnavn)}" mime="{attribute(mime_type)}"'


def _leaf(name: str, value: str | None) -> str:
    return "" if value is None else f"<{name}>{text(value)}</{name}>"


def build_container_manifest(filer: Iterable[Fil]) -> bytes:
    """List the files outside META-INF."""
    entries = [_entry("/", CONTAINER_TYPE), *[_entry(fil.filnavn, fil.mime_type) for fil in filer]]
    return (
        f'{_DECLARATION}<m:manifest xmlns:m="{_OPENDOCUMENT}">{"".join(entries)}</m:manifest>'
    ).encode()


def _entry(path: str, media_type: str) -> str:
    named = f'm:full-path="{attribute(path)}" m:media-type="{attribute(media_type)}"'
    return f"<m:file-entry {named}></m:file-entry>"
