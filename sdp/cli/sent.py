"""A folder that remembers to whom letters were sent, so that another run knows their receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sdp.cli.files import whole_or_nothing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_FOLDER = "sent"


def note_sent(store: Path, konversasjons_id: UUID | str, organisasjonsnummer: str) -> None:
    """Remember a letter: one small file, named after its conversation."""
    folder = store / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with whole_or_nothing(folder / str(UUID(str(konversasjons_id)))) as file:
        file.write(organisasjonsnummer.encode("ascii"))


def sent_in(store: Path) -> Callable[[str], str | None]:
    """Return what looks letters up, for the `sent` of a client."""

    def sent(konversasjons_id: str) -> str | None:
        # It is the word of whoever signed a receipt: no name of a file until it is a UUID.
        try:
            path = store / _FOLDER / str(UUID(konversasjons_id))
            return path.read_text(encoding="ascii").strip()
        except (ValueError, FileNotFoundError):
            return None

    return sent
