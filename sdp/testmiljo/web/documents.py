"""The documents of a letter, to be shown in a page without being able to harm it."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from starlette.responses import Response

if TYPE_CHECKING:
    from sdp.testmiljo.letters import ReceivedDocument

_IN_A_FRAME_HERE = "frame-ancestors 'self'"
_HTML_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; " + _IN_A_FRAME_HERE
)
_SAVED = "application/octet-stream"


class Showing(Enum):
    """How a document is shown in a page."""

    PDF = "in a frame"
    HTML = "in a frame that lets nothing run"
    TEXT = "as text"
    IMAGE = "as a picture"
    SAVED = "not at all; it can be saved"


SHOWINGS: Final = {
    "application/pdf": Showing.PDF,
    "text/html": Showing.HTML,
    "text/plain": Showing.TEXT,
    "image/gif": Showing.IMAGE,
    "image/jpeg": Showing.IMAGE,
    "image/png": Showing.IMAGE,
}


def showing_of(document: ReceivedDocument) -> Showing:
    """Tell how a document is shown. What no browser is sure to show is saved."""
    return SHOWINGS.get(document.mime_type.lower(), Showing.SAVED)


def served(document: ReceivedDocument) -> Response:
    """Serve a document as it arrived, with no more rights than showing it takes."""
    showing = showing_of(document)
    is_saved = showing is Showing.SAVED
    headers = {
        "Content-Disposition": f"{'attachment' if is_saved else 'inline'}; "
        f"filename*=UTF-8''{quote(document.filnavn, safe='')}",
        "Content-Security-Policy": _HTML_POLICY if showing is Showing.HTML else _IN_A_FRAME_HERE,
    }
    mime_type = _SAVED if is_saved else document.mime_type.lower()
    if showing is Showing.TEXT:
        mime_type += "; charset=utf-8"
    return Response(document.content, headers=headers, media_type=mime_type)
