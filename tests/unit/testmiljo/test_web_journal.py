from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sdp.testmiljo.world.journal import LONGEST_BODY, Journal, remark
from sdp.web.guard import Guard

MOMENT = datetime(2024, 1, 2, tzinfo=UTC)


def app(answer: Callable[[bytes], Response]) -> Starlette:
    async def serve(request: Request) -> Response:
        return answer(await request.body())

    return Starlette(routes=[Route("/{path:path}", serve, methods=["GET", "POST"])])


def ask(asked: ASGIApp, method: str, url: str, **options: object) -> httpx.Response:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(asked)) as client:
            return await client.request(method, url, **options)  # type: ignore[arg-type]

    return asyncio.run(send())


def test_a_request_and_its_answer_are_kept_with_their_path_and_query() -> None:
    journal = Journal(lambda: MOMENT)
    kept = journal.keeping(app(lambda body: PlainTextResponse(body[::-1], 418)))
    ask(kept, "POST", "https://localhost/a?b=c", content=b"hei")

    (exchange,) = journal.exchanges
    assert (exchange.number, exchange.moment, exchange.method) == (1, MOMENT, "POST")
    assert (exchange.path, exchange.status, exchange.is_cut) == ("/a?b=c", 418, False)
    assert (exchange.request.content, exchange.answer.content) == (b"hei", b"ieh")
    assert exchange.answer_type == "text/plain; charset=utf-8"
    assert journal.find(1) is exchange
    assert journal.find(2) is None


def test_of_a_large_body_the_first_part_is_kept_and_the_rest_counted() -> None:
    journal = Journal(lambda: MOMENT)
    kept = journal.keeping(app(PlainTextResponse))
    body = b"0123456789" * 30_000
    answer = ask(kept, "POST", "https://localhost/", content=body)

    (exchange,) = journal.exchanges
    assert answer.content == body
    assert exchange.request.content == body[:LONGEST_BODY] == exchange.answer.content
    assert exchange.request.size == len(body) == exchange.answer.size
    assert not exchange.request.is_whole


def test_what_is_remarked_while_answering_is_kept_with_that_exchange_alone() -> None:
    def answer(body: bytes) -> Response:
        if body:
            remark("on demand")
        return Response()

    journal = Journal(lambda: MOMENT)
    kept = journal.keeping(app(answer))
    remark("outside of any")
    ask(kept, "POST", "https://localhost/", content=b"x")
    ask(kept, "POST", "https://localhost/")

    assert [exchange.remarks for exchange in journal.exchanges] == [("on demand",), ()]


def test_paths_that_are_left_out_leave_no_trace() -> None:
    journal = Journal(lambda: MOMENT, leaves_out=lambda path: path == "/page")
    kept = journal.keeping(app(lambda _: Response()))
    ask(kept, "GET", "https://localhost/page")
    ask(kept, "GET", "https://localhost/wire")

    assert [exchange.path for exchange in journal.exchanges] == ["/wire"]


def test_only_the_latest_200_exchanges_are_kept() -> None:
    journal = Journal(lambda: MOMENT)
    kept = journal.keeping(app(lambda _: Response()))
    for _ in range(203):
        ask(kept, "GET", "https://localhost/")

    assert [exchange.number for exchange in journal.exchanges] == list(range(4, 204))


def test_an_answer_that_never_began_is_kept_as_cut() -> None:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    async def never(_: object) -> None:
        raise AssertionError("nothing is sent")

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"x", "more_body": False}

    scope = {"type": "http", "path": "/", "query_string": b"", "method": "POST", "headers": []}
    journal = Journal(lambda: MOMENT)
    asyncio.run(_run(journal.keeping(silent), scope, receive, never))

    (exchange,) = journal.exchanges
    assert (exchange.status, exchange.is_cut, exchange.request.content) == (None, True, b"x")


async def _run(asked: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await asked(scope, receive, send)


def guarded(*, browsers_only: bool) -> Guard:
    return Guard(app(lambda _: PlainTextResponse("done")), browsers_only=browsers_only)


def test_a_form_of_the_page_itself_is_let_through() -> None:
    answer = ask(
        guarded(browsers_only=True),
        "POST",
        "https://localhost:8443/",
        headers={"Origin": "https://localhost:8443"},
    )

    assert answer.text == "done"


def test_a_form_of_another_site_or_of_another_port_is_refused() -> None:
    for browsers_only in (True, False):
        for origin in ("https://evil.example", "https://localhost:1", "null", ""):
            answer = ask(
                guarded(browsers_only=browsers_only),
                "POST",
                "https://localhost:8443/",
                headers={"Origin": origin},
            )
            assert answer.status_code == 403, origin


def test_a_script_needs_no_origin_at_the_api_and_a_form_does_at_the_page() -> None:
    def status(guard: Guard) -> int:
        return ask(guard, "POST", "https://localhost/").status_code

    assert status(guarded(browsers_only=False)) == 200
    assert status(guarded(browsers_only=True)) == 403


def test_another_name_for_this_machine_shows_nothing() -> None:
    answer = ask(guarded(browsers_only=False), "GET", "https://rebound.example:8443/")

    assert answer.status_code == 403


def test_nothing_but_what_is_served_here_may_be_loaded_by_a_page() -> None:
    policy = ask(guarded(browsers_only=True), "GET", "https://localhost/").headers[
        "content-security-policy"
    ]
    directives = dict(each.strip().split(" ", 1) for each in policy.split(";"))

    assert directives["default-src"] == "'none'"
    assert set(directives.values()) == {"'none'", "'self'"}
    assert directives["script-src"] == directives["connect-src"] == "'self'"


def test_an_exchange_is_kept_before_whoever_asked_can_have_the_whole_answer() -> None:
    journal = Journal(lambda: MOMENT)
    kept = journal.keeping(app(lambda _: Response(status_code=201)))
    seen: list[tuple[str, int]] = []

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            seen.append((message["type"], len(journal.exchanges)))
            await send(message)

        await kept(scope, receive, sent)

    ask(watched, "POST", "https://localhost/")

    # With no body, the headers alone are the whole answer.
    assert seen == [("http.response.start", 1), ("http.response.body", 1)]
