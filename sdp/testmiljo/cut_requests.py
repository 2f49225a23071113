"""Cuts connections while a request is on its way, as a firewall does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdp.testmiljo.cut_answers import cut
from sdp.testmiljo.places import place_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from sdp.testmiljo.faults import Faults


def cutting(app: ASGIApp, faults: Faults) -> ASGIApp:
    """Put in front of an application what cuts the requests that are to be cut."""

    async def cut_or_served(scope: Scope, receive: Receive, send: Send) -> None:
        place = place_of(scope["method"], scope["path"])
        fault = faults.take_cut(place.traffic, place.befalls) if place else None
        if fault is None:
            await app(scope, receive, send)
            return
        left = fault.at
        while left > 0:
            message = await receive()
            left -= len(message.get("body", b""))
            if not message.get("more_body", False):
                break
        await cut(scope, receive)

    return cut_or_served
