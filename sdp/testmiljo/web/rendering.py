"""Rendering of pages from templates, and of documents so that they cannot harm the page."""

from __future__ import annotations

from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from starlette.responses import HTMLResponse, Response

from sdp.config.environments import WIRE_NAMES
from sdp.testmiljo.validators.post import DigitalOrder
from sdp.testmiljo.web.timeline import subject_of
from sdp.testmiljo.web.verdicts import refusal_of
from sdp.testmiljo.web.writing import sections
from sdp.web.pages import asset, templates

if TYPE_CHECKING:
    from sdp.testmiljo.web.office import Office
    from sdp.testmiljo.web.writing import Section
    from sdp.testmiljo.world.letters import Letter, ReceivedDocument


_IN_A_FRAME_HERE = "frame-ancestors 'self'"
_HTML_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; " + _IN_A_FRAME_HERE
)
_SAVED = "application/octet-stream"


class Showing(Enum):
    """Way in which a document is shown in a page."""

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


NAVIGATION: Final = (
    ("/web/", "Letters"),
    ("/web/campaigns", "Campaigns"),
    ("/web/mailboxes", "Mailboxes"),
    ("/web/receipts", "Receipts"),
    ("/web/traffic", "Traffic"),
    ("/web/people", "People"),
    ("/web/faults", "Faults"),
)


_CLOSING: Final = (
    "Synthetic people, test certificates, nothing leaves this machine. The same as JSON: /api-test/"
)


class Renderer:
    """Makes pages of templates, with whatever is filled in escaped.

    Args:
        office: tells what the pages ask about letters.
    """

    def __init__(self, office: Office) -> None:
        self._templates = templates(
            "sdp.testmiljo.web",
            brand="sdp testmiljo",
            root="/web",
            navigation=NAVIGATION,
            closing=_CLOSING,
            refusal_of=refusal_of,
            showing_of=showing_of,
            title_of=title_of,
            written=written,
            subject_of=subject_of,
            letters_of=office.letters_of,
            is_kept=lambda exchange: office.miljo.journal.find(exchange.number) is not None,
            wire_names=WIRE_NAMES,
        )

    def page(self, template: str, here: str = "", /, **values: object) -> HTMLResponse:
        """Fill in a template. `here` is the address in the navigation that the page is of."""
        return HTMLResponse(self._filled(template, here, values))

    def refusal(self, why: str, status: HTTPStatus, back: str = "/web/") -> HTMLResponse:
        """Tell that something cannot be done, or is not there."""
        is_missing = status == HTTPStatus.NOT_FOUND
        title = "Nothing is here" if is_missing else "That cannot be done"
        if is_missing and why == HTTPStatus.NOT_FOUND.phrase:
            why = "There is no page at this address."
        values: dict[str, object] = {"why": why, "title": title, "back": back}
        return HTMLResponse(self._filled("refused.html", "", values), status)

    def file(self, name: str) -> str:
        """Return the style sheet, the script or the icon."""
        return asset(self._templates, name)

    def _filled(self, template: str, here: str, values: dict[str, object]) -> str:
        return self._templates.get_template(template).render(here=here, **values)


def title_of(letter: Letter) -> str:
    """Name a letter as a list of letters does."""
    if isinstance(letter.order, DigitalOrder):
        return letter.order.ikke_sensitiv_tittel
    return f"Letter to {letter.order.mottaker.navn}"


def written(document: ReceivedDocument) -> tuple[Section, ...]:
    """Write a document for people to read."""
    return sections(document.mime_type, document.content)
