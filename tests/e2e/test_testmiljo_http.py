"""HTTP of the test environment: requests of every form, on one connection."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from typing import IO

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from sdp.testmiljo.server import Listener, ServerThread

PATIENCE = 120.0
PLAIN = b"POST /echo?a=%20b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
)


async def _echo(request: Request) -> Response:
    return PlainTextResponse(await request.body(), headers={"X-Query": request.url.query})


async def _unread(_: Request) -> Response:
    return PlainTextResponse("enough")


async def _streamed(_: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        for part in (b"one", b"", b"two"):
            yield part

    return StreamingResponse(parts())


async def _nothing(_: Request) -> Response:
    return Response(status_code=204)


async def _last(_: Request) -> Response:
    return PlainTextResponse("last", headers={"Connection": "close"})


async def _broken(_: Request) -> Response:
    return Response(headers={"X-Text": "a\r\nX-Other: b"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    routes = [
        Route("/echo", _echo, methods=["GET", "POST", "PUT"]),
        Route("/unread", _unread, methods=["POST"]),
        Route("/streamed", _streamed),
        Route("/nothing", _nothing),
        Route("/broken", _broken),
        Route("/last", _last),
    ]
    listener = Listener()
    server = ServerThread(
        Starlette(routes=routes), listener, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    )
    try:
        yield listener.port
    finally:
        server.stop()


@pytest.fixture
def connection(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as made:
        yield made


def _answer(connection: socket.socket) -> tuple[int, bytes]:
    """Read one whole answer."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer.status, answer.read()


@pytest.mark.parametrize(
    "request_",
    [
        PLAIN,
        CHUNKED,
        PLAIN.replace(b"Host", b"Connection: keep-alive\r\nHost"),
        PLAIN.replace(b"Host", b"Connection: close\r\nHost"),
        PLAIN.replace(b"Host: x", b"Host:\tx"),
        PLAIN.replace(b"Host", b"Accept: a\r\nAccept: b\r\nHost"),
        PLAIN.replace(b"Host", b"Empty:\r\nHost"),
        PLAIN.replace(b"Host", "Navn: æ\r\nHost".encode("latin-1")),
        PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0"),
        PLAIN.replace(b"POST", b"PUT"),
    ],
    ids=str,
)
def test_a_request_is_answered_whatever_its_form(
    connection: socket.socket, request_: bytes
) -> None:
    connection.sendall(request_)
    assert _answer(connection) == (200, b"hello")


@pytest.mark.parametrize(
    "request_",
    [
        PLAIN.replace(b"\r\n", b"\n"),
        PLAIN.replace(b"Length: 5", b"Length: five"),
        PLAIN.replace(b"Length: 5", b"Length: 5\r\nContent-Length: 6"),
        PLAIN.replace(b"Host", b"Ho st"),
        b"\x00\x01\r\n\r\n",
    ],
    ids=str,
)
def test_a_request_that_is_none_is_refused(connection: socket.socket, request_: bytes) -> None:
    connection.sendall(request_)
    assert _answer(connection)[0] == 400


def test_requests_in_one_packet_are_answered_in_their_order(connection: socket.socket) -> None:
    connection.sendall(PLAIN + PLAIN.replace(b"hello", b"again") + CHUNKED + PLAIN)
    with connection.makefile("rb") as come:
        bodies = [_next_body(come) for _ in range(4)]
    assert bodies == [b"hello", b"again", b"hello", b"hello"]


def _next_body(come: IO[bytes]) -> bytes:
    size = 0
    while (line := come.readline().strip()) != b"":
        name, _, value = line.partition(b": ")
        size = int(value) if name.lower() == b"content-length" else size
    return come.read(size)


def test_a_head_that_comes_in_pieces_is_waited_for(connection: socket.socket) -> None:
    for at in range(0, len(PLAIN), 7):
        connection.sendall(PLAIN[at : at + 7])
    assert _answer(connection) == (200, b"hello")


def test_a_body_that_comes_in_pieces_is_taken_whole(connection: socket.socket) -> None:
    body = bytes(range(256)) * 2048
    head = PLAIN.partition(b"5")[0] + str(len(body)).encode() + b"\r\n\r\n"
    connection.sendall(head + body[:10])
    connection.sendall(body[10:])
    assert _answer(connection) == (200, body)


def test_a_body_that_nobody_reads_is_passed_over(connection: socket.socket) -> None:
    unread = PLAIN.replace(b"/echo", b"/unread")
    connection.sendall(unread[:-3])
    assert _answer(connection) == (200, b"enough")
    connection.sendall(unread[-3:] + PLAIN)
    assert _answer(connection) == (200, b"hello")


def test_an_answer_of_unknown_length_comes_in_chunks_and_ends(connection: socket.socket) -> None:
    for _ in range(2):
        connection.sendall(b"GET /streamed HTTP/1.1\r\nHost: x\r\n\r\n")
        assert _answer(connection) == (200, b"onetwo")


def test_an_answer_without_a_body_leaves_the_connection_in_order(connection: socket.socket) -> None:
    connection.sendall(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
    assert _answer(connection) == (204, b"")
    connection.sendall(PLAIN)
    assert _answer(connection) == (200, b"hello")


def test_nothing_is_answered_after_an_answer_that_closes(connection: socket.socket) -> None:
    connection.sendall(b"GET /last HTTP/1.1\r\nHost: x\r\n\r\n" + PLAIN)
    with connection.makefile("rb") as come:
        assert come.read().endswith(b"\r\n\r\nlast")


def test_a_line_break_in_a_header_of_an_answer_does_not_leave(connection: socket.socket) -> None:
    connection.sendall(b"GET /broken HTTP/1.1\r\nHost: x\r\n\r\n")
    come = connection.recv(65536)
    assert b"X-Other" not in come
