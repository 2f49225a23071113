"""Answers one request to the access point, or gets it wrong on demand."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from sdp.testmiljo.aksesspunkt.problems import problem
from sdp.testmiljo.checks.rejection import HttpRejection
from sdp.testmiljo.cut_answers import Cut, Truncated
from sdp.testmiljo.faults import (
    Delay,
    ExpireToken,
    LoseAnswer,
    RefuseWithProblem,
    RefuseWithStatus,
    TruncateAnswer,
)

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
        case RefuseWithStatus(status):
            return Response(status_code=status)
        case ExpireToken():
            return problem(401, "the token has expired")
        case Delay(seconds):
            await asyncio.sleep(seconds)
            return await run_in_threadpool(attempted)
        case LoseAnswer(accepted):
            if accepted:
                await run_in_threadpool(attempted)
            return Cut()
        case TruncateAnswer(at):
            return Truncated(await run_in_threadpool(attempted), at)
        case None:
            return await run_in_threadpool(attempted)
