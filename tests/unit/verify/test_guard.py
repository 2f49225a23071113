"""What counts as production."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from sdp.config import ClientConfig, Environment, IdentityConfig
from sdp.errors import ConfigurationError
from sdp.verify import Context
from sdp.verify.preflight import ADDRESSES, guard_production
from tests.conftest import AVSENDER
from tests.reference import reference

_ELSEWHERE = "https://local.example/"
_REAL = {
    "broker_url": "https://meldingsformidler.digipost.no/api/",
    "access_point_url": "https://edi.edigard.com/api/v2/dpi",
    "maskinporten_url": "https://maskinporten.no/",
    "krr_rest_url": "https://kontaktregisteret.no/rest/",
    "krr_soap_url": "https://kontaktinfo-ws.difi.no/kontaktinfo-external/ws-v5",
}


def _context(
    identity: IdentityConfig | None = None, settings: dict[str, Any] | None = None, **more: Any
) -> Context:
    urls = dict.fromkeys(ADDRESSES, _ELSEWHERE) | (settings or {})
    environment = Environment.model_validate({"name": "ours", "production": False, **urls, **more})
    return Context(ClientConfig(environment=environment, identity=identity))


def _refused(context: Context) -> str:
    with pytest.raises(ConfigurationError, match="is production") as refusal:
        guard_production(context, meant=False, organisasjonsnummer=None)
    return refusal.value.message


def _identity(folder: Path, issuer: str) -> IdentityConfig:
    key = rsa.generate_private_key(65537, 2048)
    now = datetime.now(UTC)
    names = [
        x509.NameAttribute(NameOID.COMMON_NAME, "Etaten"),
        x509.NameAttribute(x509.ObjectIdentifier("2.5.4.97"), f"NTRNO-{AVSENDER}"),
    ]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(names))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return IdentityConfig(certificate=folder / "cert.pem", key=folder / "key.pem")


def test_an_environment_of_ones_own_is_no_production() -> None:
    guard_production(_context(), meant=False, organisasjonsnummer=None)


@pytest.mark.parametrize("name", ["test", "nhn-test"])
def test_the_test_environments_are_no_production(name: str) -> None:
    context = Context(ClientConfig(environment=Environment.model_validate(name)))

    guard_production(context, meant=False, organisasjonsnummer=None)


@pytest.mark.parametrize("name", ["production", "nhn-production"])
def test_an_environment_that_says_so_is_production(name: str) -> None:
    context = Context(ClientConfig(environment=Environment.model_validate(name)))

    assert "it says so itself" in _refused(context)


@pytest.mark.parametrize("setting", ADDRESSES)
@pytest.mark.parametrize("wire", ["ebms", "dpi"])
def test_each_address_alone_makes_it_production(setting: str, wire: str) -> None:
    assert f"environment.{setting} is at" in _refused(
        _context(None, {setting: _REAL[setting]}, wire=wire)
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://MASKINPORTEN.no/",
        "https://maskinporten.no./",
        "https://Maskinporten.NO.:443/other/",
        "https://someone:secret@maskinporten.no/",
    ],
)
def test_an_address_is_known_however_its_host_is_written(url: str) -> None:
    message = _refused(_context(maskinporten_url=url))

    assert "maskinporten.no" in message
    assert "secret" not in message


@pytest.mark.parametrize(
    "url", ["https://srest.dataplatfor.ms/dpi", "https://meldingsformidler.nhn.digipost.no:4444/"]
)
def test_addresses_of_other_times_and_nets_are_known_too(url: str) -> None:
    _refused(_context(access_point_url=url))


@pytest.mark.parametrize(
    "url", ["https://test.maskinporten.no/", "https://maskinporten.no.example/"]
)
def test_an_address_that_only_looks_like_it_is_no_production(url: str) -> None:
    guard_production(_context(maskinporten_url=url), meant=False, organisasjonsnummer=None)


def test_a_certificate_of_a_production_issuer_makes_it_production(tmp_path: Path) -> None:
    identity = _identity(tmp_path, "Buypass Class 3 CA G2 HT Business")

    assert "Buypass Class 3 CA G2 HT Business" in _refused(_context(identity))


def test_a_certificate_of_a_test_issuer_does_not(tmp_path: Path) -> None:
    identity = _identity(tmp_path, "Buypass Class 3 Test4 CA G2 HT Business")

    guard_production(_context(identity), meant=False, organisasjonsnummer=None)


def test_a_trust_store_of_production_makes_it_production() -> None:
    assert "environment.trust holds" in _refused(_context(trust=reference("certs/prod")))


def test_a_trust_store_of_test_does_not() -> None:
    context = _context(trust=reference("certs/test"))

    guard_production(context, meant=False, organisasjonsnummer=None)


def test_it_runs_when_told_twice_and_with_the_right_organisation_alone(tmp_path: Path) -> None:
    context = _context(_identity(tmp_path, "Commfides Legal Person - G3"))

    for meant, other in ((True, None), (False, AVSENDER), (True, "889640782")):
        with pytest.raises(ConfigurationError, match="is production"):
            guard_production(context, meant=meant, organisasjonsnummer=other)
    guard_production(context, meant=True, organisasjonsnummer=AVSENDER)


def test_what_cannot_be_read_is_left_to_the_checks(tmp_path: Path) -> None:
    identity = IdentityConfig(pkcs12=tmp_path / "missing.p12")

    guard_production(
        _context(identity, trust=tmp_path / "nowhere"), meant=False, organisasjonsnummer=None
    )
