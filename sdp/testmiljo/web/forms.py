"""Forms of the pages."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from sdp.testmiljo.faults.reading import read_fault
from sdp.web.requests import body_of, form_of

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
        form = await form_of(request, _LONGEST)
        letter = self._office.letter(path["meldings_id"])
        await run_in_threadpool(self._office.actions.do, path["action"], letter, form)
        return _back(f"{request.url.path.rpartition('/')[0]}#done")

    async def enter_person(self, request: Request) -> Response:
        """Enter a person in the register."""
        form = await form_of(request, _LONGEST)
        number = form.get("personidentifikator", "").strip() or None
        await run_in_threadpool(self._office.enter, form.get("kind", ""), number)
        return _back("/web/people")

    def drop_mailbox(self, request: Request) -> Response:
        """Close a person's mailbox."""
        self._office.drop_mailbox(request.path_params["personidentifikator"])
        return _back("/web/people")

    async def add_fault(self, request: Request) -> Response:
        """Let something go wrong."""
        self._office.miljo.faults.play([read_fault(await form_of(request, _LONGEST))])
        return _back("/web/faults")

    async def clear_faults(self, _: Request) -> Response:
        """Let everything go well from here on."""
        self._office.miljo.faults.clear()
        return _back("/web/faults")


def _back(address: str) -> Response:
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


_LONGEST: Final = 64 * 1024


async def json_of(request: Request) -> dict[str, Any]:
    """Read a JSON object; no body is an empty one.

    Raises:
        HTTPException: 413; it is larger than 64 KiB. Or 400; it is no JSON object.
    """
    body = await body_of(request, _LONGEST)
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise HTTPException(HTTPStatus.BAD_REQUEST, "The body must be a JSON object.")
    return value
