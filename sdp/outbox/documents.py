"""The bytes of documents: digested when a letter is put, and found again when it is sent."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from sdp.domain.dokumentpakke import BytesKilde, PathKilde
from sdp.errors import DocumentError, InvalidInputError, Problem, UnreadableLetterError
from sdp.outbox.brevform import Innhold
from sdp.outbox.tables import dokument

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from sdp.domain.dokumentpakke import Kilde
    from sdp.outbox.vault import Vault

_LARGEST_INSIDE: Final = 512 * 1024 * 1024
_REMEMBERED_BYTES: Final = 16 * 1024 * 1024
_READ_WHOLE: Final = 64 * 1024 * 1024
"""The most bytes of a document kept outside that are read into memory before it is sent."""


class Incoming:
    """The documents of letters that are being put; each is read and digested once.

    Args:
        outside: whether files stay where they are, by path and digest.
    """

    def __init__(self, *, outside: bool) -> None:
        self._outside = outside
        self._seen: dict[int, tuple[Kilde, Innhold]] = {}
        self.contents: dict[str, bytes] = {}
        self.size: int = 0

    def kept(self, kilde: Kilde) -> Innhold:
        """Say where the bytes of a source are kept.

        Raises:
            InvalidInputError: a document is empty, or too large to be kept inside.
            DocumentError: it cannot be read.
        """
        seen = self._seen.get(id(kilde))
        if seen is None:
            # The source is kept beside what is known of it, or its id could become another's.
            seen = self._seen[id(kilde)] = (kilde, self._read(kilde))
        return seen[1]

    def _read(self, kilde: Kilde) -> Innhold:
        if self._outside and isinstance(kilde, PathKilde):
            digest, size = digest_of(kilde)
            return Innhold(digest, size, kilde.path.absolute())
        content = _read_whole(kilde, _LARGEST_INSIDE + 1)
        if not content or len(content) > _LARGEST_INSIDE:
            rule = "must hold 1 byte to 512 MiB to be kept in the outbox"
            raise InvalidInputError(
                "A document", [Problem("kilde", rule)], remedy="Keep large files outside it."
            )
        digest = hashlib.sha256(content).hexdigest()
        if digest not in self.contents:
            self.contents[digest] = content
            self.size += len(content)
        return Innhold(digest, len(content))


class Kept:
    """The documents of letters that are being sent; those used last are remembered."""

    def __init__(self) -> None:
        self._remembered: OrderedDict[str, BytesKilde] = OrderedDict()
        self._bytes = 0

    def load(
        self, connection: Connection, wanted: Iterable[Innhold], vault: Vault
    ) -> dict[str, BytesKilde]:
        """Return the documents that are kept inside, by digest.

        Those that were purged are missing, and those that do not decrypt.

        Raises:
            OutboxKeyError: the key of one is not at hand.
        """
        found: dict[str, BytesKilde] = {}
        missing = set[str]()
        for innhold in wanted:
            if innhold.path is not None:
                continue
            if (kilde := self._remembered.get(innhold.digest)) is not None:
                self._remembered.move_to_end(innhold.digest)
                found[innhold.digest] = kilde
            else:
                missing.add(innhold.digest)
        if missing:
            names = {name: each for each in missing for name in vault.document_names(each)}
            query = sa.select(dokument.c.digest, dokument.c.innhold, dokument.c.nokkel_id)
            for row in connection.execute(query.where(dokument.c.digest.in_(names))).all():
                digest = names[row.digest]
                try:
                    found[digest] = BytesKilde(vault.content(row))
                except UnreadableLetterError:
                    continue  # its letters are refused one by one, and the others go on
                self._remember(digest, found[digest])
        return found

    def _remember(self, digest: str, kilde: BytesKilde) -> None:
        self._remembered[digest] = kilde
        self._bytes += len(kilde.data)
        while self._bytes > _REMEMBERED_BYTES and len(self._remembered) > 1:
            _, oldest = self._remembered.popitem(last=False)
            self._bytes -= len(oldest.data)


def source_of(innhold: Innhold, inside: dict[str, BytesKilde]) -> Kilde:
    """Return the source of a document that was put, unchanged.

    Raises:
        DocumentError: it is kept outside and has changed or gone, or it was purged, or it was
            changed in an outbox that is encrypted.
    """
    if innhold.path is None:
        if innhold.digest not in inside:
            raise DocumentError(
                "", "A document of the letter is no longer in the outbox as it was put."
            )
        return inside[innhold.digest]
    outside = PathKilde(innhold.path)
    if innhold.size > _READ_WHOLE:
        _hold(innhold, digest_of(outside))
        return outside
    # Read once: what was compared is what is sent, even if somebody writes to the file now.
    content = _read_whole(outside, innhold.size + 1)
    _hold(innhold, (hashlib.sha256(content).hexdigest(), len(content)))
    return BytesKilde(content)


def _hold(innhold: Innhold, found: tuple[str, int]) -> None:
    if found != (innhold.digest, innhold.size):
        raise DocumentError(
            "" if innhold.path is None else innhold.path.name,
            "A document that is kept outside the outbox has changed since the letter was put.",
            remedy="Cancel the letter and put it again under a new key, if the change is meant.",
        )


def _read_whole(kilde: Kilde, most: int) -> bytes:
    try:
        with kilde.open() as stream:
            return stream.read(most)
    except OSError as error:
        raise _unreadable(error) from None


def digest_of(kilde: PathKilde) -> tuple[str, int]:
    """Return the SHA-256 and the size of a file.

    Raises:
        DocumentError: it cannot be read.
    """
    digest = hashlib.sha256()
    size = 0
    try:
        with kilde.open() as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise _unreadable(error) from None
    return digest.hexdigest(), size


def _unreadable(error: OSError) -> DocumentError:
    return DocumentError("", f"A document cannot be read: {error.strerror or 'no reason given'}.")
