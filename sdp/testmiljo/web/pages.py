"""Pages of the environment."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from sdp.testmiljo.faults.kinds import written_fault
from sdp.testmiljo.faults.reading import FAULT_KINDS, MOST_TIMES
from sdp.testmiljo.validators.post import DigitalOrder
from sdp.testmiljo.web.actions import FEILTYPER, KANALER
from sdp.testmiljo.web.notices import available_from, notices_of
from sdp.testmiljo.web.office import NotFound
from sdp.testmiljo.web.rendering import served
from sdp.testmiljo.web.verdicts import checks_of
from sdp.testmiljo.web.waiting import waiting_receipts
from sdp.testmiljo.world.register import Kind

if TYPE_CHECKING:
    from starlette.requests import Request

    from sdp.testmiljo.faults.reading import FaultKind
    from sdp.testmiljo.web.office import Office
    from sdp.testmiljo.web.rendering import Renderer
    from sdp.testmiljo.world.journal import Exchange
    from sdp.testmiljo.world.letters import Letter

_KANALER = tuple((kanal, kanal) for kanal in KANALER)
_FEILTYPER = tuple((feiltype, feiltype) for feiltype in FEILTYPER)
_KINDS = tuple((kind.name, f"{kind.name}: {kind.value}") for kind in Kind)


class Pages:
    """Answers for the pages of one environment; each raises NotFound for what is not there."""

    def __init__(self, office: Office, renderer: Renderer) -> None:
        self._office = office
        self._renderer = renderer

    def start(self, _: Request) -> Response:
        """Lead to the first page."""
        return RedirectResponse("/web/")

    def style(self, _: Request) -> Response:
        """Give the style sheet."""
        return Response(self._renderer.file("style.css"), media_type="text/css")

    def icon(self, _: Request) -> Response:
        """Give the icon."""
        return Response(self._renderer.file("icon.svg"), media_type="image/svg+xml")

    def index(self, _: Request) -> Response:
        """List mailboxes and print letters."""
        miljo = self._office.miljo
        return self._renderer.page(
            "index.html",
            "/web/",
            mailboxes=self._office.mailboxes(),
            print_letters=self._office.print_letters(),
            receipts=len(waiting_receipts(miljo)),
            faults=len(miljo.faults.waiting),
            exchanges=len(miljo.journal.exchanges),
        )

    def mailbox(self, request: Request) -> Response:
        """List the letters of a mailbox."""
        found = self._office.mailbox(request.query_params.get("postkasseadresse", ""))
        return self._renderer.page("mailbox.html", mailbox=found)

    def letter(self, request: Request) -> Response:
        """Show a letter."""
        office, miljo = self._office, self._office.miljo
        letter = office.letter(request.path_params["meldings_id"])
        hops = office.trails.of(letter, miljo.journal.exchanges, miljo.letters)
        sent = _sending(letter, hops)
        order = letter.order
        return self._renderer.page(
            "letter.html",
            letter=letter,
            available_from=(
                available_from(order, letter.received) if isinstance(order, DigitalOrder) else None
            ),
            notices=notices_of(letter),
            automatic=miljo.postkasse.automatic,
            done=office.actions.done_with(letter),
            receipts=[
                receipt
                for receipt in waiting_receipts(miljo)
                if receipt.konversasjons_id == letter.konversasjons_id
            ],
            hops=hops,
            sent=sent and sent.number,
            checks=checks_of(sent, miljo, office.trust) if sent else (),
            kanaler=_KANALER,
            feiltyper=_FEILTYPER,
        )

    def document(self, request: Request) -> Response:
        """Give a document of a letter, or its metadata document."""
        path = request.path_params
        is_metadata = request.url.path.endswith("/metadata")
        return served(
            self._office.document(path["meldings_id"], path["number"], metadata=is_metadata)
        )

    def traffic(self, _: Request) -> Response:
        """List the exchanges."""
        found = self._office.miljo.journal.exchanges[::-1]
        return self._renderer.page("traffic.html", "/web/traffic", found=found)

    def exchange(self, request: Request) -> Response:
        """Show an exchange."""
        office = self._office
        exchange = office.miljo.journal.find(request.path_params["number"])
        if exchange is None:
            raise NotFound("There is no exchange of this number, or no more.")
        return self._renderer.page(
            "exchange.html",
            exchange=exchange,
            reading=office.trails.read(exchange),
            checks=checks_of(exchange, office.miljo, office.trust),
        )

    def receipts(self, _: Request) -> Response:
        """List the receipts that wait."""
        found = waiting_receipts(self._office.miljo)
        return self._renderer.page("receipts.html", "/web/receipts", found=found)

    def people(self, _: Request) -> Response:
        """List the people in the register."""
        people = tuple(self._office.miljo.register)
        return self._renderer.page("people.html", "/web/people", people=people, kinds=_KINDS)

    def faults(self, _: Request) -> Response:
        """List the faults that wait, and those there are to choose from."""
        return self._renderer.page(
            "faults.html",
            "/web/faults",
            waiting=[
                (written_fault(fault), traffic, len(tuple(same)))
                for (fault, traffic), same in groupby(self._office.miljo.faults.waiting)
            ],
            fault_kinds=tuple(FAULT_KINDS.values()),
            traffic_of=_traffic_of,
            most_times=MOST_TIMES,
        )


def _traffic_of(kind: FaultKind) -> tuple[tuple[str, str], ...]:
    return ("", kind.any_traffic), *((each.name, each.value) for each in kind.traffic)


def _sending(letter: Letter, hops: tuple[Exchange, ...]) -> Exchange | None:
    """Find the exchange that the letter came in."""
    came = [hop for hop in hops if hop.moment <= letter.received and hop.method == "POST"]
    return next((hop for hop in reversed(came) if not hop.path.startswith("/krr/")), None)
