"""Letters read back from the tables, with their documents, as they were put."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sdp.domain import BytesKilde
from sdp.outbox.brevform import decode, of_form, split
from sdp.outbox.documents import Kept, source_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from sdp.domain import Brev
    from sdp.domain.dokumentpakke import Kilde
    from sdp.outbox.brevform import Innhold
    from sdp.outbox.vault import Vault

_REMEMBERED: Final = 32
_NO_SOURCE: Final = BytesKilde(b"")


@dataclass(frozen=True, slots=True)
class Written:
    """A letter as it is written in the tables.

    Attributes:
        text: what is written.
        form: the same without its documents.
        documents: where its documents are kept, in their order.
    """

    text: str
    form: tuple[str, ...]
    documents: tuple[Innhold, ...]

    @property
    def size(self) -> int:
        """The bytes of its documents."""
        return sum(innhold.size for innhold in self.documents)


class Reader:
    """Reads letters. Those of a campaign are written alike but for documents, and are read once.

    What is remembered is at most 32 letters without their documents, and 16 MiB of documents.

    Args:
        vault: reads documents that are encrypted.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._kept = Kept()
        self._remembered: OrderedDict[tuple[str, ...], Brev] = OrderedDict()
        self._inside: dict[str, BytesKilde] = {}

    def load(self, connection: Connection, texts: Iterable[str]) -> list[Written]:
        """Fetch what letters need of the database, so that `letter` can read them without it."""
        written = [Written(text, *split(text)) for text in texts]
        wanted = (each for one in written for each in one.documents)
        self._inside = self._kept.load(connection, wanted, self._vault)
        return written

    def letter(self, written: Written, *, konversasjons_id: str, meldings_id: str) -> Brev:
        """Return a letter that was loaded, with its ids.

        Raises:
            UnreadableLetterError: it was written by a newer version of this library, or changed.
            InvalidInputError: it breaks a rule of the specification.
            DocumentError: a document that is kept outside has changed or gone, or one was purged.
        """
        kilder = {innhold: source_of(innhold, self._inside) for innhold in written.documents}
        in_order = [kilder[innhold] for innhold in written.documents]
        known = self._remembered.get(written.form)
        if known is None or any(kilde.problem() for kilde in in_order):
            known = self._read(written, kilder)
        return of_form(known, in_order, konversasjons_id=konversasjons_id, meldings_id=meldings_id)

    def _read(self, written: Written, kilder: Mapping[Innhold, Kilde]) -> Brev:
        """Read and check a letter, and remember it for those that are written alike."""
        read = decode(written.text, kilder.__getitem__)
        self._remembered[written.form] = of_form(
            read, [_NO_SOURCE] * len(written.documents), konversasjons_id="", meldings_id=""
        )
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return read


def with_opening_receipt(brev: Brev) -> Brev:
    """Return a letter that asks for a receipt when the citizen opens it."""
    if brev.digital_post.aapningskvittering:
        return brev
    post = brev.digital_post.model_copy(update={"aapningskvittering": True})
    return brev.model_copy(update={"digital_post": post})
