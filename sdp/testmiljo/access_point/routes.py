"""The access point over HTTP, with faults on demand."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sdp.testmiljo.access_point import names
from sdp.testmiljo.access_point.problems import problem
from sdp.testmiljo.access_point.requests import ListQuestion, Upload
from sdp.testmiljo.faults.kinds import (
    AcceptWithStatus,
    AnswerTwice,
    DropMailbox,
    ExpireToken,
    MoveDownloads,
    RefuseWithProblem,
    ReplayReceipt,
    SignWithStranger,
    Traffic,
    befalls_access_point,
    befalls_list,
)
from sdp.testmiljo.faults.serving import answered
from sdp.testmiljo.signing import sign_as
from sdp.testmiljo.validators.jose import Token, TokenProblem
from sdp.testmiljo.validators.rejection import HttpRejection
from sdp.testmiljo.world.citizens import closing_the_mailbox
from sdp.testmiljo.world.keys import ACCESS_POINT as ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from sdp.testmiljo.access_point.access_point import Aksesspunkt
    from sdp.testmiljo.access_point.requests import Caller
    from sdp.testmiljo.faults.kinds import AccessPointFault, ListFault
    from sdp.testmiljo.faults.serving import Faults
    from sdp.testmiljo.signing import Actor
    from sdp.testmiljo.world.receipts import Innmelding


_log = logging.getLogger("sdp.testmiljo")

Process = Callable[[], Response]
"""Answers the request, or raises HttpRejection."""


async def answer(
    process: Process,
    fault: AccessPointFault | None,
    *,
    note: Callable[[HttpRejection], None],
    size: int = 0,
) -> Response:
    """Answer a request.

    Args:
        process: answers it.
        fault: what is to go wrong, if anything.
        note: is told of each refusal that is not a fault.
        size: the bytes of the request.
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
                return await answered(attempted, None, size)
        case AcceptWithStatus(status):
            accepted = await answered(attempted, None, size)
            if accepted.status_code < HTTPStatus.MULTIPLE_CHOICES:
                accepted.status_code = status
            return accepted
        case ExpireToken():
            return problem(401, "the token has expired")
        case _:
            return await answered(attempted, fault, size)


def written(
    messages: Iterable[Innmelding], root: str, *, signed: Callable[[str], str] = str
) -> list[dict[str, str]]:
    """Write a list of messages.

    Args:
        messages: what is listed.
        root: the root of the API that their packages are at.
        signed: gives the message to list in place of each.
    """
    return [
        {
            "forretningsmelding": signed(message.jws),
            "downloadurl": f"{root}/messages/in/{message.message_id}",
        }
        for message in messages
    ]


def signed_anew(actor: Actor) -> Callable[[str], str]:
    """Let somebody else sign what a message says; one that says nothing stays as it is."""

    def signed(jws: str) -> str:
        try:
            return sign_as(actor, Token.read(jws).claims(), names.RECEIPT_ALGORITHM)
        except TokenProblem:
            return jws

    return signed


def routes(
    aksesspunkt: Aksesspunkt, faults: Faults, *, stranger: Callable[[], Actor]
) -> list[Route]:
    """Return the addresses that the access point answers at.

    Args:
        aksesspunkt: answers what reaches it.
        faults: what is to go wrong.
        stranger: makes somebody whose certificate no CA here has issued.
    """

    async def answered(process: Process, fault: AccessPointFault | None, size: int = 0) -> Response:
        return await answer(process, fault, note=aksesspunkt.note, size=size)

    def authorized(request: Request) -> Caller:
        return aksesspunkt.authorize(request.headers.get("authorization"))

    async def send(request: Request) -> Response:
        with Upload(aksesspunkt.size_limit) as upload:
            await upload.take(request.stream())

            def process() -> Response:
                kanal = request.query_params.get("kanal")
                content_type = request.headers.get("content-type", "")
                caller = authorized(request)
                with upload.content() as body:
                    aksesspunkt.accept_letter(caller, kanal, content_type, body)
                return Response(status_code=201)

            fault = faults.take(Traffic.LETTER, befalls_access_point)
            return await answered(process, fault, upload.size)

    async def statuses(request: Request) -> Response:
        def process() -> Response:
            found = aksesspunkt.statuses(authorized(request), request.path_params["id"])
            if not found:
                return Response(status_code=204)  # as Digdir's own access point does
            return JSONResponse(
                [
                    {
                        "status": each.status,
                        "beskrivelse": each.beskrivelse,
                        "timestamp": each.timestamp.isoformat(timespec="milliseconds"),
                    }
                    for each in found
                ]
            )

        return await answered(process, faults.take(Traffic.STATUSES, befalls_access_point))

    async def listed(request: Request) -> Response:
        question = ListQuestion.read(request.query_params)

        def process(fault: ListFault | None = None) -> Response:
            caller = authorized(request)
            messages = list(aksesspunkt.listed(caller, question))
            match fault:
                case SignWithStranger():
                    found = written(messages, aksesspunkt.url, signed=signed_anew(stranger()))
                case MoveDownloads(origin):
                    found = written(messages, f"{origin}{ROOT}")
                case ReplayReceipt():
                    read = aksesspunkt.last_read(caller)
                    found = written([*([read] if read else []), *messages], aksesspunkt.url)
                case AnswerTwice():
                    twice = [each for message in messages for each in (message, message)]
                    found = written(twice, aksesspunkt.url)
                case _:
                    found = written(messages, aksesspunkt.url)
            return JSONResponse(found) if found else Response(status_code=204)

        match fault := faults.take(Traffic.RECEIPTS, befalls_list):
            case SignWithStranger() | MoveDownloads() | ReplayReceipt() | AnswerTwice():
                return await answered(lambda: process(fault), None)
            case _:
                return await answered(process, fault)

    async def download(request: Request) -> Response:
        def process() -> Response:
            aksesspunkt.download(authorized(request), request.path_params["id"])

        return await answered(process, faults.take(Traffic.DOWNLOAD, befalls_access_point))

    async def read(request: Request) -> Response:
        def process() -> Response:
            aksesspunkt.mark_read(authorized(request), request.path_params["id"])
            return Response(status_code=200)

        return await answered(process, faults.take(Traffic.READ, befalls_access_point))

    return [
        Route(f"{ROOT}/messages/out", send, methods=["POST"]),
        Route(f"{ROOT}/messages/out/{{id}}/statuses", statuses, methods=["GET"]),
        Route(f"{ROOT}/messages/in", listed, methods=["GET"]),
        Route(f"{ROOT}/messages/in/{{id}}", download, methods=["GET"]),
        Route(f"{ROOT}/messages/in/{{id}}/read", read, methods=["POST"]),
    ]
