"""The access point over HTTP, with faults on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sdp.testmiljo.aksesspunkt.answering import answer
from sdp.testmiljo.aksesspunkt.listing import signed_anew, written
from sdp.testmiljo.aksesspunkt.questions import ListQuestion
from sdp.testmiljo.aksesspunkt.uploads import Upload
from sdp.testmiljo.faults import (
    AnswerTwice,
    MoveDownloads,
    ReplayReceipt,
    SignWithStranger,
    Traffic,
    befalls_access_point,
    befalls_list,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from sdp.testmiljo.aksesspunkt.aksesspunkt import Aksesspunkt
    from sdp.testmiljo.aksesspunkt.answering import Process
    from sdp.testmiljo.aksesspunkt.authorization import Caller
    from sdp.testmiljo.faults import AccessPointFault, Faults, ListFault
    from sdp.testmiljo.signing import Actor

ROOT = "/dpi"


def routes(
    aksesspunkt: Aksesspunkt, faults: Faults, *, stranger: Callable[[], Actor]
) -> list[Route]:
    """Return the addresses that the access point answers at.

    Args:
        aksesspunkt: answers what reaches it.
        faults: what is to go wrong.
        stranger: makes somebody whose certificate no CA here has issued.
    """

    async def answered(process: Process, fault: AccessPointFault | None) -> Response:
        return await answer(process, fault, note=aksesspunkt.note)

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

            return await answered(process, faults.take(Traffic.LETTER, befalls_access_point))

    async def statuses(request: Request) -> Response:
        def process() -> Response:
            found = aksesspunkt.statuses(authorized(request), request.path_params["id"])
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
