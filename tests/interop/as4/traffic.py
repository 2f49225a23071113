"""What goes between a client and the test environment, kept byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from sdp.client import Client
from sdp.testmiljo import Testmiljo
from sdp.transport.request import HttpRequest, HttpResponse

T = TypeVar("T")


@dataclass(frozen=True)
class Said:
    """One message as it went over HTTP, either way."""

    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Exchanged:
    """A request to the broker and its answer."""

    asked: Said
    answered: Said


def converse(miljo: Testmiljo, act: Callable[[Client], T]) -> tuple[T, list[Exchanged]]:
    """Let a client do something, and keep what it and the broker said to each other."""
    asked: list[tuple[HttpRequest, bytes]] = []
    answered: list[HttpResponse] = []

    def ask(request: HttpRequest) -> None:
        # Now, and not later: the package is closed when it is sent.
        asked.append((request, b"".join(request.body.chunks())))

    with Client(miljo.client_config(), on_request=ask, on_response=answered.append) as client:
        done = act(client)
    return done, [
        Exchanged(
            Said(request.headers["Content-Type"], content),
            Said(response.headers["content-type"], response.content),
        )
        for (request, content), response in zip(asked, answered, strict=True)
        if request.url.startswith(miljo.url)
    ]
