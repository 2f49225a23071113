"""Grants are signed with a key registered on the client, apart from the virksomhetssertifikat."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from sdp.config import ClientConfig, MaskinportenConfig
from sdp.config.maskinporten import RegisteredKeyConfig, client_for, load_key
from sdp.errors import ConfigurationError, MissingKeyError, TokenError, UnsupportedKeyError
from sdp.maskinporten import Maskinporten, MaskinportenSettings
from sdp.pki import Identity
from sdp.pki.keys.registered import RegisteredKey
from sdp.testmiljo.ca import Issued, TestCA
from sdp.transport.http import HttpTransport
from sdp.transport.settings import HttpSettings
from sdp.transport.sync import Driver
from tests.answering import Answering
from tests.unit.maskinporten.test_maskinporten import ISSUER, SEND, Clock, Server
from tests.unit.pki.test_pkcs11_token import LABEL, PIN, TOKEN, SoftHsm


@cache
def _own() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def _next() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: bytes = b"") -> bytes:
    hidden = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden)


def holds(server: Server, key: rsa.RSAPublicKey) -> bool:
    """Whether the last grant was signed with this key."""

    signed, _, signature = server.forms[-1]["assertion"][0].rpartition(".")
    key.verify(urlsafe_b64decode(signature + "=="), signed.encode(), PKCS1v15(), hashes.SHA256())
    return True


class Choosy(Server):
    """Takes grants by some keys alone."""

    def __init__(self, *taken: str) -> None:
        super().__init__()
        self.taken = set(taken)
        self.answer = self._by_the_key

    @property
    def tried(self) -> list[str]:
        return [self._header(number)["kid"] for number in range(len(self.forms))]

    def _header(self, number: int) -> dict[str, str]:
        form = self.forms[number]
        return Server.grant(_Only(form))[0]

    def _by_the_key(self) -> httpx.Response:
        if self._header(-1)["kid"] in self.taken:
            return self.token()
        refusal = {"error": "invalid_grant", "error_description": "MP-124: Invalid JWT signature"}
        return httpx.Response(400, json=refusal)


class _Only(Server):
    def __init__(self, form: dict[str, list[str]]) -> None:
        super().__init__()
        self.forms = [form]


@pytest.fixture
def clock(moment: datetime) -> Clock:
    return Clock(moment)


@pytest.fixture
def server() -> Choosy:
    return Choosy("gammel", "ny")


@pytest.fixture
def driver(server: Choosy) -> Iterator[Driver]:
    with HttpTransport(HttpSettings(), transport=Answering(server)) as http:
        yield Driver(http, lambda _: None)


@pytest.fixture
def two_keys(clock: Clock) -> Maskinporten:
    return Maskinporten(
        MaskinportenSettings(ISSUER, "klient-1"),
        signer=RegisteredKey.from_pem("ny", pem(_next())),
        older=[RegisteredKey.from_pem("gammel", pem(_own()))],
        clock=clock,
    )


class TestTheGrant:
    def test_it_names_the_key_and_is_signed_with_it(
        self, two_keys: Maskinporten, driver: Driver, server: Choosy
    ) -> None:
        driver.run(two_keys.token(SEND))

        header, _ = server.grant()
        assert header == {"typ": "JWT", "alg": "RS256", "kid": "ny"}
        assert holds(server, _next().public_key())

    def test_an_older_key_is_used_while_the_newest_is_not_registered(
        self, two_keys: Maskinporten, driver: Driver, server: Choosy
    ) -> None:
        server.taken = {"gammel"}

        driver.run(two_keys.token(SEND))

        assert server.tried == ["ny", "gammel"]
        assert holds(server, _own().public_key())

    def test_the_newest_is_tried_again_after_an_hour_and_not_for_each_token(
        self, two_keys: Maskinporten, driver: Driver, server: Choosy, clock: Clock
    ) -> None:
        server.taken = {"gammel"}
        driver.run(two_keys.token(SEND))
        server.taken = {"gammel", "ny"}
        clock.forward(600)
        driver.run(two_keys.token(SEND))
        clock.forward(3600)
        driver.run(two_keys.token(SEND))

        assert server.tried == ["ny", "gammel", "gammel", "ny"]

    def test_where_none_is_taken_the_refusal_of_the_newest_is_told(
        self, two_keys: Maskinporten, driver: Driver, server: Choosy
    ) -> None:
        server.taken = set()

        with pytest.raises(TokenError, match="invalid_grant"):
            driver.run(two_keys.token(SEND))

        assert server.tried == ["ny", "gammel"]

    def test_a_refusal_of_something_else_is_not_put_down_to_the_key(
        self, two_keys: Maskinporten, driver: Driver, server: Choosy
    ) -> None:
        server.answer = lambda: httpx.Response(400, json={"error": "invalid_scope"})

        with pytest.raises(TokenError, match="invalid_scope"):
            driver.run(two_keys.token(SEND))

        assert server.tried == ["ny"]


class TestTheKey:
    def test_it_is_read_from_an_encrypted_pem_file(self, tmp_path: Path, moment: datetime) -> None:
        (tmp_path / "own.pem").write_bytes(pem(_own(), b"hemmelig"))
        (tmp_path / "own.password").write_text("hemmelig\n")
        config = RegisteredKeyConfig(
            key_id="k", key=tmp_path / "own.pem", password_file=tmp_path / "own.password"
        )

        key = load_key(config, moment, _no_signer)

        assert key.public_key == _own().public_key()
        assert "hemmelig" not in repr(config)

    def test_it_is_read_from_pkcs12(
        self,
        tmp_path: Path,
        moment: datetime,
        avsender_issued: Issued,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        (tmp_path / "own.p12").write_bytes(avsender_issued.pkcs12("hemmelig"))
        monkeypatch.setenv("EGEN", "hemmelig")
        config = RegisteredKeyConfig(key_id="k", pkcs12=tmp_path / "own.p12", password_env="EGEN")

        key = load_key(config, moment, _no_signer)

        assert key.public_key == avsender_issued.certificate.public_key()

    def test_it_stays_on_its_token(
        self,
        server: Choosy,
        driver: Driver,
        clock: Clock,
        ca: TestCA,
        moment: datetime,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        hsm = SoftHsm.once(ca, moment)
        monkeypatch.setenv("EGEN_PIN", PIN)
        config = RegisteredKeyConfig(
            key_id="ny",
            pkcs11_module=Path(hsm.module),
            pkcs11_token=TOKEN,
            pkcs11_key=LABEL,
            password_env="EGEN_PIN",
        )
        with load_key(config, moment, _no_signer) as key:
            settings = MaskinportenSettings(ISSUER, "klient-1")
            driver.run(Maskinporten(settings, signer=key, clock=clock).token(SEND))
            public_key = key.public_key

        assert public_key == hsm.issued.certificate.public_key()
        assert holds(server, public_key)

    def test_an_id_alone_names_the_key_of_the_virksomhetssertifikat(
        self, avsender_identity: Identity, moment: datetime
    ) -> None:
        key = load_key(RegisteredKeyConfig(key_id="k"), moment, lambda: avsender_identity)

        assert key.public_key == avsender_identity.certificate.public_key()

    @pytest.mark.parametrize(
        "make",
        [
            lambda: rsa.generate_private_key(65537, 1024),
            lambda: ec.generate_private_key(ec.SECP256R1()),
        ],
        ids=["RSA of 1024 bits", "elliptic curve"],
    )
    def test_another_kind_of_key_is_refused(
        self, make: Callable[[], rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey]
    ) -> None:
        key = make()
        with pytest.raises(UnsupportedKeyError, match="RSA"):
            RegisteredKey.from_pem("k", pem(key))

    def test_a_file_that_is_not_there_is_named(self, moment: datetime) -> None:
        config = RegisteredKeyConfig(key_id="k", key=Path("/nowhere/own.pem"))

        with pytest.raises(MissingKeyError, match=r"own\.pem"):
            load_key(config, moment, _no_signer)


WHOLE = """
environment = "test"

