"""The broker over HTTP, with faults on demand."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from sdp.testmiljo.broker.answers import bare_fault, ebms_fault
from sdp.testmiljo.faults.kinds import (
    AnswerTwice,
    DropMailbox,
    RefuseWithEbms,
    RefuseWithSoapFault,
    SignWithStranger,
    Traffic,
    befalls_broker,
)
from sdp.testmiljo.faults.serving import answered, processed
from sdp.testmiljo.validators.mime import Spool
from sdp.testmiljo.validators.rejection import EbmsRejection
from sdp.testmiljo.world.citizens import closing_the_mailbox
from sdp.testmiljo.world.keys import BROKER as ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Protocol

    from starlette.requests import Request

    from sdp.testmiljo.broker.answers import Answer
    from sdp.testmiljo.broker.broker import Broker
    from sdp.testmiljo.faults.serving import Faults
    from sdp.testmiljo.signing import Actor
    from sdp.testmiljo.validators.mime import Buffer

    class _Process(Protocol):
        def __call__(
            self, content_type: str, body: Buffer, *, signer: Actor | None = None
        ) -> Answer: ...


_MAX_REQUEST_BYTES = 1024 * 1024 * 1024


def routes(
    broker: Broker, faults: Faults, *, stranger: Callable[[], Actor], clock: Callable[[], datetime]
) -> list[Route]:
    """Return the addresses that the broker answers at.

    Args:
        broker: answers what reaches it.
        faults: what is to go wrong.
        stranger: makes somebody whose certificate no CA here has issued.
        clock: tells the time.
    """

    async def serve(request: Request, traffic: Traffic, process: _Process) -> Response:
        content_type = request.headers.get("content-type", "")
        with closing(Spool()) as spool:
            size = 0
            async for chunk in request.stream():
                size += len(chunk)
                if size > _MAX_REQUEST_BYTES:
                    return Response(status_code=413)
                spool.write(chunk)
            if size == 0:
                return Response(status_code=400)

            def answer(signer: Actor | None = None) -> Answer:
                with spool.content() as body:
                    return process(content_type, body, signer=signer)

            if (kept := faults.take_kept(traffic)) is not None:
                return _response(kept)
            match faults.take(traffic, befalls_broker):
                case RefuseWithEbms(error, description):
                    rejection = EbmsRejection(error, description)
                    return _response(ebms_fault(rejection, ref_to=None, moment=clock()))
                case RefuseWithSoapFault(code, reason):
                    return _response(bare_fault(code, reason))
                case SignWithStranger():
                    return _response(await processed(lambda: answer(stranger()), size))
                case DropMailbox():
                    with closing_the_mailbox():
                        return _response(await processed(answer, size))
                case AnswerTwice():
                    given = await processed(answer, size)
                    faults.keep(traffic, given)
                    return _response(given)
                case fault:
                    return await answered(lambda: _response(answer()), fault, size)

    async def letter(request: Request) -> Response:
        parties = request.path_params

        def process(content_type: str, body: Buffer, *, signer: Actor | None = None) -> Answer:
            return broker.accept_letter(
                parties["databehandler"], parties["avsender"], content_type, body, signer=signer
            )

        return await serve(request, Traffic.LETTER, process)

    async def signal(request: Request) -> Response:
        return await serve(request, Traffic.SIGNAL, broker.answer_signal)

    return [
        Route(ROOT, signal, methods=["POST"]),
        Route(f"{ROOT}/", signal, methods=["POST"]),
        Route(f"{ROOT}/{{databehandler}}/{{avsender}}", letter, methods=["POST"]),
    ]


def _response(answer: Answer) -> Response:
    return Response(answer.content, answer.status, media_type=answer.content_type)
