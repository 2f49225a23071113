"""The forms of the pages: what there is to do."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from sdp.testmiljo.web.bodies import body_of
from sdp.testmiljo.web.fault_kinds import read_fault

if TYPE_CHECKING:
    from starlette.requests import Request

    from sdp.testmiljo.web.office import Office


class Forms:
    """Does what is asked for in a form, and leads back to the page it was on.

    Each raises NotFound, ActionRefused, FaultRefused or PersonRefused where it cannot be done.
    """

    def __init__(self, office: Office) -> None:
        self._office = office

    async def do(self, request: Request) -> Response:
        """Do something with a letter."""
        path = request.path_params
        form = await _form(request)
        letter = self._office.letter(path["meldings_id"])
        await run_in_threadpool(self._office.actions.do, path["action"], letter, form)
        return _back(f"{request.url.path.rpartition('/')[0]}#done")

    async def enter_person(self, request: Request) -> Response:
        """Enter a person in the register."""
        form = await _form(request)
        number = form.get("personidentifikator", "").strip() or None
        await run_in_threadpool(self._office.enter, form.get("kind", ""), number)
        return _back("/web/people")

    def drop_mailbox(self, request: Request) -> Response:
        """Close a person's mailbox."""
        self._office.drop_mailbox(request.path_params["personidentifikator"])
        return _back("/web/people")

    async def add_fault(self, request: Request) -> Response:
        """Let something go wrong."""
        fault, times, traffic = read_fault(await _form(request))
        self._office.miljo.faults.add(fault, times=times, on=traffic)
        return _back("/web/faults")

    async def clear_faults(self, _: Request) -> Response:
        """Let everything go well from here on."""
        self._office.miljo.faults.clear()
        return _back("/web/faults")


async def _form(request: Request) -> dict[str, str]:
    body = await body_of(request)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _back(address: str) -> Response:
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)