[maskinporten]
client_id = "felles"
key_id = "2026"
key_registered = 2026-02-01
key = "own.pem"

[maskinporten.next_key]
key_id = "2027"
key_registered = 2027-01-10
pkcs12 = "next.p12"
password_file = "next.password"

[maskinporten.krr]
client_id = "registeret"

[maskinporten.dpi]
key_id = "dpi"
key = "dpi.pem"
"""


class TestTheSettings:
    @pytest.fixture
    def config(self, tmp_path: Path) -> ClientConfig:
        (tmp_path / "agency.toml").write_text(WHOLE)
        return ClientConfig.from_toml(tmp_path / "agency.toml", environ={})

    def test_an_api_overrides_what_it_names_and_takes_the_rest(
        self, config: ClientConfig, tmp_path: Path
    ) -> None:
        assert config.maskinporten is not None
        krr, dpi = client_for("krr", config.maskinporten), client_for("dpi", config.maskinporten)

        assert (krr.client_id, [key.key_id for key in krr.keys]) == ("registeret", ["2027", "2026"])
        assert (dpi.client_id, [key.key_id for key in dpi.keys]) == ("felles", ["dpi"])
        assert [key.key or key.pkcs12 for key in (*krr.keys, *dpi.keys)] == [
            *(tmp_path / name for name in ("next.p12", "own.pem", "dpi.pem"))
        ]
        assert krr.keys[0].password_file == tmp_path / "next.password"

    def test_they_are_read_back_as_they_were_written(
        self, config: ClientConfig, tmp_path: Path
    ) -> None:
        (tmp_path / "again.toml").write_text(config.to_toml())

        assert ClientConfig.from_toml(tmp_path / "again.toml", environ={}) == config

    def test_a_variable_overrides_a_key(self, tmp_path: Path) -> None:
        (tmp_path / "agency.toml").write_text(WHOLE)
        environ = {"SDP_MASKINPORTEN__DPI__KEY_REGISTERED": "2026-05-01"}
        config = ClientConfig.from_toml(tmp_path / "agency.toml", environ=environ)

        assert config.maskinporten is not None
        (key,) = client_for("dpi", config.maskinporten).keys
        assert key.key_registered == date(2026, 5, 1)

    def test_without_a_key_the_virksomhetssertifikat_signs(self) -> None:
        assert client_for("dpi", MaskinportenConfig(client_id="k")).keys == ()

    @pytest.mark.parametrize(
        ("settings", "rule"),
        [
            ({"key": "own.pem"}, "must name key_id"),
            ({"key_registered": "2026-02-01"}, "must name key_id"),
            ({"key_id": "k", "key": "a.pem", "pkcs12": "a.p12"}, "at most one of key"),
            ({"key_id": "k", "pkcs11_module": "libhsm.so"}, "pkcs11_token together"),
            ({"key_id": "k", "next_key": {"key_id": "n"}}, "a key of its own"),
            ({"next_key": {"key_id": "n", "key": "n.pem"}}, "must name key_id"),
        ],
    )
    def test_what_does_not_go_together_is_refused(
        self, settings: dict[str, object], rule: str
    ) -> None:
        with pytest.raises(ConfigurationError, match=rule):
            MaskinportenConfig(client_id="k", **settings)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("registered", "expires"),
        [(date(2026, 2, 1), date(2027, 2, 1)), (date(2028, 2, 29), date(2029, 2, 28))],
    )
    def test_a_key_is_good_for_a_year(self, registered: date, expires: date) -> None:
        assert RegisteredKeyConfig(key_id="k", key_registered=registered).expires == expires


def _no_signer() -> Identity:
    raise AssertionError("the virksomhetssertifikat is not needed")
