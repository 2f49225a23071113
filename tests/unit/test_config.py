"""A configuration is read from TOML and the process environment, and a wrong one says where."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from sdp.config import ClientConfig, Environment, IdentityConfig, KrrConfig, MaskinportenConfig
from sdp.errors import ConfigurationError, MissingKeyError, SdpError
from sdp.pki import Revocation, TrustStore
from sdp.testmiljo.ca import Issued, TestCA

_texts = st.text(st.characters(exclude_categories=["Cs"]))
_named = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
_files = _texts.map(Path("/etc/sdp").joinpath)
_paths = st.none() | _files
_seconds = st.floats(min_value=0.001, max_value=86_400)
_addresses = st.none() | st.sampled_from(["https://a.example.no/", "https://b.example.no:8443/x"])

environments = st.builds(
    Environment,
    name=_texts,
    production=st.booleans(),
    broker_url=st.just("https://broker.example.no/"),
    access_point_url=_addresses,
    krr_rest_url=_addresses,
    trust=_paths,
    tls_ca=_paths,
    revocation=st.sampled_from(["off", "soft", "hard"]),
    certificate_policies=st.lists(st.sampled_from(["2.16.578.1", "1.3"])).map(tuple),
    pull_interval_normal_seconds=_seconds,
    size_limit_bytes=st.integers(min_value=1, max_value=2**63 - 1),
)
configurations = st.builds(
    ClientConfig,
    environment=environments,
    identity=st.none()
    | st.builds(
        IdentityConfig,
        pkcs12=_files,
        password_env=st.none() | _texts,
    ),
    maskinporten=st.none()
    | st.builds(MaskinportenConfig, client_id=_named, key_id=st.none() | _texts),
    krr=st.builds(
        KrrConfig,
        wire=st.sampled_from(["rest", "soap"]),
        cache_seconds=st.floats(min_value=0, max_value=3600),
    ),
    proxy=st.none() | st.just("http://proxy.example.no:3128"),
    pool_size=st.integers(min_value=1, max_value=1000),
    connect_timeout=_seconds,
)

WHOLE = """
pool_size = 4

[environment]
name = "eget"
production = false
broker_url = "https://localhost:8443/"
trust = "trust"
tls_ca = "tls.pem"

