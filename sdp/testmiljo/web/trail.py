"""Trail of a letter in the journal: lookup, sending, and receipts fetched and confirmed."""

from __future__ import annotations

import io
import re
import zipfile
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sdp.testmiljo.access_point.requests import read_form
from sdp.testmiljo.faults.kinds import Traffic
from sdp.testmiljo.faults.places import place_of
from sdp.testmiljo.validators.cms import decrypt
from sdp.testmiljo.validators.mime import take_apart
from sdp.testmiljo.validators.post import DigitalOrder
from sdp.testmiljo.validators.rejection import EbmsRejection, HttpRejection, LetterRejection
from sdp.testmiljo.web.writing import Section, sections, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sdp.testmiljo.assembly import World
    from sdp.testmiljo.world.journal import Exchange
    from sdp.testmiljo.world.letters import Letter


# The ids that a receipt is confirmed by: of its ebMS message, or of its business message.
_RECEIPT_ID = re.compile(r'(?:MessageId>|"instanceIdentifier": ")([\w.@-]+)')
_KRR = "/krr/"
_MAX_READ = 250


class Reading:
    """An exchange made readable."""

    def __init__(self, exchange: Exchange, package: tuple[Section, ...] = ()) -> None:
        self.request = (
            *unpacked("Authorization", dict(exchange.request_headers).get("authorization", "")),
            *sections(exchange.request_type, exchange.request.content),
            *package,
        )
        self.answer = sections(exchange.answer_type, exchange.answer.content)
        self._path = exchange.path

    def mentions(self, ids: Iterable[str]) -> bool:
        """Tell whether any of the ids stands in path, request or answer."""
        return any(each in self._path for each in ids) or any(
            _mentions(section, ids) for section in (*self.request, *self.answer)
        )

    def receipts_about(self, ids: Iterable[str]) -> frozenset[str]:
        """Return the ids of the receipts in the answer that are about a letter of these ids."""
        return frozenset(
            found
            for section in self.answer
            if _mentions(section, ids)
            for found in _RECEIPT_ID.findall(section.text)
        )


class Trails:
    """Reads exchanges, each once as long as it is looked for, and finds those of a letter."""

    def __init__(self, opened: Callable[[Exchange], tuple[Section, ...]] = lambda _: ()) -> None:
        self.read = lru_cache(maxsize=_MAX_READ)(lambda each: Reading(each, opened(each)))

    def of(
        self, letter: Letter, exchanges: Iterable[Exchange], letters: Iterable[Letter]
    ) -> tuple[Exchange, ...]:
        """Find the exchanges about a letter, and the lookups of its recipient, in their order.

        A lookup is the letter's if it was made after the recipient's last letter before this one,
        and before this one came.

        Args:
            letter: the letter.
            exchanges: where to look.
            letters: all letters.
        """
        before = [
            other.received
            for other in letters
            if other.received < letter.received and _person(other) == _person(letter)
        ]
        exchanges = tuple(exchanges)
        ids = {letter.meldings_id, letter.konversasjons_id}
        receipts = [self.read(each).receipts_about(ids) for each in exchanges]
        ids = ids.union(*receipts)
        return tuple(
            each
            for each in exchanges
            if self.read(each).mentions(ids)
            or (
                all(moment < each.moment for moment in before)
                and each.moment <= letter.received
                and self._looks_up(each, letter)
            )
        )

    def _looks_up(self, exchange: Exchange, letter: Letter) -> bool:
        person = _person(letter)
        is_lookup = exchange.path.startswith(_KRR)
        return is_lookup and person is not None and self.read(exchange).mentions({person})


def _person(letter: Letter) -> str | None:
    order = letter.order
    return order.personidentifikator if isinstance(order, DigitalOrder) else None


def _mentions(section: Section, ids: Iterable[str]) -> bool:
    return any(each in section.text for each in ids)


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
