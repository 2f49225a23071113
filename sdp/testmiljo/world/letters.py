"""Letters that have arrived, decrypted."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from sdp.testmiljo.validators.package import check_content, is_shown
from sdp.testmiljo.validators.post import DigitalOrder, PrintOrder, check_texts
from sdp.testmiljo.world.state import Nowhere

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sdp.testmiljo.validators.package import Manifest, ManifestFile
    from sdp.testmiljo.world.receipts import Queue
    from sdp.testmiljo.world.state import Records

_MAX_LETTERS = 20_000
_MAX_REFUSED = 1000
_MAX_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReceivedDocument:
    """One document of a letter.

    Attributes:
        metadata: its metadata document, where it has one that a mailbox knows.
        dropped: the name of one that no mailbox knows, and that was dropped.
    """

    filnavn: str
    mime_type: str
    tittel: str | None = field(repr=False)
    spraakkode: str | None
    content: bytes = field(repr=False)
    metadata: ReceivedDocument | None = None
    dropped: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as its mailbox or printer holds it.

    Attributes:
        order: what is ordered for it: a `DigitalOrder` or a `PrintOrder`.
        queue: where its receipts go.
        package_size: the bytes of the encrypted package.
        documents: the main document first, then the attachments.
        wire: how it came: `ebms` over the broker, or `dpi` over the access point.
        teknisk_mottaker: the organisation that it was encrypted for.
    """

    meldings_id: str
    konversasjons_id: str
    avsender: str
    avsenderidentifikator: str | None
    received: datetime
    order: DigitalOrder | PrintOrder
    queue: Queue
    package_size: int
    documents: tuple[ReceivedDocument, ...]
    wire: Literal["ebms", "dpi"] = "ebms"
    teknisk_mottaker: str = ""

    @property
    def databehandler(self) -> str:
        """The organisation that sent the letter, on behalf of the avsender."""
        return self.queue.databehandler

    @property
    def hoveddokument(self) -> ReceivedDocument:
        """The main document."""
        return self.documents[0]

    @property
    def vedlegg(self) -> tuple[ReceivedDocument, ...]:
        """The attachments."""
        return self.documents[1:]

    @property
    def is_print(self) -> bool:
        """True for a letter that is to be printed."""
        return isinstance(self.order, PrintOrder)

    @property
    def digital(self) -> DigitalOrder:
        """The order, of a digital letter."""
        assert isinstance(self.order, DigitalOrder), "this letter is for print"  # noqa: S101
        return self.order

    @property
    def fysisk(self) -> PrintOrder:
        """The order, of a print letter."""
        assert isinstance(self.order, PrintOrder), "this letter is digital"  # noqa: S101
        return self.order


@dataclass(frozen=True, slots=True)
class Answer:
    """A receipt that was sent about a letter: its kind, as ebMS names it, and when."""

    kind: str
    moment: datetime


@dataclass(frozen=True, slots=True)
class RefusedLetter:
    """A letter that was refused by broker, access point, mailbox or printer.

    Attributes:
        konversasjons_id: None where it was refused before anybody read so far.
    """

    moment: datetime
    wire: Literal["ebms", "dpi"]
    reason: str
    konversasjons_id: str | None = None


def received_documents(
    manifest: Manifest, files: Mapping[str, bytes]
) -> tuple[ReceivedDocument, ...]:
    """Put each document of a package beside what the manifest says of it.

    Raises:
        LetterRejection: one is not of the kind that its name says, or its title has a line break.
    """
    check_texts(each.tittel for each in manifest.documents)
    for each in manifest.documents:
        check_content(each, files[each.filnavn])
    return tuple(_received(each, files) for each in manifest.documents)


def _received(file: ManifestFile, files: Mapping[str, bytes]) -> ReceivedDocument:
    extension = file.metadata
    shown = extension is not None and is_shown(extension)
    return ReceivedDocument(
        filnavn=file.filnavn,
        mime_type=file.mime_type,
        tittel=file.tittel,
        spraakkode=file.spraakkode,
        content=files[file.filnavn],
        metadata=None if extension is None or not shown else _received(extension, files),
        dropped=None if extension is None or shown else extension.filnavn,
    )


class LetterStore:
    """The latest letters, at most 20 000 and half a gigabyte. Safe to share between threads."""

    def __init__(self, records: Records[Letter] | None = None) -> None:
        self._records = records or Nowhere()
        self._letters = OrderedDict(self._records.all())
        self._bytes = sum(map(_size, self._letters.values()))
        self._refused: deque[RefusedLetter] = deque(maxlen=_MAX_REFUSED)
        self._answers: OrderedDict[str, list[Answer]] = OrderedDict()
        self._let_go = False
        self._by_message = {each.meldings_id: each for each in self._letters.values()}
        self._by_conversation = {each.konversasjons_id: each for each in self._letters.values()}

    def of_message(self, meldings_id: str) -> Letter | None:
        """Find the latest letter of an id."""
        with self._records.lock:
            return self._by_message.get(meldings_id)

    def of_conversation(self, konversasjons_id: str) -> Letter | None:
        """Find the latest letter of a conversation."""
        with self._records.lock:
            return self._by_conversation.get(konversasjons_id)

    @property
    def refused(self) -> tuple[RefusedLetter, ...]:
        """The latest thousand letters that were refused, oldest first."""
        with self._records.lock:
            return tuple(self._refused)

    def refuse(self, letter: RefusedLetter) -> None:
        """Note a letter that is not taken."""
        with self._records.lock:
            self._refused.append(letter)

    def note_answer(self, konversasjons_id: str, answer: Answer) -> None:
        """Note a receipt that was sent about a letter."""
        with self._records.lock:
            self._answers.setdefault(konversasjons_id, []).append(answer)
            if len(self._answers) > _MAX_LETTERS:
                self._answers.popitem(last=False)

    def answers_to(self, konversasjons_id: str) -> tuple[Answer, ...]:
        """List the receipts that were sent about a letter, oldest first."""
        with self._records.lock:
            return tuple(self._answers.get(konversasjons_id, ()))

    @property
    def has_let_go(self) -> bool:
        """True once a letter was let go of, because there were too many."""
        return self._let_go

    def add(self, letter: Letter) -> None:
        """Keep a letter, and let go of the oldest where there are too many."""
        key = str(uuid4())
        with self._records.lock:
            self._records.put(key, letter)
            self._letters[key] = letter
            self._by_message[letter.meldings_id] = letter
            self._by_conversation[letter.konversasjons_id] = letter
            self._bytes += _size(letter)
            while len(self._letters) > 1 and (
                len(self._letters) > _MAX_LETTERS or self._bytes > _MAX_BYTES
            ):
                oldest, dropped = self._letters.popitem(last=False)
                self._let_go = True
                self._bytes -= _size(dropped)
                if self._by_message.get(dropped.meldings_id) is dropped:
                    del self._by_message[dropped.meldings_id]
                if self._by_conversation.get(dropped.konversasjons_id) is dropped:
                    del self._by_conversation[dropped.konversasjons_id]
                self._records.drop(oldest)

    @property
    def all(self) -> tuple[Letter, ...]:
        """Every letter that is kept, oldest first."""
        with self._records.lock:
            return tuple(self._letters.values())


def _size(letter: Letter) -> int:
    return sum(len(document.content) for document in letter.documents)
