"""`META-INF/manifest.xml`, which today's wire wants. Source: OpenDocument 1.2, part 3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp.dokumentpakke.fil import CONTAINER_TYPE
from sdp.xmlsec.canonical import element

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sdp.dokumentpakke.fil import Fil

_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"


def build_container_manifest(filer: Iterable[Fil]) -> bytes:
    """List the files outside META-INF."""
    entries = [_entry("/", CONTAINER_TYPE), *(_entry(fil.filnavn, fil.mime_type) for fil in filer)]
    manifest = element("m:manifest", *entries, attributes={"xmlns:m": _NAMESPACE})
    return f'<?xml version="1.0" encoding="UTF-8"?>{manifest}'.encode()


def _entry(path: str, media_type: str) -> str:
    attributes = {"m:full-path": path, "m:media-type": media_type}
    return element("m:file-entry", attributes=attributes)
