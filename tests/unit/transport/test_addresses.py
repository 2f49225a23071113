"""An address is read alike whether it is plain or not: the same host, port and target."""

from __future__ import annotations

import httpx
import pytest

from sdp.transport.exchange import _parsed, _read_url


@pytest.mark.parametrize(
    "url",
    [
        "https://aksesspunkt.example/messages/in/6d0ec155-b4f7-43c3-908e-211d68c9cf09/read",
        "https://AKSESSPUNKT.example:8443/Messages/out",
        "http://[::1]:8080/personer",
        "https://blåbær.example/token",
        "https://user:secret@aksesspunkt.example/a",
        "https://aksesspunkt.example",
        "https://aksesspunkt.example/",
        "https://aksesspunkt.example/a/",
        "https://aksesspunkt.example//a",
        "https://aksesspunkt.example/a/../b",
        "https://aksesspunkt.example/a?kanal=b#c",
        "https://aksesspunkt.example/bl%C3%A5",
        "https://aksesspunkt.example/blå",
    ],
)
def test_a_plain_path_is_read_as_a_parser_reads_it(url: str) -> None:
    assert _read_url(url) == _parsed(url)


def test_an_address_without_a_host_is_refused() -> None:
    with pytest.raises((httpx.InvalidURL, ValueError)):
        _read_url("https://:80/a")
