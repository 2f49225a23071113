"""Exchanges made readable: parts indented and unpacked, and the package of a letter opened."""

from __future__ import annotations

import io
import zipfile
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sdp.testmiljo.access_point.requests import read_form
from sdp.testmiljo.faults.kinds import Traffic, place_of
from sdp.testmiljo.validators.cms import decrypt
from sdp.testmiljo.validators.mime import take_apart
from sdp.testmiljo.validators.rejection import EbmsRejection, HttpRejection, LetterRejection
from sdp.testmiljo.web.writing import Section, sections, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sdp.testmiljo.assembly import World
    from sdp.testmiljo.world.journal import Exchange


_MAX_READ = 250


class Reading:
    """An exchange made readable."""

    def __init__(self, exchange: Exchange, package: tuple[Section, ...] = ()) -> None:
        self.request: tuple[Section, ...] = (
            *unpacked("Authorization", dict(exchange.request_headers).get("authorization", "")),
            *sections(exchange.request_type, exchange.request.content),
            *package,
        )
        self.answer: tuple[Section, ...] = sections(exchange.answer_type, exchange.answer.content)


class Readings:
    """Makes exchanges readable, each once as long as it is looked for."""

    def __init__(self, opened: Callable[[Exchange], tuple[Section, ...]] = lambda _: ()) -> None:
        self.read: Callable[[Exchange], Reading] = lru_cache(maxsize=_MAX_READ)(
            lambda each: Reading(each, opened(each))
        )


_SHOWN: Final = ("manifest.xml", "META-INF/signatures.xml", "META-INF/manifest.xml")
_LONGEST: Final = 200_000


def opened_package(exchange: Exchange, miljo: World) -> tuple[Section, ...]:
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


def _described(package: bytes, miljo: World) -> Iterator[Section]:
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
