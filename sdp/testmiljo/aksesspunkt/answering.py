"""Answers one request to the access point, or gets it wrong on demand."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.responses import Response

from sdp.testmiljo.aksesspunkt.problems import problem
from sdp.testmiljo.checks.rejection import HttpRejection
from sdp.testmiljo.citizens import closing_the_mailbox
from sdp.testmiljo.common_faults import answered
from sdp.testmiljo.faults import DropMailbox, ExpireToken, RefuseWithProblem

if TYPE_CHECKING:
    from sdp.testmiljo.faults import AccessPointFault

_log = logging.getLogger("sdp.testmiljo")

Process = Callable[[], Response]
"""Answers the request, or raises HttpRejection."""


async def answer(
    process: Process, fault: AccessPointFault | None, *, note: Callable[[HttpRejection], None]
) -> Response:
    """Answer a request.

    Args:
        process: answers it.
        fault: what is to go wrong, if anything.
        note: is told of each refusal that is not a fault.
    """

    def attempted() -> Response:
        try:
            return process()
        except HttpRejection as rejection:
            note(rejection)
            return problem(rejection.status, rejection.reason)
        except Exception:
            _log.exception("the access point of the test environment failed")
            return problem(500, "The access point failed; try again later.")

    match fault:
        case RefuseWithProblem(status, detail, title):
            return problem(status, detail, title)
        case DropMailbox():
            with closing_the_mailbox():
                return await answered(attempted, None)
        case ExpireToken():
            return problem(401, "the token has expired")
        case _:
            return await answered(attempted, fault)
