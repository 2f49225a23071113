"""The transport tells what certainly did not go out from what may have, and bounds every answer."""

from __future__ import annotations

import gzip
import logging
import os
import ssl
import traceback
from pathlib import Path
from typing import Any

import httpcore
import pytest

from sdp.errors import ConfigurationError, NotSentError
from sdp.transport.effects import Flow
from sdp.transport.http import HttpTransport
from sdp.transport.request import BytesBody, ConnectionLostError, HttpRequest, HttpResponse
from sdp.transport.settings import HttpHooks, HttpSettings, check_https, check_proxy
from tests.driver import over
from tests.unit.transport.peer import Peer, head, http_to

URL = "https://broker.example.no/brev"
FNR = "01815800083"


def post(**options: Any) -> HttpRequest:
    headers = {"Content-Type": "text/plain", "Authorization": "Bearer hemmelig"}
    return HttpRequest("POST", URL, headers, BytesBody(b"hei"), **options)


def get(url: str = URL, **options: Any) -> HttpRequest:
    return HttpRequest("GET", url, {"Authorization": "Bearer hemmelig"}, **options)


class TestTheOutcome:
    @pytest.mark.parametrize(
        "error",
        [
            httpcore.ConnectError("refused"),
            httpcore.ConnectTimeout("slow"),
            httpcore.ProxyError("407 Hvem er du"),
            OSError(24, "Too many open files"),
            RuntimeError("can't start new thread"),
        ],
        ids=lambda error: type(error).__name__,
    )
    def test_what_fails_before_the_body_was_not_sent(self, error: Exception) -> None:
        with http_to(Peer(refuses=error)) as http, pytest.raises(NotSentError) as caught:
            http.send(post())
        assert caught.value.retry == "later"
        assert caught.value.remedy

    @pytest.mark.parametrize("url", ["ftp://broker.example.no/", "https://", "http://[", "brev"])
    def test_what_is_no_address_of_http_was_not_sent(self, url: str) -> None:
        with http_to(Peer()) as http, pytest.raises(NotSentError, match="address") as caught:
            http.send(get(url))
        assert caught.value.retry == "never"

    def test_nor_what_no_resolver_can_look_up(self) -> None:
        unwritable = Peer(refuses=UnicodeError("label too long"))
        with http_to(unwritable) as http, pytest.raises(NotSentError, match="address") as caught:
            http.send(get())
        assert caught.value.retry == "never"

    @pytest.mark.parametrize(
        ("error", "is_cut"),
        [
            (httpcore.ReadTimeout("slow"), False),
            (httpcore.ReadError("reset"), True),
            (httpcore.RemoteProtocolError("gone"), True),
            (ZeroDivisionError(), False),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_what_fails_once_the_body_is_on_its_way_may_have_been_sent(
        self, error: Exception, is_cut: bool
    ) -> None:
        with http_to(Peer([error])) as http, pytest.raises(ConnectionLostError) as caught:
            http.send(post())
        assert caught.value.is_cut is is_cut

    def test_a_connection_that_ends_without_an_answer_is_cut(self) -> None:
        with http_to(Peer()) as http, pytest.raises(ConnectionLostError) as caught:
            http.send(post())
        assert caught.value.is_cut

    def test_every_failure_names_the_service_and_its_address(self) -> None:
        refusing = Peer(refuses=httpcore.ConnectError("[Errno 111] Connection refused"))
        with http_to(refusing) as http, pytest.raises(NotSentError) as caught:
            http.send(post(service="the access point"))
        assert caught.value.message == (
            "The access point (https://broker.example.no) could not be reached: [Errno 111] "
            "Connection refused."
        )
        with http_to(Peer()) as http, pytest.raises(ConnectionLostError, match=r"https://broker"):
            http.send(post())

    def test_the_proxy_is_named_too_without_its_password(self) -> None:
        refusing = Peer(refuses=httpcore.ConnectError("refused"))
        proxy = "http://kari:hemmelig@proxy.example.no:3128"
        with http_to(refusing, proxy=proxy) as http, pytest.raises(NotSentError) as caught:
            http.send(post(service="Maskinporten"))
        assert "through the proxy http://proxy.example.no:3128)" in caught.value.message
        assert "hemmelig" not in str(caught.value)

    def test_a_flow_that_takes_a_failure_may_go_on(self) -> None:
        def persistent() -> Flow[int]:
            response: HttpResponse
            try:
                response = yield post()
            except ConnectionLostError:
                response = yield post()
            return response.status

        class Mended(Peer):
            def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
                self.pieces = [head()] if self.addresses else [httpcore.ReadError("reset")]
                return super().connect_tcp(*args, **kwargs)

        with http_to(Mended()) as http:
            assert over(http, persistent()) == 200


class TestTheRequest:
    def test_the_length_is_told_beforehand_and_no_encoding_is_asked_for(self) -> None:
        peer = Peer([head()])
        with http_to(peer) as http:
            http.send(post())
        lines = bytes(peer.heard[0]).decode().split("\r\n")
        assert lines[0] == "POST /brev HTTP/1.1"
        assert {"Host: broker.example.no", "Content-Length: 3", "Accept-Encoding: identity"} < {
            *lines
        }
        assert not any(line.startswith("Transfer-Encoding") for line in lines)
        assert lines[-1] == "hei"

    def test_hooks_are_told_of_requests_and_answers(self) -> None:
        seen: list[object] = []
        with http_to(Peer([head()]), HttpHooks(request=seen.append, response=seen.append)) as http:
            http.send(post())
        assert [type(item) for item in seen] == [HttpRequest, HttpResponse]
        assert "hei" not in repr(seen)

    def test_what_an_answer_wants_to_be_remembered_is_not(self) -> None:
        peer = Peer([head("200 OK", "Set-Cookie: spor=1; Path=/", "Connection: close")])
        with http_to(peer) as http:
            http.send(get())
            http.send(get())
        assert len(peer.heard) == 2
        assert b"Cookie" not in peer.heard[1]

    def test_a_forked_process_opens_connections_of_its_own(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        peer = Peer([head(), head()])
        with http_to(peer) as http:
            http.send(get())
            http.send(get())
            assert len(peer.addresses) == 1
            monkeypatch.setattr(os, "getpid", lambda: -1)
            http.send(get())
        assert len(peer.addresses) == 2


class TestTheBounds:
    def test_an_answer_that_never_ends_is_cut_off(self) -> None:
        endless = [head(length=10**12), *[bytes(1 << 16)] * 1000]
        with http_to(Peer(endless)) as http, pytest.raises(ConnectionLostError, match="larger"):
            http.send(post())

    def test_a_request_may_allow_less(self) -> None:
        peer = Peer([head("200 OK", length=11), b"hei til deg"])
        with http_to(peer) as http:
            assert len(http.send(get(max_bytes=11)).content) == 11
        with http_to(peer) as http, pytest.raises(ConnectionLostError, match="larger than 10"):
            http.send(get(max_bytes=10))

    @pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip", "identity, br", "deflate", "x"])
    def test_an_encoding_that_nobody_asked_for_is_not_decoded(self, encoding: str) -> None:
        bomb = gzip.compress(bytes(1 << 20))
        peer = Peer([head("200 OK", f"Content-Encoding: {encoding}", length=len(bomb)), bomb])
        with http_to(peer) as http, pytest.raises(ConnectionLostError, match="Content-Encoding"):
            http.send(post())

    def test_the_status_of_a_refusal_counts_however_it_is_encoded(self) -> None:
        peer = Peer([head("503 Nei", "Content-Encoding: gzip", length=5), b"\x1f\x8babc"])
        with http_to(peer) as http:
            answer = http.send(post())
        assert (answer.status, answer.content) == (503, b"")

    @pytest.mark.parametrize("encoding", ["identity", "", "Identity"])
    def test_what_is_not_encoded_may_say_so(self, encoding: str) -> None:
        peer = Peer([head("200 OK", f"Content-Encoding: {encoding}", length=3), b"hei"])
        with http_to(peer) as http:
            assert http.send(post()).content == b"hei"

    def test_an_answer_that_trickles_is_given_up(self) -> None:
        trickle = [head(length=1000), *[piece for _ in range(500) for piece in (0.02, b"x")]]
        with (
            http_to(Peer(trickle), read_timeout=0.03) as http,
            pytest.raises(ConnectionLostError, match="no answer within"),
        ):
            http.send(post())

    def test_a_head_that_trickles_is_given_up(self) -> None:
        slowly = [piece for byte in head() * 100 for piece in (0.02, bytes([byte]))]
        with (
            http_to(Peer(slowly[:1000]), read_timeout=0.03) as http,
            pytest.raises(ConnectionLostError, match="no answer within"),
        ):
            http.send(post())

    def test_a_request_may_say_how_long_the_whole_of_it_may_take(self) -> None:
        trickle = [head(length=1000), *[piece for _ in range(500) for piece in (0.02, b"x")]]
        with (
            http_to(Peer(trickle)) as http,
            pytest.raises(ConnectionLostError, match="no answer within"),
        ):
            http.send(get(timeout=0.1))

    @pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "[::1]"])
    def test_an_address_that_others_chose_must_be_public(self, host: str) -> None:
        peer = Peer([head()])
        with http_to(peer) as http, pytest.raises(NotSentError, match="its own network"):
            http.send(get(f"http://{host}/ca.crl", public_only=True))
        assert peer.addresses == []

    def test_behind_a_proxy_it_is_the_proxy_that_decides(self) -> None:
        peer = Peer([head()])
        with http_to(peer, proxy="http://127.0.0.1:3128") as http:
            assert http.send(get("http://pki.indre/ca.crl", public_only=True)).status == 200


class TestRedirects:
    def follow(self, request: HttpRequest, *targets: str) -> tuple[int, list[bytearray]]:
        answers = [head("302 Found", f"Location: {to}", "Connection: close") for to in targets]

        class Each(Peer):
            def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
                self.pieces = [answers.pop(0)] if answers else [head()]
                return super().connect_tcp(*args, **kwargs)

        peer = Each()
        with http_to(peer) as http:
            return http.send(request).status, peer.heard

    def test_none_is_followed_unless_asked_for(self) -> None:
        assert self.follow(get(), "https://elsewhere.example.no/")[0] == 302

    def test_as_many_are_followed_as_are_asked_for_and_without_credentials(self) -> None:
        status, heard = self.follow(
            get("http://pki.example.no/ca.crl", redirects=2),
            "/ny.crl",
            "https://elsewhere.example.no/",
        )
        assert status == 200
        assert [b"hemmelig" in each for each in heard] == [True, False, False]
        assert self.follow(get(redirects=1), "/a", "/b")[0] == 302

    @pytest.mark.parametrize(
        "target", ["http://broker.example.no/", "ftp://a/", "file:///etc/passwd", "http://["]
    )
    def test_https_is_not_given_up(self, target: str) -> None:
        assert self.follow(get(redirects=3), target)[0] == 302

    def test_a_post_is_not_followed(self) -> None:
        assert self.follow(post(redirects=3), "https://elsewhere.example.no/")[0] == 302


PRIVATE_ANSWERS = {
    "reason": [head(f"404 Ukjent {FNR}", f"X-Reason: {FNR}", length=0)],
    "not HTTP": [f"Ukjent person {FNR}\r\n\r\n".encode()],
    "odd header": [f"HTTP/1.1 200 OK\r\n{FNR}\r\n\r\n".encode()],
    "odd length": [f"HTTP/1.1 200 OK\r\nContent-Length: {FNR}x\r\n\r\n".encode()],
}


class TestTheirWords:
    """Reason phrases, headers and what is no HTTP at all stay out of errors and logs."""

    @pytest.mark.parametrize("said", PRIVATE_ANSWERS)
    def test_nothing_of_it_reaches_a_log_or_a_traceback(
        self, said: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        with http_to(Peer(PRIVATE_ANSWERS[said])) as http:
            try:
                shown = repr(http.send(post()))
            except ConnectionLostError as error:
                shown = "".join(traceback.format_exception(error))
        assert FNR not in shown
        assert FNR not in caplog.text
        assert "hemmelig" not in caplog.text
        assert "sdp.transport" in {record.name for record in caplog.records}

    def test_a_proxys_reason_is_its_status_alone(self) -> None:
        peer = Peer([head(f"407 {FNR}", length=0)])
        with (
            http_to(peer, proxy="http://proxy.example.no:3128") as http,
            pytest.raises(NotSentError, match="the proxy answers 407") as caught,
        ):
            http.send(post())
        assert "percent-encoded" in caught.value.remedy
        assert FNR not in "".join(traceback.format_exception(caught.value))


class TestTheSettings:
    def test_a_private_ca_that_is_none_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "ca.pem"
        path.write_text("tull")
        with pytest.raises(ConfigurationError, match=r"ca\.pem.*environment\.tls_ca"):
            HttpTransport(HttpSettings(tls_ca=path))
        with pytest.raises(ConfigurationError, match=r"borte\.pem"):
            HttpTransport(HttpSettings(tls_ca=tmp_path / "borte.pem"))

    def test_old_tls_is_not_spoken(self) -> None:
        context = HttpSettings().tls_context()
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname

    @pytest.mark.parametrize("is_strict", [True, False])
    def test_only_a_private_ca_may_leave_out_what_the_standard_demands(
        self, is_strict: bool, tmp_path: Path, ca_pem: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def as_since_python_3_13() -> ssl.SSLContext:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.verify_flags |= ssl.VERIFY_X509_STRICT
            return context

        monkeypatch.setattr(ssl, "create_default_context", as_since_python_3_13)
        private = tmp_path / "ca.pem"
        private.write_bytes(ca_pem)
        context = HttpSettings(tls_ca=None if is_strict else private).tls_context()
        assert bool(context.verify_flags & ssl.VERIFY_X509_STRICT) is is_strict

    @pytest.mark.parametrize(
        "proxy",
        [
            "http://kari:p@ss@proxy.example.no:3128",
            "http://kari:p/ss@proxy.example.no:3128",
            "http://kari:p#ss@proxy.example.no:3128",
            "http://kari:p?ss@proxy.example.no:3128",
            "http://kari:100%@proxy.example.no:3128",
            "http://kari:pass ord@proxy.example.no:3128",
        ],
    )
    def test_a_password_that_needs_percent_encoding_is_told_so(self, proxy: str) -> None:
        with pytest.raises(ValueError, match="percent-encoded") as caught:
            check_proxy(proxy)
        assert "kari" not in str(caught.value)

    def test_a_password_that_is_encoded_reaches_the_proxy_as_it_is(self) -> None:
        peer = Peer([head()])
        proxy = check_proxy("http://kari:p%40s%2Fs@proxy.example.no:3128")
        with http_to(peer, proxy=proxy) as http:
            http.send(get("http://pki.example.no/ca.crl"))
        assert peer.addresses == [("proxy.example.no", 3128)]
        assert b"Proxy-Authorization: Basic a2FyaTpwQHMvcw==" in peer.heard[0]  # kari:p@s/s

    @pytest.mark.parametrize(
        "host",
        [
            *("", "\x00.no", "exa mple.no", " a.no", "a.no ", "-.no", ".no", "a..no", "xn--"),
            *("xn--a-.no", "\ud800.no", "\u200b", "[::1", "[zz]", "a.no:99999", "a.no:0"),
            *("a.no:-1", "a.no:abc", "a.no\\b", "a.no/\x00", "a.no/\ud800", "a.no\r\nX: y"),
            *("a.no?x=1", "a.no#x", "a" * 64 + ".no", ".".join(["a" * 60] * 6)),
        ],
        ids=ascii,
    )
    def test_a_host_that_none_can_look_up_is_refused_in_our_words(self, host: str) -> None:
        for check, scheme in ((check_https, "https"), (check_proxy, "http")):
            with pytest.raises(ValueError, match=r"must (be an address|have @)") as caught:
                check(f"{scheme}://{host}")
            assert caught.value.__cause__ is None

    @pytest.mark.parametrize(
        "host",
        ["å.no", "a_b.no", "a.no.", "a.no:8443", "127.0.0.1", "[::1]:8443", "[fe80::1%eth0]"],
    )
    def test_a_host_that_can_be_looked_up_is_taken(self, host: str) -> None:
        assert check_https(f"https://{host}/rot") == f"https://{host}/rot"
