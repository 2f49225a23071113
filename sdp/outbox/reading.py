"""Letters read back from the tables, with their documents, as they were put."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sdp.outbox.brevform import contents_in, decode, with_ids
from sdp.outbox.documents import Kept, source_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from sdp.domain import Brev
    from sdp.domain.dokumentpakke import BytesKilde
    from sdp.outbox.brevform import Innhold
    from sdp.outbox.vault import Vault

_REMEMBERED: Final = 32
_LARGEST_REMEMBERED: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Written:
    """A letter as it is written in the tables, and its documents that are kept inside.

    Attributes:
        text: what is written.
        content: the same, as JSON has been read; None where the letter itself is remembered.
        documents: where its documents are kept.
    """

    text: str
    content: object
    documents: tuple[Innhold, ...] = ()

    @property
    def size(self) -> int:
        """The bytes of its documents."""
        return sum(innhold.size for innhold in self.documents)


class Reader:
    """Reads letters. Those of a campaign are often written alike, and are then read once.

    What is remembered is at most 32 letters, and 64 MiB of documents with 32 MiB of theirs.

    Args:
        vault: reads documents that are encrypted.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._kept = Kept()
        self._remembered: OrderedDict[str, tuple[Brev, tuple[Innhold, ...]]] = OrderedDict()
        self._inside: dict[str, BytesKilde] = {}

    def load(self, connection: Connection, texts: Iterable[str]) -> list[Written]:
        """Fetch what letters need of the database, so that `letter` can read them without it."""
        written = [self._written(text) for text in texts]
        wanted = (each for one in written if one.content is not None for each in one.documents)
        self._inside = self._kept.load(connection, wanted, self._vault)
        return written

    def letter(self, written: Written, *, konversasjons_id: str, meldings_id: str) -> Brev:
        """Return a letter that was loaded, with its ids.

        Raises:
            UnreadableLetterError: it was written by a newer version of this library, or changed.
            InvalidInputError: it breaks a rule of the specification.
            DocumentError: a document that is kept outside has changed or gone, or one was purged.
        """
        known = self._remembered.get(written.text)
        if known is None:
            read = decode(written.content, lambda innhold: source_of(innhold, self._inside))
            self._remember(written, read)
        else:
            read = known[0]
        return with_ids(read, konversasjons_id=konversasjons_id, meldings_id=meldings_id)

    def _written(self, text: str) -> Written:
        if (known := self._remembered.get(text)) is not None:
            self._remembered.move_to_end(text)
            return Written(text, None, known[1])
        content = json.loads(text)
        return Written(text, content, contents_in(content))

    def _remember(self, written: Written, read: Brev) -> None:
        # A file that is kept outside is compared with its digest each time that it is sent.
        if written.size > _LARGEST_REMEMBERED or any(each.path for each in written.documents):
            return
        self._remembered[written.text] = read, written.documents
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)


def with_opening_receipt(brev: Brev) -> Brev:
    """Return a letter that asks for a receipt when the citizen opens it."""
    if brev.digital_post.aapningskvittering:
        return brev
    post = brev.digital_post.model_copy(update={"aapningskvittering": True})
    return brev.model_copy(update={"digital_post": post})
