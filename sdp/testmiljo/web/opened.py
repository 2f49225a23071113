"""Opens the package of a letter that has passed, to show what its manifest and signature say."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Final

from sdp.testmiljo.aksesspunkt.form import read_form
from sdp.testmiljo.checks.cms import decrypt
from sdp.testmiljo.checks.mime import take_apart
from sdp.testmiljo.checks.rejection import EbmsRejection, HttpRejection, LetterRejection
from sdp.testmiljo.faults import Traffic
from sdp.testmiljo.places import place_of
from sdp.testmiljo.web.writing import Section, sections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdp.testmiljo.environment import Testmiljo
    from sdp.testmiljo.journal import Exchange

_SHOWN: Final = ("manifest.xml", "META-INF/signatures.xml", "META-INF/manifest.xml")
_LONGEST: Final = 200_000


def opened_package(exchange: Exchange, miljo: Testmiljo) -> tuple[Section, ...]:
    """Write what describes the documents in the package; nothing where it cannot be opened."""
    if not exchange.request.is_whole:
        return ()
    try:
        packages = tuple(_packages(exchange))
    except (HttpRejection, EbmsRejection):
        return ()
    return tuple(section for package in packages for section in _described(package, miljo))


def _packages(exchange: Exchange) -> Iterator[bytes]:
    place = place_of(exchange.method, exchange.path.partition("?")[0])
    if place is None or place.traffic is not Traffic.LETTER:
        return
    kind, content = exchange.request_type, exchange.request.content
    if place.wire == "dpi":
        yield read_form(kind, content).dokumentpakke
    else:
        yield from (bytes(part.content) for part in take_apart(kind, content).attachments.values())


def _described(package: bytes, miljo: Testmiljo) -> Iterator[Section]:
    for actor in (*miljo.postkasse.actors.values(), miljo.printer.actor):
        try:
            archive = zipfile.ZipFile(io.BytesIO(decrypt(package, actor.key, actor.certificate)))
        except (LetterRejection, zipfile.BadZipFile):
            continue
        with archive:
            for name in _SHOWN:
                if name in archive.namelist():
                    with archive.open(name) as file:
                        found = sections("application/xml", file.read(_LONGEST))
                    yield from (Section(f"{name} of the package", each.text) for each in found)
        return
