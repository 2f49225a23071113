"""Pages of the environment."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from sdp.testmiljo.faults.kinds import Traffic, place_of, written_fault
from sdp.testmiljo.faults.reading import ALWAYS, FAULT_KINDS, MOST_TIMES
from sdp.testmiljo.validators.post import DigitalOrder
from sdp.testmiljo.web.actions import FEILTYPER, KANALER
from sdp.testmiljo.web.campaigns import campaigns_of
from sdp.testmiljo.web.listing import ROUTES, STATES, WIRES, Search, refused_page
from sdp.testmiljo.web.notices import available_from, notices_of
from sdp.testmiljo.web.office import NotFound
from sdp.testmiljo.web.rendering import served
from sdp.testmiljo.web.timeline import timeline_of
from sdp.testmiljo.web.verdicts import checks_of
from sdp.testmiljo.web.waiting import waiting_receipts
from sdp.testmiljo.world.register import Kind
from sdp.web.pages import ASSETS
from sdp.web.requests import news

if TYPE_CHECKING:
    from starlette.requests import Request

    from sdp.testmiljo.assembly import World
    from sdp.testmiljo.faults.reading import FaultKind
    from sdp.testmiljo.web.office import Office
    from sdp.testmiljo.web.rendering import Renderer
    from sdp.testmiljo.world.journal import Exchange

_KANALER = tuple((kanal, kanal) for kanal in KANALER)
_FEILTYPER = tuple((feiltype, feiltype) for feiltype in FEILTYPER)
_KINDS = tuple((kind.name, f"{kind.name}: {kind.value}") for kind in Kind)

MOST_REFUSED = 20
MOST_RECEIPTS = 100
_PAUSE = 0.5


class Pages:
    """Answers for the pages of one environment; each raises NotFound for what is not there."""

    def __init__(self, office: Office, renderer: Renderer) -> None:
        self._office = office
        self._renderer = renderer

    def start(self, _: Request) -> Response:
        """Lead to the first page."""
        return RedirectResponse("/web/")

    def asset(self, request: Request) -> Response:
        """Give the style sheet, the script or the icon."""
        name = request.url.path.rpartition("/")[2]
        return Response(self._renderer.file(name), media_type=ASSETS[name])

    def index(self, request: Request) -> Response:
        """List letters, newest first, and those that were refused."""
        office, miljo = self._office, self._office.miljo
        search = Search.read(request.query_params)
        refusals = refused_page(office.refused(), search)
        refused = refusals.letters if search.state == "refused" else ()
        if search.is_empty and search.number == 1:
            refused = refusals.letters[:MOST_REFUSED]
        return self._renderer.page(
            "index.html",
            "/web/",
            search=search,
            page=office.page(search),
            state_of=office.states(),
            refused=refused,
            refusals=refusals,
            choices={"wire": WIRES, "route": ROUTES, "state": STATES},
            campaigns=_names(miljo),
            sent_as=office.sent_as if miljo.outbox.is_following else None,
            letters=len(miljo.letters),
            receipts=len(miljo.queues.waiting) + len(miljo.aksesspunkt.waiting_receipts),
            faults=len(miljo.faults.waiting) + len(miljo.faults.lasting),
            exchanges=miljo.journal.count,
        )

    def campaigns(self, _: Request) -> Response:
        """Show the campaigns of the outbox that sends here, and what came of their letters."""
        miljo = self._office.miljo
        return self._renderer.page(
            "campaigns.html",
            "/web/campaigns",
            is_following=miljo.outbox.is_following,
            campaigns=campaigns_of(miljo, newest=True),
            problem=miljo.outbox.view().problem,
        )

    def mailboxes(self, _: Request) -> Response:
        """List the mailboxes."""
        return self._renderer.page(
            "mailboxes.html", "/web/mailboxes", mailboxes=self._office.mailboxes()
        )

    def events(self, request: Request) -> Response:
        """Tell a page, as server-sent events, each time that something has happened."""
        miljo = self._office.miljo

        async def latest() -> str:
            return f"letters: {len(miljo.letters)}, exchanges: {miljo.journal.count}"

        return news(request, latest, is_closing=lambda: miljo.is_closing, pause=_PAUSE)

    def mailbox(self, request: Request) -> Response:
        """List the letters of a mailbox."""
        found = self._office.mailbox(request.query_params.get("postkasseadresse", ""))
        return self._renderer.page("mailbox.html", mailbox=found, state_of=self._office.states())

    def letter(self, request: Request) -> Response:
        """Show a letter."""
        office, miljo = self._office, self._office.miljo
        letter = office.letter(request.path_params["meldings_id"])
        hops = miljo.journal.history(letter.konversasjons_id)
        arrival = _arrival(hops, miljo)
        order = letter.order
        return self._renderer.page(
            "letter.html",
            letter=letter,
            sent=office.sent_as(letter),
            available_from=(
                available_from(order, letter.received) if isinstance(order, DigitalOrder) else None
            ),
            notices=notices_of(letter),
            automatic=miljo.postkasse.automatic,
            done=office.actions.done_with(letter),
            timeline=timeline_of(
                letter,
                hops,
                miljo.letter_store.answers_to(letter.konversasjons_id),
                office.actions.done_with(letter),
            ),
            receipts=list(waiting_receipts(miljo, letter.konversasjons_id)),
            hops=hops,
            arrival=arrival and arrival.number,
            checks=checks_of(arrival, miljo, office.trust) if arrival else (),
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
            reading=office.readings.read(exchange),
            checks=checks_of(exchange, office.miljo, office.trust),
        )

    def receipts(self, _: Request) -> Response:
        """List the receipts that wait, as many as a page holds."""
        found = waiting_receipts(self._office.miljo, most=MOST_RECEIPTS)
        return self._renderer.page("receipts.html", "/web/receipts", found=found)

    def people(self, _: Request) -> Response:
        """List the people in the register."""
        people = tuple(self._office.miljo.register)
        return self._renderer.page("people.html", "/web/people", people=people, kinds=_KINDS)

    def faults(self, _: Request) -> Response:
        """List the faults that wait, and those there are to choose from."""
        faults = self._office.miljo.faults
        return self._renderer.page(
            "faults.html",
            "/web/faults",
            waiting=[
                (written_fault(fault), traffic, len(tuple(same)))
                for (fault, traffic), same in groupby(faults.waiting)
            ],
            lasting=[(written_fault(fault), traffic) for fault, traffic in faults.lasting],
            always=ALWAYS,
            fault_kinds=tuple(FAULT_KINDS.values()),
            traffic_of=_traffic_of,
            most_times=MOST_TIMES,
        )


def _traffic_of(kind: FaultKind) -> tuple[tuple[str, str], ...]:
    return ("", kind.any_traffic), *((each.name, each.value) for each in kind.traffic)


def _names(miljo: World) -> tuple[tuple[str, str], ...]:
    """Name the campaigns of the outbox that sends here, as choices of a search."""
    letters = miljo.outbox.view().letters
    names = dict.fromkeys(each.kampanje for each in letters if each.kampanje)
    return (("", "any campaign"), *((name, name) for name in names)) if names else ()


def _arrival(hops: tuple[Exchange, ...], miljo: World) -> Exchange | None:
    """Find the exchange that the letter came in, while the journal has what was said in it."""
    for hop in hops:
        place = place_of(hop.method, hop.path.partition("?")[0])
        if place is not None and place.traffic is Traffic.LETTER:
            return miljo.journal.find(hop.number)
    return None
