"""What comes before any format: HTTP answers however they are encoded, headers, words, files."""

from __future__ import annotations

import gzip
import ssl
import tempfile
import zlib
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sdp.cli.people import opened, rows
from sdp.errors import SdpError
from sdp.gate import decoded, presentable
from sdp.pki import Identity
from sdp.transport.http import HttpTransport
from sdp.transport.pool import HttpPool
from sdp.transport.request import ConnectionLostError, HttpRequest, HttpResponse
from sdp.transport.retry import retry_after
from sdp.transport.settings import HttpSettings
from tests.fuzz.target import Target
from tests.fuzz.world import AVSENDER, PERSON, World
from tests.unit.transport.peer import Peer, head

_MOST = 1000


class _Settings(HttpSettings):
    """Settings whose TLS context is made once: to load the public CAs takes long."""

    def tls_context(self) -> ssl.SSLContext:
        return _TLS


_SETTINGS, _TLS = _Settings(), HttpSettings().tls_context()
_URL = "https://broker.example.no/brev"


def transport_targets(world: World) -> list[Target]:
    """Return the targets of this kind."""
    issued = world.ca.issue(AVSENDER, "Etaten", moment=world.moment)
    store = issued.pkcs12("x")
    key = issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain = b"".join(each.public_bytes(Encoding.PEM) for each in issued.chain)
    return [
        Target("encoded answer", _answers(), _read_answer, trusted=False),
        Target("retry after", _WAITS, _read_wait),
        Target("words", [b"Ukjent person 018158 00083 kari@example.no", b"Key=(OUT, a)"], _show),
        Target("text file", [text.encode(way) for text in _TEXTS for way in _ENCODINGS], _decode),
        Target("people", [f"fnr;navn\r\n{PERSON};Kari\r\n".encode(), b"sep=,\n"], _read_people),
        Target(
            "pkcs12", [store], lambda data: Identity.from_pkcs12(data, "x", moment=world.moment)
        ),
        Target("pem", [key, chain], lambda data: _read_pem(data, key, chain, world)),
    ]


def _answers() -> list[bytes]:
    """Whole answers of HTTP, encoded once and more than once, in chunks and not."""
    hei = b"hei " * 20
    bomb = gzip.compress(bytes(1 << 20))
    made = [head("200 OK", length=len(hei)) + hei]
    for told, content in (
        ("gzip", gzip.compress(hei)),
        ("gzip, gzip", gzip.compress(gzip.compress(hei))),
        ("gzip, deflate", zlib.compress(bomb)),
        ("identity", hei),
        ("br", hei),
    ):
        made.append(head("200 OK", f"Content-Encoding: {told}", length=len(content)) + content)
        made.append(head("503 Nei", f"Content-Encoding: {told}", length=len(content)) + content)
        chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)
        coded = ("Transfer-Encoding: chunked", f"Content-Encoding: {told}")
        made.append(head("200 OK", *coded, length=None) + chunks)
    made.append(head("302 Found", "Location: https://annet.example.no/a"))
    return made


def _read_answer(data: bytes) -> None:
    peer = Peer([data[start : start + 97] for start in range(0, len(data), 97)])
    asked = HttpRequest(
        "GET", _URL, {"Authorization": "Bearer x"}, redirects=2, max_bytes=_MOST, public_only=False
    )
    with HttpTransport(_SETTINGS, transport=HttpPool(_SETTINGS, backend=peer)) as http:
        try:
            answer = http.send(asked)
        except ConnectionLostError as lost:
            raise SdpError(str(lost)) from lost
    assert len(answer.content) <= _MOST
    assert all(b"Bearer" not in each for each in peer.heard[1:])


_WAITS = [
    b"120\nMon, 23 Nov 2026 12:00:00 GMT",
    b"Mon, 23 Nov 2026 12:00:40 GMT\nMon, 23 Nov 2026 12:00:00 GMT",
    b"Mon, 23 Nov 9999 23:59:59 -1400\n",
]
_TEXTS = ("blåbær\r\n", "[environment]\nname = 'test'\n")
_ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")


def _read_wait(data: bytes) -> None:
    written, _, date = data.decode("latin-1").partition("\n")
    seconds = retry_after(HttpResponse(503, {"retry-after": written, "date": date}, b""))
    assert seconds is None or seconds >= 0


def _show(data: bytes) -> None:
    shown = presentable(data.decode("utf-8", errors="replace"))
    assert shown.isprintable()
    assert len(shown) <= 500


def _decode(data: bytes) -> None:
    try:
        decoded(data)
    except ValueError as rule:
        raise SdpError(str(rule)) from rule


def _read_people(data: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(data)
        file.flush()
        with opened(Path(file.name)) as text:
            for row in rows(text, column=None, address_column=None):
                assert row.is_valid or row.fault


def _read_pem(data: bytes, key: bytes, chain: bytes, world: World) -> None:
    """Read a key with a good chain, or a chain with a good key, by what the input begins with."""
    if b"CERTIFICATE" in data[:40]:
        Identity.from_pem(data, key, moment=world.moment)
    else:
        Identity.from_pem(chain, data, moment=world.moment)
