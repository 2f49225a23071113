"""An address is read alike whether it is plain or not: the same host, port and target."""

from __future__ import annotations

import pytest

from sdp.transport.exchange import _parsed_by_httpx, _read_url


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
        "https://localhost:8443",
        "https://localhost:443/a",
        "http://localhost:80/a",
        "http://localhost:443/a",
        "https://localhost:08443/a",
        "https://localhost:/a",
        "https://localhost:59999/a",
        "https://localhost:65535/a",
        "https://127.0.0.1:8443/a",
        "https://1.2.3.example/a/b",
        "https://a--b.example/a",
        "https://xn--blbr-roah.example/a",
        "https://www.xn--blbr-roah.example/a",
        "https://aksesspunkt.example/~a_b-c/xn--",
        "https://aksesspunkt.example./a",
        "HTTPS://aksesspunkt.example/a",
    ],
)
def test_a_plain_path_is_read_as_a_parser_reads_it(url: str) -> None:
    assert _read_url(url) == _parsed_by_httpx(url)


def test_an_address_without_a_host_is_refused() -> None:
    with pytest.raises(ValueError, match="HTTP"):
        _read_url("https://:80/a")