[identity]
pkcs12 = "etaten.p12"
password_file = "etaten.password"
"""


@pytest.fixture
def folder(tmp_path: Path, avsender_issued: Issued, ca: TestCA) -> Path:
    (tmp_path / "agency.toml").write_text(WHOLE)
    (tmp_path / "etaten.p12").write_bytes(avsender_issued.pkcs12("hemmelig"))
    (tmp_path / "etaten.password").write_text("hemmelig\n")
    ca.write_trust(tmp_path / "trust")
    return tmp_path


def read(folder: Path, text: str | None = None, **environ: str) -> ClientConfig:
    if text is not None:
        (folder / "agency.toml").write_text(text)
    return ClientConfig.from_toml(folder / "agency.toml", environ=environ)


def wrong(folder: Path, text: str, **environ: str) -> str:
    with pytest.raises(ConfigurationError) as refusal:
        read(folder, text, **environ)
    return refusal.value.message


def test_paths_are_relative_to_the_file(
    folder: Path, ca: TestCA, moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    config = read(folder)
    trust = config.load_trust()
    assert trust
    assert trust.anchors == (ca.root.certificate,)
    assert config.load_identity(moment).organisasjonsnummer == "991825827"
    assert config.http_settings().tls_ca == folder / "tls.pem"
    assert config.http_settings().pool_size == 4


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_configuration_and_a_password_may_be_written_as_windows_writes_text(
    folder: Path, moment: datetime, encoding: str
) -> None:
    for name in ("agency.toml", "etaten.password"):
        path = folder / name
        path.write_bytes(path.read_text(encoding="utf-8").replace("\n", "\r\n").encode(encoding))

    assert read(folder).load_identity(moment).organisasjonsnummer == "991825827"


def test_a_known_environment_needs_only_its_name(tmp_path: Path) -> None:
    environment = read(tmp_path, 'environment = "production"').environment
    assert environment == Environment.in_production()
    assert environment.production
    assert environment.broker_url == "https://meldingsformidler.digipost.no/api/"
    assert not Environment.test().production


def test_a_known_environment_can_be_adjusted(tmp_path: Path) -> None:
    text = '[environment]\nname = "test"\nbroker_url = "https://broker.example.no/"'
    environment = read(tmp_path, text).environment
    assert environment.broker_url == "https://broker.example.no/"
    assert not environment.production


def test_an_environment_nobody_knows_is_told_with_those_there_are(tmp_path: Path) -> None:
    said = wrong(tmp_path, 'environment = "prodution"')
    assert "environment: is not the name of a known environment; did you mean production?" in said
    assert "test, production, nhn-test, nhn-production" in said
    assert "did you mean" not in wrong(tmp_path, 'environment = "xyz"')


def test_the_process_environment_goes_before_the_file(folder: Path) -> None:
    config = read(
        folder, SDP_POOL_SIZE="7", SDP_ENVIRONMENT__NAME="annet", SDP_PATH_OF_SOMEBODY_ELSE="x"
    )
    assert config.pool_size == 7
    assert config.environment.name == "annet"
    assert config.environment.broker_url == "https://localhost:8443/"


@pytest.mark.parametrize("variables", [{}, {"SDP_ENVIRONMENT__SIZE_LIMIT_BYTES": "1000"}])
def test_the_name_of_an_environment_in_a_variable_drops_nothing_that_the_file_says(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    file = tmp_path / "agency.toml"
    file.write_text(
        '[environment]\nname = "production"\nrevocation = "hard"\ntrust = "trust"\n'
        'certificate_policies = ["1.2.3"]\n',
        encoding="utf-8",
    )

    config = ClientConfig.from_toml(file, environ={"SDP_ENVIRONMENT": "production", **variables})

    assert config.environment.revocation == "hard"
    assert config.environment.trust == tmp_path / "trust"
    assert config.environment.certificate_policies == ("1.2.3",)


def test_an_error_of_a_whole_section_names_its_rule_without_a_riddle() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        IdentityConfig(pkcs12=Path("a.p12"), certificate=Path("a.pem"), key=Path("a.key"))

    assert refusal.value.message.startswith("This IdentityConfig is wrong: must name one of")


def test_the_process_environment_alone_is_enough() -> None:
    config = ClientConfig.from_environ(
        {"SDP_ENVIRONMENT": "test", "SDP_IDENTITY__PKCS12": "/etc/sdp/etaten.p12"}
    )
    assert config.environment == Environment.test()
    assert config.identity == IdentityConfig(pkcs12=Path("/etc/sdp/etaten.p12"))


def test_an_unknown_key_is_named_and_the_nearest_one_suggested(folder: Path) -> None:
    said = wrong(folder, WHOLE.replace("broker_url", "brokerurl"))
    assert "environment.brokerurl is not a setting; did you mean environment.broker_url?" in said
    assert "agency.toml" in said


@pytest.mark.parametrize(("wire", "address"), [("ebms", "broker_url"), ("dpi", "access_point_url")])
def test_the_address_of_the_chosen_wire_is_needed(tmp_path: Path, wire: str, address: str) -> None:
    said = wrong(tmp_path, f'environment = {{name = "eget", production = false, wire = "{wire}"}}')

    assert f"must have {address} for the wire {wire}" in said


def test_an_address_that_is_asked_for_and_not_configured_is_named() -> None:
    environment = Environment(name="eget", production=False, broker_url="https://broker.example/")

    with pytest.raises(ConfigurationError, match=r"environment\.krr_rest_url is needed"):
        environment.address("krr_rest_url")


@pytest.mark.parametrize("name", ["test", "production"])
def test_the_national_environments_send_on_dpi_unless_told_otherwise(
    tmp_path: Path, name: str
) -> None:
    environment = read(tmp_path, f'environment = "{name}"').environment
    assert environment.wire == "dpi"
    assert environment.wire_url == environment.access_point_url

    other = read(tmp_path, f'environment = {{ name = "{name}", wire = "ebms" }}').environment
    assert other.wire_url == other.broker_url


@pytest.mark.parametrize("name", ["nhn-test", "nhn-production"])
def test_the_brokers_of_norsk_helsenett_are_on_ebms(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, f'environment = "{name}"').environment.wire == "ebms"


def test_environments_made_by_name_choose_dpi() -> None:
    assert Environment.test().wire == Environment.in_production().wire == "dpi"


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    assert "environment.production is missing" in wrong(tmp_path, '[environment]\nname = "eget"')


def test_an_environment_of_its_own_must_say_whether_it_is_production(tmp_path: Path) -> None:
    text = '[environment]\nname = "eget"\nbroker_url = "https://localhost/"'
    assert "environment.production" in wrong(tmp_path, text)


def test_plain_http_is_refused(folder: Path) -> None:
    assert "environment.broker_url" in wrong(folder, WHOLE.replace("https:", "http:"))


def test_two_passwords_are_refused(folder: Path) -> None:
    assert "at most one of password" in wrong(folder, WHOLE + 'password = "hemmelig"')


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "1e300", "86400.1", "5,0", "5 s"])
@pytest.mark.parametrize(
    "name", ["connect_timeout", "read_timeout", "write_timeout", "pool_timeout"]
)
def test_a_time_that_no_system_can_wait_for_is_refused_by_name(
    folder: Path, name: str, value: str
) -> None:
    with pytest.raises(ConfigurationError, match=name):
        read(folder, **{f"SDP_{name.upper()}": value})


def test_half_an_identity_is_refused(tmp_path: Path) -> None:
    text = 'environment = "test"\n[identity]\ncertificate = "etaten.pem"'
    assert "certificate and key together" in wrong(tmp_path, text)


def test_a_password_is_not_shown_and_not_written(tmp_path: Path) -> None:
    text = 'environment = "test"\n[identity]\npkcs12 = "a.p12"\npassword = "hemmelig"'
    config = read(tmp_path, text)
    assert "hemmelig" not in repr(config)
    assert "hemmelig" not in config.to_toml()


def test_a_password_can_come_from_a_variable(
    folder: Path, moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = WHOLE.replace('password_file = "etaten.password"', 'password_env = "ETATENS_PASSORD"')
    monkeypatch.delenv("ETATENS_PASSORD", raising=False)
    with pytest.raises(ConfigurationError, match="ETATENS_PASSORD"):
        read(folder, text).load_identity(moment)
    monkeypatch.setenv("ETATENS_PASSORD", "hemmelig")
    assert read(folder, text).load_identity(moment).organisasjonsnummer == "991825827"


def test_what_is_written_is_read_back(folder: Path) -> None:
    config = read(folder)
    (folder / "again.toml").write_text(config.to_toml())
    assert ClientConfig.from_toml(folder / "again.toml", environ={}) == config


@given(data=st.data())
def test_any_configuration_is_read_back_as_it_was_written(data: st.DataObject) -> None:
    config = data.draw(configurations)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agency.toml"
        path.write_text(config.to_toml(), encoding="utf-8")
        assert ClientConfig.from_toml(path, environ={}) == config


@given(password=st.text(min_size=8), user=st.text(min_size=1))
def test_the_password_of_a_proxy_is_not_written(password: str, user: str) -> None:
    address = f"{quote(user, safe='')}:{quote(password, safe='')}@proxy.example.no:3128"
    config = ClientConfig(environment=Environment.test(), proxy=f"http://{address}")
    assert 'proxy = "http://proxy.example.no:3128"' in config.to_toml()


@pytest.mark.parametrize("text", ["environment = ", "\xff", ""])
def test_a_file_that_is_no_configuration_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "agency.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"agency\.toml"):
        ClientConfig.from_toml(tmp_path / "agency.toml", environ={})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"borte\.toml"):
        ClientConfig.from_toml(tmp_path / "borte.toml", environ={})


def test_a_key_on_a_token_is_named_by_its_module_and_token(tmp_path: Path) -> None:
    path = tmp_path / "agency.toml"
    path.write_text(
        'environment = "test"\n[identity]\npkcs11_module = "libhsm.so"\n'
        'pkcs11_token = "etaten"\npassword_env = "PIN"\n'
    )
    identity = ClientConfig.from_toml(path, environ={}).identity
    assert identity is not None
    assert identity.pkcs11_module == tmp_path / "libhsm.so"

    path.write_text('environment = "test"\n[identity]\npkcs11_module = "libhsm.so"\n')
    with pytest.raises(ConfigurationError, match="pkcs11_module and pkcs11_token together"):
        ClientConfig.from_toml(path, environ={})


def test_a_module_that_is_not_there_is_told_when_the_key_is_needed(moment: datetime) -> None:
    pytest.importorskip("pkcs11")
    identity = IdentityConfig(pkcs11_module=Path("/nowhere/libhsm.so"), pkcs11_token="etaten")
    config = ClientConfig(environment=Environment.test(), identity=identity)
    with pytest.raises(MissingKeyError, match="libhsm"):
        config.load_identity(moment)


def test_the_callers_clock_reaches_the_check_of_revocation(tmp_path: Path, ca: TestCA) -> None:
    root = ca.root.certificate.public_bytes(Encoding.PEM)
    (tmp_path / "trust.pem").write_bytes(root)
    environment = Environment(
        name="x",
        production=False,
        broker_url="https://broker.example/",
        trust=tmp_path / "trust.pem",
        revocation="hard",
    )
    asked: list[datetime] = []

    def clock() -> datetime:
        asked.append(datetime(2030, 1, 1, tzinfo=UTC))
        return asked[-1]

    config = ClientConfig(environment=environment)
    given = TrustStore.from_path(tmp_path / "trust.pem")
    for trust in (config.load_trust(clock=clock), config.hold_to_environment(given, clock=clock)):
        assert trust is not None
        assert isinstance(trust.revocation, Revocation)
        before = len(asked)
        with suppress(SdpError):
            trust.revocation.check((*given.anchors, *given.anchors), moment=clock())
        assert len(asked) > before + 1
