"""The faults that any request can meet, whoever is to answer it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from sdp.testmiljo.cut_answers import Cut, Truncated
from sdp.testmiljo.faults import CutRequest, Delay, LoseAnswer, RefuseWithStatus, TruncateAnswer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.testmiljo.faults import CommonFault


async def answered(process: Callable[[], Response], fault: CommonFault | None) -> Response:
    """Answer a request, or get it wrong.

    Args:
        process: answers it; run in a thread.
        fault: what is to go wrong, if anything.
    """
    match fault:
        case RefuseWithStatus(status):
            return Response(status_code=status)
        case Delay(seconds):
            await asyncio.sleep(seconds)
            return await run_in_threadpool(process)
        case LoseAnswer(accepted):
            if accepted:
                await run_in_threadpool(process)
            return Cut()
        case CutRequest():
            return Cut()  # it was asked for when the request was here already
        case TruncateAnswer(at):
            return Truncated(await run_in_threadpool(process), at)
        case None:
            return await run_in_threadpool(process)
