"""A transport for tests, whose answers come from a function that speaks httpx."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from sdp.errors import NotSentError
from sdp.transport.request import ConnectionLostError, HttpRequest, HttpResponse

Answer = Callable[[httpx.Request], httpx.Response]


class Answering:
    """Answers as a function does, which may raise an error of httpx in place of an answer."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def send(self, request: HttpRequest, /) -> HttpResponse:
        content = b"".join(request.body.chunks())
        asked = httpx.Request(request.method, request.url, headers=request.headers, content=content)
        try:
            answer = self._answer(asked)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NotSentError(str(error)) from error
        except httpx.HTTPError as error:
            is_cut = isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError)
            raise ConnectionLostError(str(error), is_cut=is_cut) from error
        return HttpResponse(answer.status_code, dict(answer.headers), answer.content)

    def close(self) -> None:
        pass


class AsyncAnswering:
    """The same on an event loop."""

    def __init__(self, answer: Answer) -> None:
        self._answering = Answering(answer)

    async def send(self, request: HttpRequest, /) -> HttpResponse:
        return self._answering.send(request)

    async def close(self) -> None:
        pass
