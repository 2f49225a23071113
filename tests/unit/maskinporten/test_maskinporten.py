"""Tokens are asked for once, kept while they live, and never shown."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from sdp.errors import (
    ConfigurationError,
    Fault,
    Retry,
    TokenError,
    UnauthorizedError,
    UnreadableAnswerError,
    WireError,
)
from sdp.maskinporten import Maskinporten, MaskinportenSettings, Token, TokenRequest
from sdp.pki import Identity
from sdp.transport.effects import Flow
from sdp.transport.http import HttpTransport
from sdp.transport.request import BytesBody, HttpRequest
from sdp.transport.settings import HttpSettings
from sdp.transport.sync import Driver
from tests.answering import Answering

ISSUER = "https://maskinporten.example/"
SEND = TokenRequest("digitalpostinnbygger:send")


class Server:
    """Answers as Maskinporten does, and remembers what it was asked."""

    def __init__(self) -> None:
        self.forms: list[dict[str, list[str]]] = []
        self.discoveries = 0
        self.answer: Callable[[], httpx.Response] = self.token
        self.metadata: dict[str, Any] = {"issuer": ISSUER, "token_endpoint": f"{ISSUER}token"}
        self.life: Any = 120
        self.pause = 0.0

    def token(self) -> httpx.Response:
        body = {"access_token": f"t{len(self.forms)}", "token_type": "Bearer"}
        return httpx.Response(200, json=body | {"expires_in": self.life})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            assert str(request.url) == f"{ISSUER}.well-known/oauth-authorization-server"
            self.discoveries += 1
            return httpx.Response(200, json=self.metadata)
        self.forms.append(parse_qs(request.content.decode()))
        time.sleep(self.pause)
        return self.answer()

    def grant(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return header and claims of the last grant."""
        header, claims, _ = self.forms[-1]["assertion"][0].split(".")
        return _json(header), _json(claims)


