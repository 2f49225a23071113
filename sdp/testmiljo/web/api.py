"""JSON API: the same as the pages, for scripts."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from sdp.testmiljo.faults.reading import ALWAYS, described, read_fault
from sdp.testmiljo.web import as_json
from sdp.testmiljo.web.campaigns import campaigns_of
from sdp.testmiljo.web.forms import json_of
from sdp.testmiljo.web.office import NotFound
from sdp.testmiljo.web.verdicts import checks_of
from sdp.testmiljo.web.waiting import waiting_receipts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from sdp.testmiljo.faults.kinds import Fault, Traffic
    from sdp.testmiljo.web.office import Office
    from sdp.testmiljo.world.letters import Letter
    from sdp.testmiljo.world.outbox import OutboxLetter

_ADDRESSES: Final = {
    "GET letters": (
        "letters; ?personidentifikator=, postkasseadresse=, konversasjons_id=, wire=, nokkel=,"
        " kampanje=; limit= of them, and those after= a meldings_id"
    ),
    "GET letters/{meldings_id}": "one letter, and what was done with it",
    "GET letters/{meldings_id}/documents/{number}": "a document; with /metadata its metadata",
    "POST letters/{meldings_id}/accept": "put it in the mailbox, or print it",
    "POST letters/{meldings_id}/open": "open it as the citizen",
    "POST letters/{meldings_id}/return": "return a print letter in the post",
    "POST letters/{meldings_id}/fail-notification": "{kanal: SMS or EPOST, beskrivelse?}",
    "POST letters/{meldings_id}/feil": "{feiltype: KLIENT or SERVER, detaljer?}",
    "GET campaigns": "the campaigns of the outbox that is followed, and what came of their letters",
    "GET receipts": "the receipts that wait",
    "GET exchanges": "every exchange lately",
    "GET exchanges/{number}": "one exchange, with its content and its checks",
    "GET people": "the register",
    "POST people": "{kind?, personidentifikator?} enters somebody",
    "POST people/{personidentifikator}/drop": "closes a mailbox",
    "GET faults": "the faults that wait",
    "POST faults": "{fault, its fields, times?, on?} lets something go wrong",
    "DELETE faults": "lets everything go well again",
}
_CHOICES: Final = ("personidentifikator", "postkasseadresse", "konversasjons_id", "wire")
_OF_THE_OUTBOX: Final = ("nokkel", "kampanje")


class Api:
    """Answers scripts about one environment.

    Each raises NotFound, ActionRefused, FaultRefused or PersonRefused where it cannot be done.
    """

    def __init__(self, office: Office) -> None:
        self._office = office

    def index(self, _: Request) -> Response:
        """Tell what there is here: the addresses, and the faults with their fields."""
        return JSONResponse({"addresses": _ADDRESSES, "faults": as_json.fault_kinds()})

    def letters(self, request: Request) -> Response:
        """List letters, oldest first; those of one person, mailbox or conversation if asked.

        `nokkel` and `kampanje` choose by what the outbox that is followed calls them.

        With `limit`, a list that goes on has the address of its next part in a Link header.

        Raises:
            NotFound: there is no letter of the id in `after`.
            HTTPException: 400; `limit` is no number from 1 on.
        """
        query = request.query_params
        wanted = {name: query[name] for name in _CHOICES if name in query}
        of_outbox = {name: query[name] for name in _OF_THE_OUTBOX if name in query}
        sent_as = self._office.miljo.outbox.view().by_conversation
        limit = _limit(query["limit"]) if "limit" in query else None
        letters = self._office.miljo.letters
        if "after" in query:
            last = self._office.letter(query["after"])
            letters = letters[letters.index(last) + 1 :] if last in letters else ()
        found = (
            each
            for each in letters
            if _is_wanted(each, wanted) and _is_sent_as(each, sent_as, of_outbox)
        )
        part = list(islice(found, limit))
        headers = {}
        if limit is not None and next(found, None) is not None:
            following = request.url.include_query_params(after=part[-1].meldings_id)
            headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
        described = [as_json.letter(each, sent_as.get(each.konversasjons_id)) for each in part]
        return JSONResponse(described, headers=headers)

    def letter(self, request: Request) -> Response:
        """Describe a letter, and what has been done with it."""
        letter = self._office.letter(request.path_params["meldings_id"])
        done = self._office.actions.done_with(letter)
        return JSONResponse(
            {
                **as_json.letter(letter, self._office.sent_as(letter)),
                "done": [as_json.done(each) for each in done],
            }
        )

    async def do(self, request: Request) -> Response:
        """Do something with a letter."""
        path = request.path_params
        letter = self._office.letter(path["meldings_id"])
        given = {name: str(value) for name, value in (await json_of(request)).items()}
        done = await run_in_threadpool(self._office.actions.do, path["action"], letter, given)
        return JSONResponse(as_json.done(done))

    def campaigns(self, _: Request) -> Response:
        """List the campaigns of the outbox that sends here, and what came of their letters.

        Raises:
            HTTPException: 404, no outbox is followed; 503, it cannot be read.
        """
        outbox = self._office.miljo.outbox
        found = campaigns_of(self._office.miljo, newest=True)
        if not outbox.is_following:
            raise HTTPException(HTTPStatus.NOT_FOUND, "No outbox is followed: see --outbox.")
        if problem := outbox.view().problem:
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, problem)
        return JSONResponse([asdict(each) for each in found])

    def receipts(self, _: Request) -> Response:
        """List the receipts that wait."""
        waiting = waiting_receipts(self._office.miljo)
        return JSONResponse([as_json.receipt(each) for each in waiting])

    def exchanges(self, _: Request) -> Response:
        """List the exchanges in the journal, oldest first."""
        return JSONResponse(
            [as_json.exchange(each) for each in self._office.miljo.journal.exchanges]
        )

    def exchange(self, request: Request) -> Response:
        """Give an exchange with its checks and contents."""
        office = self._office
        found = office.miljo.journal.find(request.path_params["number"])
        if found is None:
            raise NotFound("There is no exchange of this number, or no more.")
        checks = checks_of(found, office.miljo, office.trust)
        return JSONResponse(as_json.whole_exchange(found, office.readings.read(found), checks))

    def people(self, _: Request) -> Response:
        """List the people in the register."""
        return JSONResponse([as_json.person(each) for each in self._office.miljo.register])

    async def enter_person(self, request: Request) -> Response:
        """Enter a person in the register: `kind`, and perhaps `personidentifikator`."""
        given = await json_of(request)
        number = given.get("personidentifikator")
        number = None if number is None else str(number)
        kind = str(given.get("kind", "REACHABLE"))
        person = await run_in_threadpool(self._office.enter, kind, number)
        return JSONResponse(as_json.person(person), HTTPStatus.CREATED)

    def drop_mailbox(self, request: Request) -> Response:
        """Close a person's mailbox."""
        person = self._office.drop_mailbox(request.path_params["personidentifikator"])
        return JSONResponse(as_json.person(person))

    def faults(self, _: Request) -> Response:
        """List the faults that wait to happen, and then those that last."""
        faults = self._office.miljo.faults
        return JSONResponse(
            [
                *(_meant(fault, on) for fault, on in faults.waiting),
                *({**_meant(fault, on), "times": ALWAYS} for fault, on in faults.lasting),
            ]
        )

    async def add_fault(self, request: Request) -> Response:
        """Let something go wrong: `fault` with its fields, and perhaps `times` and `on`."""
        planned = read_fault(await json_of(request))
        self._office.miljo.faults.play([planned])
        return JSONResponse(
            {**described(planned.fault), "times": planned.times or ALWAYS}, HTTPStatus.CREATED
        )

    async def clear_faults(self, _: Request) -> Response:
        """Let everything go well from here on."""
        self._office.miljo.faults.clear()
        return Response(status_code=HTTPStatus.NO_CONTENT)


def _limit(value: str) -> int:
    if value.isascii() and value.isdecimal() and len(value) < 7 and int(value) > 0:
        return int(value)
    raise HTTPException(HTTPStatus.BAD_REQUEST, "limit must be a number from 1 on.")


def _is_wanted(letter: Letter, wanted: Mapping[str, str]) -> bool:
    return all(
        getattr(letter, name, None) == value or getattr(letter.order, name, None) == value
        for name, value in wanted.items()
    )


def _is_sent_as(
    letter: Letter, sent_as: Mapping[str, OutboxLetter], wanted: Mapping[str, str]
) -> bool:
    sent = sent_as.get(letter.konversasjons_id)
    return all(getattr(sent, name, None) == value for name, value in wanted.items())


def _meant(fault: Fault, on: Traffic | None) -> dict[str, Any]:
    return {**described(fault), "on": on.name if on else None}
