"""Subject of each address, and the faults that can happen there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sdp.testmiljo.faults.kinds import (
    Fault,
    Traffic,
    befalls_access_point,
    befalls_broker,
    befalls_list,
    befalls_lookup,
    befalls_rest,
    befalls_soap,
    befalls_token,
)
from sdp.testmiljo.world.addresses import KRR_REST, KRR_SOAP

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Place:
    """An address of the environment.

    Attributes:
        traffic: what requests to it are about.
        befalls: which faults can happen to them.
        wire: `ebms` or `dpi`, where it belongs to one.
    """

    method: str
    path: re.Pattern[str]
    traffic: Traffic
    befalls: Callable[[Fault], bool]
    wire: str = ""


_ID: Final = "[^/]+"
_PLACES: Final = tuple(
    Place(method, re.compile(path), traffic, befalls, wire)
    for method, path, traffic, befalls, wire in (
        ("POST", f"/api/{_ID}/{_ID}", Traffic.LETTER, befalls_broker, "ebms"),
        ("POST", "/api/?", Traffic.SIGNAL, befalls_broker, "ebms"),
        ("POST", "/dpi/messages/out", Traffic.LETTER, befalls_access_point, "dpi"),
        ("GET", f"/dpi/messages/out/{_ID}/statuses", Traffic.STATUSES, befalls_access_point, "dpi"),
        ("GET", "/dpi/messages/in", Traffic.RECEIPTS, befalls_list, "dpi"),
        ("GET", f"/dpi/messages/in/{_ID}", Traffic.DOWNLOAD, befalls_access_point, "dpi"),
        ("POST", f"/dpi/messages/in/{_ID}/read", Traffic.READ, befalls_access_point, "dpi"),
        ("POST", "/maskinporten/token", Traffic.TOKEN, befalls_token, ""),
        ("POST", f"{KRR_REST}/.+", Traffic.LOOKUP, befalls_rest, ""),
        ("POST", KRR_SOAP, Traffic.LOOKUP, befalls_soap, ""),
        ("GET", f"{KRR_REST}/.+", Traffic.LOOKUP, befalls_lookup, ""),
    )
)


def place_of(method: str, path: str) -> Place | None:
    """Find what requests to an address are about; None for the web page and the like."""
    for place in _PLACES:
        if place.method == method and place.path.fullmatch(path):
            return place
    return None