def _json(part: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return value


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock(moment: datetime) -> Clock:
    return Clock(moment)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def driver(server: Server, waits: list[float]) -> Iterator[Driver]:
    with HttpTransport(HttpSettings(), transport=Answering(server)) as http:
        yield Driver(http, waits.append)


@pytest.fixture
def maskinporten(avsender_identity: Identity, clock: Clock) -> Maskinporten:
    return Maskinporten(
        MaskinportenSettings(ISSUER, "klient-1"), signer=avsender_identity, clock=clock
    )


class TestTheGrant:
    def test_it_says_what_maskinporten_demands(
        self, maskinporten: Maskinporten, driver: Driver, server: Server, clock: Clock
    ) -> None:
        driver.run(maskinporten.token(TokenRequest("a b", "889640782", "https://api.example/")))
        header, claims = server.grant()

        assert server.forms[-1]["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        assert header["alg"] == "RS256"
        assert claims["aud"] == ISSUER
        assert claims["iss"] == "klient-1"
        assert claims["scope"] == "a b"
        assert claims["consumer_org"] == "889640782"
        assert claims["resource"] == "https://api.example/"
        assert claims["iat"] == int(clock.now.timestamp())
        assert 0 < claims["exp"] - claims["iat"] <= 120

    def test_what_is_not_asked_for_is_left_out(
        self, maskinporten: Maskinporten, driver: Driver, server: Server
    ) -> None:
        driver.run(maskinporten.token(SEND))
        assert not {"consumer_org", "resource"} & server.grant()[1].keys()

    def test_the_certificate_in_x5c_has_signed_it(
        self, maskinporten: Maskinporten, driver: Driver, server: Server
    ) -> None:
        driver.run(maskinporten.token(SEND))
        signed, _, signature = server.forms[-1]["assertion"][0].rpartition(".")
        (leaf, *_) = server.grant()[0]["x5c"]
        key = x509.load_der_x509_certificate(base64.b64decode(leaf)).public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        key.verify(raw, signed.encode(), PKCS1v15(), hashes.SHA256())

    def test_a_registered_key_is_named(
        self, avsender_identity: Identity, clock: Clock, driver: Driver, server: Server
    ) -> None:
        settings = MaskinportenSettings(ISSUER, "klient-1", key_id="min-nokkel")
        driver.run(Maskinporten(settings, signer=avsender_identity, clock=clock).token(SEND))
        assert server.grant()[0]["kid"] == "min-nokkel"
        assert "x5c" not in server.grant()[0]

    def test_each_is_good_once(
        self, maskinporten: Maskinporten, driver: Driver, server: Server
    ) -> None:
        driver.run(maskinporten.token(SEND))
        first = server.grant()[1]["jti"]
        driver.run(maskinporten.token(TokenRequest("annet")))
        assert server.grant()[1]["jti"] != first


class TestKeeping:
    def test_a_token_is_kept_until_shortly_before_it_expires(
        self, maskinporten: Maskinporten, driver: Driver, server: Server, clock: Clock
    ) -> None:
        first = driver.run(maskinporten.token(SEND))
        clock.forward(109)
        assert driver.run(maskinporten.token(SEND)) is first
        clock.forward(2)
        assert driver.run(maskinporten.token(SEND)) != first
        assert (len(server.forms), server.discoveries) == (2, 1)

    def test_each_thing_asked_for_has_its_own(
        self, maskinporten: Maskinporten, driver: Driver, server: Server
    ) -> None:
        asked = [
            SEND,
            TokenRequest(SEND.scope, "889640782"),
            TokenRequest(SEND.scope, None, "https://api.example/"),
            TokenRequest("annet"),
        ]
        tokens = {driver.run(maskinporten.token(one)).value for one in asked * 2}
        assert len(tokens) == len(server.forms) == len(asked)

    def test_a_token_is_asked_for_once_however_many_threads_ask(
        self, maskinporten: Maskinporten, driver: Driver, server: Server
    ) -> None:
        server.pause = 0.05
        together = threading.Barrier(20)

        def ask(_: int) -> str:
            together.wait()
            return driver.run(maskinporten.token(SEND)).value

        with ThreadPoolExecutor(20) as pool:
            assert set(pool.map(ask, range(20))) == {"t1"}
        assert len(server.forms) == 1

    def test_a_token_is_never_shown(self, maskinporten: Maskinporten, driver: Driver) -> None:
        assert "t1" not in repr(driver.run(maskinporten.token(SEND)))


class TestRenewal:
    def exchange(self, refused: set[str]) -> Callable[[Token], Flow[str]]:
        def make(token: Token) -> Flow[str]:
            if token.value in refused:
                raise UnauthorizedError("The token is not accepted.")
            return token.value
            yield HttpRequest("GET", ISSUER, {}, BytesBody(b""))

        return make

    def test_a_token_that_is_not_accepted_is_renewed_once(
        self, maskinporten: Maskinporten, driver: Driver, server: Server
    ) -> None:
        driver.run(maskinporten.token(SEND))
        assert driver.run(maskinporten.authorized(SEND, self.exchange({"t1"}))) == "t2"
        assert driver.run(maskinporten.token(SEND)).value == "t2"
        assert len(server.forms) == 2

    def test_a_second_refusal_is_the_callers(
        self, maskinporten: Maskinporten, driver: Driver, server: Server
    ) -> None:
        with pytest.raises(UnauthorizedError):
            driver.run(maskinporten.authorized(SEND, self.exchange({"t1", "t2"})))
        assert len(server.forms) == 2


class TestRefusals:
    @pytest.mark.parametrize(
        ("code", "description", "remedy"),
        [
            ("invalid_client", "Unknown client", "client_id"),
            ("invalid_scope", "Scope not granted", "owner of the scope"),
            ("invalid_grant", "consumer_org has not delegated", "Altinn"),
            ("invalid_grant", "iat is too far from now", "clock"),
            ("invalid_grant", "Invalid assertion. The jti has been used", "only once"),
            ("invalid_grant", "Invalid assertion. Wrong audience (aud)", "maskinporten_url"),
            ("invalid_grant", "Client authentication failed", "client_id"),
            ("invalid_target", "Unknown resource", "maskinporten.resource"),
            ("unauthorized_client", "", "grant type"),
            ("invalid_request", "", "defect"),
        ],
    )
    def test_each_says_what_to_do(
        self,
        code: str,
        description: str,
        remedy: str,
        maskinporten: Maskinporten,
        driver: Driver,
        server: Server,
    ) -> None:
        body = {"error": code, "error_description": description}
        server.answer = lambda: httpx.Response(400, json=body)
        with pytest.raises(TokenError) as refusal:
            driver.run(maskinporten.token(SEND))
        assert refusal.value.code == code
        assert remedy in refusal.value.remedy
        assert (refusal.value.fault, refusal.value.retry) == (Fault.CLIENT, Retry.NEVER)

    @pytest.mark.parametrize(
        ("status", "code"), [(500, "server_error"), (400, "temporarily_unavailable"), (429, "x")]
    )
    def test_what_will_pass_is_the_servers_fault(
        self, status: int, code: str, maskinporten: Maskinporten, driver: Driver, server: Server
    ) -> None:
        server.answer = lambda: httpx.Response(status, json={"error": code})
        with pytest.raises(TokenError) as refusal:
            driver.run(maskinporten.token(SEND))
        assert (refusal.value.fault, refusal.value.retry) == (Fault.SERVER, Retry.LATER)

    @pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'{"error": 1}'])
    def test_a_status_without_a_reason(
        self, content: bytes, maskinporten: Maskinporten, driver: Driver, server: Server
    ) -> None:
        server.answer = lambda: httpx.Response(503, content=content)
        with pytest.raises(TokenError, match="HTTP status 503") as refusal:
            driver.run(maskinporten.token(SEND))
        assert (refusal.value.fault, refusal.value.retry) == (Fault.SERVER, Retry.LATER)

    @pytest.mark.parametrize(
        "body",
        [
            [],
            {},
            {"access_token": ""},
            {"access_token": "a\nb", "token_type": "Bearer", "expires_in": 1},
            {"access_token": "a", "token_type": "mac", "expires_in": 1},
            {"access_token": "a", "token_type": "Bearer"},
            {"access_token": "a", "token_type": "Bearer", "expires_in": "120"},
            {"access_token": "a", "token_type": "Bearer", "expires_in": True},
            {"access_token": "a", "token_type": "Bearer", "expires_in": 0},
            {"access_token": "a", "token_type": "Bearer", "expires_in": 10**15},
        ],
    )
    def test_an_answer_without_a_usable_token(
        self, body: object, maskinporten: Maskinporten, driver: Driver, server: Server
    ) -> None:
        server.answer = lambda: httpx.Response(200, json=body)
        with pytest.raises(UnreadableAnswerError):
            driver.run(maskinporten.token(SEND))

    @pytest.mark.parametrize(
        "metadata",
        [
            {"issuer": "https://fremmed.example/", "token_endpoint": f"{ISSUER}token"},
            {"issuer": ISSUER},
            {"issuer": ISSUER, "token_endpoint": "http://maskinporten.example/token"},
        ],
    )
    def test_metadata_of_somebody_else_or_without_tls(
        self,
        metadata: dict[str, Any],
        maskinporten: Maskinporten,
        driver: Driver,
        server: Server,
    ) -> None:
        server.metadata = metadata
        with pytest.raises(UnreadableAnswerError):
            driver.run(maskinporten.token(SEND))
        assert server.forms == []

    def test_no_answer_is_safe_to_repeat(
        self, maskinporten: Maskinporten, driver: Driver, server: Server
    ) -> None:
        def gone() -> httpx.Response:
            raise httpx.ReadTimeout("nothing came")

        server.answer = gone
        with pytest.raises(WireError) as failure:
            driver.run(maskinporten.token(SEND))
        assert failure.value.retry is Retry.LATER
        server.answer = server.token
        assert driver.run(maskinporten.token(SEND)).value == "t5"

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_busy_maskinporten_is_asked_again_when_it_says_with_a_new_grant(
        self,
        status: int,
        maskinporten: Maskinporten,
        driver: Driver,
        server: Server,
        waits: list[float],
    ) -> None:
        answers = iter([httpx.Response(status, headers={"Retry-After": "5"})])
        server.answer = lambda: next(answers, None) or server.token()

        assert driver.run(maskinporten.token(SEND)).value == "t2"
        assert waits == [5.0]
        first, second = (form["assertion"] for form in server.forms)
        assert first != second

    def test_a_maskinporten_that_is_busy_for_long_says_until_when(
        self, maskinporten: Maskinporten, driver: Driver, server: Server, waits: list[float]
    ) -> None:
        server.answer = lambda: httpx.Response(503, headers={"Retry-After": "900"})

        with pytest.raises(TokenError) as refusal:
            driver.run(maskinporten.token(SEND))
        assert refusal.value.retry_after == 900.0
        assert waits == []

    def test_an_issuer_without_its_slash_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="slash"):
            MaskinportenSettings("https://maskinporten.no", "klient")
