"""Fills in the templates."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from sdp.testmiljo.checks.post import DigitalOrder
from sdp.testmiljo.web.documents import showing_of
from sdp.testmiljo.web.verdicts import refusal_of
from sdp.testmiljo.web.writing import sections

if TYPE_CHECKING:
    from sdp.testmiljo.letters import Letter, ReceivedDocument
    from sdp.testmiljo.web.writing import Section

NAVIGATION: Final = (
    ("/web/", "Mailboxes"),
    ("/web/receipts", "Receipts"),
    ("/web/traffic", "Traffic"),
    ("/web/people", "People"),
    ("/web/faults", "Faults"),
)


class Renderer:
    """Makes pages of templates, with whatever is filled in escaped."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("sdp.testmiljo.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
        )
        self._templates.globals.update(
            navigation=NAVIGATION,
            refusal_of=refusal_of,
            showing_of=showing_of,
            title_of=title_of,
            written=written,
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
        """Return the style sheet or the icon."""
        return self._templates.get_template(name).render()

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
