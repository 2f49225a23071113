"""A private CA that leaves out what RFC 5280 demands: accepted by name, or told with what it lacks.

Since Python 3.13 a TLS context verifies strictly unless somebody says otherwise. The same is asked
of OpenSSL here, whatever Python runs the test.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from sdp.errors import NotSentError
from sdp.transport.http import HttpTransport
from sdp.transport.request import HttpRequest
from sdp.transport.settings import HttpSettings
from tests.http_server import QuietHandler

_NOW = datetime.now(UTC)
_FLAWS = {
    "nothing": "",
    "critical basic constraints": "Basic Constraints of CA cert not marked critical",
    "key usage": "CA cert does not include key usage extension",
    "subject key identifier": "Missing Subject Key Identifier",
    "authority key identifier": "Missing Authority Key Identifier",
}


@cache
def key(_name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def certificate(name: str, issuer: str, *extensions: tuple[x509.ExtensionType, bool]) -> bytes:
    """A certificate for a name, signed by the key of its issuer."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key(name).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_NOW - timedelta(days=1))
        .not_valid_after(_NOW + timedelta(days=30))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(key(issuer), SHA256()).public_bytes(Encoding.PEM)


def private_ca(lacks: str) -> bytes:
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    extensions: dict[str, tuple[x509.ExtensionType, bool]] = {
        "constraints": (
            x509.BasicConstraints(ca=True, path_length=None),
            lacks != "critical basic constraints",
        ),
        "key usage": (usage, True),
        "subject key identifier": (
            x509.SubjectKeyIdentifier.from_public_key(key("CA").public_key()),
            False,
        ),
    }
    extensions.pop(lacks, None)
    return certificate("CA", "CA", *extensions.values())


@contextmanager
def served(folder: Path, lacks: str) -> Iterator[str]:
    """Serve HTTPS with a certificate of the private CA."""

    class Server(QuietHandler, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
    ]
    if lacks != "authority key identifier":
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(key("CA").public_key())
        extensions.append((identifier, False))
    chain = folder / "server.pem"
    private = key("localhost").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain.write_bytes(private + certificate("localhost", "CA", *extensions))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    server = ThreadingHTTPServer(("localhost", 0), Server)
    server.daemon_threads = True
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def as_in_python_3_13(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Verify as Python 3.13 does, with a CA among those that the machine trusts."""

    def strict(trusted: bytes) -> None:
        def create() -> ssl.SSLContext:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
            if trusted:
                context.load_verify_locations(cadata=trusted.decode())
            return context

        monkeypatch.setattr(ssl, "create_default_context", create)

    return strict


def ask(url: str, settings: HttpSettings) -> int:
    with HttpTransport(settings) as http:
        return http.send(HttpRequest("GET", url)).status


@pytest.mark.parametrize("lacks", _FLAWS)
def test_a_private_ca_that_is_named_is_accepted_with_what_it_lacks(
    lacks: str, tmp_path: Path, as_in_python_3_13: Callable[[bytes], None]
) -> None:
    as_in_python_3_13(b"")
    (tmp_path / "ca.pem").write_bytes(private_ca(lacks))
    with served(tmp_path, lacks) as url:
        assert ask(url, HttpSettings(tls_ca=tmp_path / "ca.pem")) == 204


@pytest.mark.parametrize("lacks", _FLAWS)
def test_one_that_the_machine_trusts_is_told_with_what_it_lacks_and_what_to_do(
    lacks: str, tmp_path: Path, as_in_python_3_13: Callable[[bytes], None]
) -> None:
    as_in_python_3_13(private_ca(lacks))
    with served(tmp_path, lacks) as url:
        if lacks == "nothing":
            assert ask(url, HttpSettings()) == 204
            return
        with pytest.raises(NotSentError) as told:
            ask(url, HttpSettings())

    assert _FLAWS[lacks] in told.value.message
    assert "RFC 5280" in told.value.remedy
    assert "environment.tls_ca" in told.value.remedy


def test_a_private_ca_may_be_in_der_as_windows_exports_it(
    tmp_path: Path, as_in_python_3_13: Callable[[bytes], None]
) -> None:
    as_in_python_3_13(b"")
    der = ssl.PEM_cert_to_DER_cert(private_ca("nothing").decode())
    (tmp_path / "ca.cer").write_bytes(der)
    with served(tmp_path, "nothing") as url:
        assert ask(url, HttpSettings(tls_ca=tmp_path / "ca.cer")) == 204


def test_a_ca_that_is_another_is_not_accepted(
    tmp_path: Path, as_in_python_3_13: Callable[[bytes], None]
) -> None:
    as_in_python_3_13(b"")
    constraints = (x509.BasicConstraints(ca=True, path_length=None), True)
    (tmp_path / "ca.pem").write_bytes(certificate("another", "another", constraints))
    with served(tmp_path, "nothing") as url, pytest.raises(NotSentError) as told:
        ask(url, HttpSettings(tls_ca=tmp_path / "ca.pem"))
    assert "is not trusted" in told.value.remedy
