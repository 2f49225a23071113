"""Whatever a caller gets wrong, the error is our own and says what, why and what to do."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import sdp
from tests.fuzz.world import World


@dataclass(frozen=True)
class Misuse:
    """What somebody writes, and what the error must say: the field, and the rule or the remedy."""

    write: Callable[[World], object]
    field: str
    says: str


def _config(**settings: Any) -> sdp.ClientConfig:
    return sdp.ClientConfig(**({"environment": "test"} | settings))


def _variables(**variables: str) -> sdp.ClientConfig:
    return sdp.ClientConfig.from_environ({"SDP_ENVIRONMENT": "test", **variables})


def _client(config: Any) -> sdp.Client:
    return sdp.Client(config)


def _naive() -> datetime:
    return datetime(2026, 1, 1)  # noqa: DTZ001


def _package(world: World) -> io.BytesIO:
    return io.BytesIO(world.packages()[1][0])


MISUSES = {
    "an environment that is misspelt": Misuse(
        lambda _: _config(environment="tets"), "environment", "did you mean test"
    ),
    "an address without TLS": Misuse(
        lambda _: sdp.Environment(name="x", production=False, broker_url="http://a"),
        "broker_url",
        "begins with https://",
    ),
    "an environment without an address": Misuse(
        lambda _: sdp.Environment(name="x", production=False), "broker_url", "must have broker_url"
    ),
    "an address that is no address": Misuse(
        lambda _: sdp.Environment(name="x", production=False, broker_url="https://"),
        "broker_url",
        "begins with https://",
    ),
    "a copy that breaks a rule": Misuse(
        lambda _: _config().model_copy(update={"pool_size": 0}), "pool_size", "greater than 0"
    ),
    "no identity at all": Misuse(
        lambda _: sdp.IdentityConfig(), "IdentityConfig", "must name one of pkcs12"
    ),
    "a setting that is misspelt": Misuse(
        lambda _: _config(poolsize=3), "poolsize", "did you mean pool_size"
    ),
    "a proxy without a scheme": Misuse(
        lambda _: _config(proxy="host:3128"), "proxy", "such as http://proxy.example.no:3128"
    ),
    "a proxy without a host": Misuse(
        lambda _: _config(proxy="http://"), "proxy", "such as http://proxy.example.no:3128"
    ),
    "a proxy with a line break": Misuse(
        lambda _: _config(proxy="http://proxy\n.example.no"), "proxy", "must be an address"
    ),
    "a proxy of a kind that is not there": Misuse(
        lambda _: _config(proxy="socks5://host:1080"), "proxy", r"pip install 'httpx\[socks\]'"
    ),
    "an organisation number that does not hold": Misuse(
        lambda _: _config(databehandler="123456789"), "databehandler", "control digit"
    ),
    "an organisation number in other digits": Misuse(
        lambda _: _config(databehandler="٩٩١٨٢٥٨٢٧"), "databehandler", "must be 9 digits"
    ),
    "a policy in other digits": Misuse(
        lambda _: _variables(SDP_ENVIRONMENT__CERTIFICATE_POLICIES="٢.٣"),
        "environment.certificate_policies",
        "match pattern",
    ),
    "a variable that is misspelt": Misuse(
        lambda _: _variables(SDP_POOLSIZE="3"), "SDP_POOLSIZE", "Did you mean SDP_POOL_SIZE"
    ),
    "a variable with one underscore for a step": Misuse(
        lambda _: _variables(SDP_ENVIRONMENT_TRUST="trust"),
        "SDP_ENVIRONMENT_TRUST",
        "Did you mean SDP_ENVIRONMENT__TRUST",
    ),
    "a variable below one that is no table": Misuse(
        lambda _: _variables(SDP_POOL_SIZE="3", SDP_POOL_SIZE__A="1"), "pool_size", "valid integer"
    ),
    "the path of a configuration": Misuse(
        lambda _: _client("agency.toml"), "ClientConfig", "ClientConfig.from_toml"
    ),
    "a configuration without a trust store": Misuse(
        lambda _: _client(_config()), "trust store", "Set environment.trust"
    ),
    "a package that is packed without a zone": Misuse(
        lambda world: sdp.pack(world.letter, world.sender, moment=_naive()),
        "moment",
        "such as datetime.now",
    ),
    "a package that is read without a zone": Misuse(
        lambda world: sdp.read_asice(_package(world), trust=None, moment=_naive()),
        "moment",
        "such as datetime.now",
    ),
    "a certificate that is validated without a zone": Misuse(
        lambda world: world.ca.trust.validate(
            world.sender.certificate, moment=_naive(), usage=sdp.Usage.SIGNING
        ),
        "moment",
        "such as datetime.now",
    ),
    "a date in place of a moment": Misuse(
        lambda world: sdp.read_asice(_package(world), trust=None, moment=_any(world.moment.date())),
        "moment",
        "such as datetime.now",
    ),
    "no moment": Misuse(
        lambda world: sdp.pack(world.letter, world.sender, moment=_any(None)),
        "moment",
        "such as datetime.now",
    ),
    "a moment that is none anywhere else": Misuse(
        lambda world: sdp.pack(world.letter, world.sender, moment=datetime.max.replace(tzinfo=UTC)),
        "moment",
        "1970 to 2999",
    ),
    "a file that is open for text": Misuse(
        lambda world: sdp.read_asice(_any(io.StringIO("x")), trust=None, moment=world.moment),
        "asice",
        "open for reading bytes",
    ),
    "something else than a letter": Misuse(
        lambda world: sdp.pack(_any(None), world.sender, moment=world.moment),
        "forsendelse",
        "Forsendelse.digital or Forsendelse.fysisk",
    ),
    "bytes in place of a file": Misuse(
        lambda world: sdp.open_pakke(_any(b"x"), world.mailbox, trust=None, moment=world.moment),
        "cms",
        "such as io.BytesIO",
    ),
    "a path in place of a file": Misuse(
        lambda world: sdp.read_asice(_any("a.asice"), trust=None, moment=world.moment),
        "asice",
        "such as io.BytesIO",
    ),
    "a stream in place of what opens it": Misuse(
        lambda _: sdp.Dokument.from_stream(_any(io.BytesIO(b"x")), filnavn="brev.pdf"),
        "kilde",
        "as a function that opens it",
    ),
    "a number for a level": Misuse(
        lambda _: sdp.DigitalPost(ikke_sensitiv_tittel="Brev", sikkerhetsnivaa=_any(4)),
        "sikkerhetsnivaa",
        "Sikkerhetsnivaa.NIVAA_3 or Sikkerhetsnivaa.NIVAA_4",
    ),
    "a document that is not there": Misuse(
        lambda _: sdp.Dokument.from_path("borte.pdf"), "kilde", "does not exist"
    ),
    "a key store that is not there": Misuse(
        lambda world: sdp.Identity.from_pkcs12("borte.p12", "x", moment=world.moment),
        "borte.p12",
        "Check the path",
    ),
    "a trust store that is not there": Misuse(
        lambda _: sdp.TrustStore.from_path("borte"), "borte", "No such file"
    ),
}


def _any(given: Any) -> Any:
    """Give something that the type checker would have refused."""
    return given


@pytest.fixture(scope="module")
def world() -> World:
    return World.make()


@pytest.mark.parametrize("misuse", MISUSES.values(), ids=MISUSES)
def test_a_mistake_is_named_with_its_rule_and_remedy(misuse: Misuse, world: World) -> None:
    with pytest.raises(sdp.SdpError, match=re.escape(misuse.field)) as refusal:
        misuse.write(world)
    assert re.search(misuse.says, str(refusal.value))
    assert refusal.value.fault is sdp.Fault.CLIENT
    assert refusal.value.retry is sdp.Retry.NEVER


def test_what_was_given_is_not_repeated() -> None:
    with pytest.raises(sdp.ConfigurationError) as refusal:
        _config(proxy="socks5://etaten:hemmelig@host", databehandler="31129956715")
    assert "hemmelig" not in str(refusal.value)
    assert "31129956715" not in str(refusal.value)


def test_variables_of_others_are_left_alone() -> None:
    config = _variables(SDP_SERVICE_HOST="10.0.0.1", SDP_PORT="tcp://10.0.0.1:80", SDP_HOME="/")
    assert config == _config()


def test_policies_are_given_in_a_variable_with_commas_between() -> None:
    config = _variables(SDP_ENVIRONMENT__CERTIFICATE_POLICIES="2.16.578.1, 2.16.578.2")
    assert config.environment.certificate_policies == ("2.16.578.1", "2.16.578.2")


@pytest.mark.parametrize("proxy", ["http://proxy:3128", "https://u:p@proxy.example.no"])
def test_a_proxy_that_can_be_used_is_taken(proxy: str) -> None:
    assert _config(proxy=proxy).proxy == proxy


class TestWhileReadingAndWriting:
    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
    def test_an_unencrypted_copy_on_a_full_disk(self, world: World) -> None:
        with (
            Path("/dev/full").open("wb", buffering=0) as full,
            pytest.raises(sdp.PackageError, match=r"unencrypted copy.*No space left") as refusal,
        ):
            sdp.pack(world.letter, world.sender, moment=world.moment, asice=full)
        assert refusal.value.remedy

    def test_a_file_that_changes_after_it_was_verified(self, world: World) -> None:
        content = _package(world)
        pakke = sdp.read_asice(content, trust=None, moment=world.moment)
        name = pakke.manifest.hoveddokument.filnavn
        with pakke.open(name) as file:
            assert file.read() == b"hei " * 50
        data = content.getbuffer()
        at = bytes(data).index(name.encode()) + len(name)
        data[at : at + 8] = b"\xff" * 8
        with (
            pakke.open(name) as file,
            pytest.raises(sdp.UnreadablePackageError, match=f"{name} in the package"),
        ):
            file.read()

    @pytest.mark.parametrize("given", [None, 5, "abc"])
    def test_a_stream_that_does_not_give_bytes(self, world: World, given: object) -> None:
        class Odd:
            def read(self, _: int) -> object:
                return given

        with pytest.raises(sdp.UnreadablePackageError, match="does not give bytes"):
            sdp.open_pakke(_any(Odd()), world.mailbox, trust=None, moment=world.moment)

    def test_a_folder_that_no_system_takes(self, world: World) -> None:
        pakke = sdp.read_asice(_package(world), trust=None, moment=world.moment)
        with pytest.raises(sdp.PackageError, match="cannot be written to"):
            pakke.extract_to("a\0b")
