"""Keys registered with Maskinporten: letters are sent with them, and their age is told in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sdp.cli import main
from sdp.client import Client
from sdp.config import ClientConfig, MaskinportenConfig
from sdp.errors import TokenError
from sdp.testmiljo import Testmiljo
from sdp.testmiljo.environment import AVSENDER
from sdp.verify import SUITE, Context, Outcome, Run, Verdict
from tests.e2e.client.conftest import Letters

_SEND = "digitalpostinnbygger:send"
_LOOKUP = ("krr:global/kontaktinformasjon.read", "krr:global/digitalpost.read")

Configured = Callable[..., ClientConfig]


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """Make the key of a name, the same one each time."""
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        public = {name: key(name).public_key() for name in ("gammel", "ny")}
        started.maskinporten.register("egen", AVSENDER, (_SEND, *_LOOKUP), keys=public)
        yield started


def registered(folder: Path, name: str, on: date | None = None) -> dict[str, object]:
    path = folder / f"{name}.pem"
    pem = key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(pem)
    return {"key_id": name, "key": path, "key_registered": on}


@pytest.fixture
def configured(miljo: Testmiljo, tmp_path: Path) -> Configured:
    """Gives a configuration with one or two keys, of stated dates."""

    def configure(on: date | None = None, next_on: date | None = None) -> ClientConfig:
        settings = registered(tmp_path, "gammel", on)
        if next_on is not None:
            settings["next_key"] = registered(tmp_path, "ny", next_on)
        maskinporten = MaskinportenConfig.model_validate({"client_id": "egen", **settings})
        config = miljo.client_config(wire="dpi")
        return config.model_copy(update={"maskinporten": maskinporten})

    return configure


def only(miljo: Testmiljo, *names: str) -> None:
    """Let Maskinporten know these keys alone."""
    public = {name: key(name).public_key() for name in names}
    miljo.maskinporten.register("egen", AVSENDER, (_SEND, *_LOOKUP), keys=public)


def wire_token(config: ClientConfig) -> Outcome:
    with Context(config) as context:
        return Run(SUITE, context).result(302).outcome


def test_a_letter_is_sent_and_its_recipient_looked_up_with_the_registered_key(
    miljo: Testmiljo, configured: Configured
) -> None:
    mottaker = miljo.innbygger()
    with Client(configured()) as client:
        (person,) = client.lookup([mottaker.personidentifikator])
        client.send(Letters(miljo).digital())

    assert person.personidentifikator == mottaker.personidentifikator
    assert len(miljo.letters) == 1
    assert miljo.maskinporten.refusals == []


def test_a_letter_is_sent_while_only_one_of_two_keys_is_registered(
    miljo: Testmiljo, configured: Configured
) -> None:
    config = configured(date(2026, 2, 1), date(2027, 1, 10))
    for known in ("gammel", "ny"):
        only(miljo, known)
        with Client(config) as client:
            client.send(Letters(miljo).digital())

    assert len(miljo.letters) == 2


def test_a_key_that_is_not_registered_is_refused(miljo: Testmiljo, configured: Configured) -> None:
    only(miljo)
    with Client(configured()) as client, pytest.raises(TokenError, match="invalid_grant"):
        client.send(Letters(miljo).digital())

    assert miljo.letters == ()


def test_a_client_of_its_own_for_the_access_point(
    miljo: Testmiljo, configured: Configured, tmp_path: Path
) -> None:
    miljo.maskinporten.register("egen", AVSENDER, _LOOKUP, keys={"gammel": _public("gammel")})
    miljo.maskinporten.register("brev", AVSENDER, (_SEND,), keys={"ny": _public("ny")})
    config = configured()
    assert config.maskinporten is not None
    of_dpi = {"client_id": "brev", **registered(tmp_path, "ny")}
    maskinporten = config.maskinporten.model_copy(update={"dpi": of_dpi})

    with Client(config.model_copy(update={"maskinporten": maskinporten})) as client:
        client.lookup([miljo.innbygger().personidentifikator])
        client.send(Letters(miljo).digital())

    assert len(miljo.letters) == 1
    assert miljo.maskinporten.refusals == []


def _public(name: str) -> rsa.RSAPublicKey:
    return key(name).public_key()


class TestBothKeys:
    def test_both_are_tried(self, miljo: Testmiljo, configured: Configured) -> None:
        today = datetime.now(UTC).date()

        outcome = wire_token(configured(today - timedelta(days=200), today))

        assert outcome.verdict is Verdict.OK
        assert "with key ny" in outcome.came_back
        assert "with key gammel" in outcome.came_back
        assert miljo.maskinporten.issued == 2

    def test_one_that_is_not_taken_is_a_warning_while_the_other_is(
        self, miljo: Testmiljo, configured: Configured
    ) -> None:
        only(miljo, "gammel")
        today = datetime.now(UTC).date()

        outcome = wire_token(configured(today - timedelta(days=200), today))

        assert outcome.verdict is Verdict.WARNING
        assert "no token with key ny" in outcome.came_back

    def test_it_fails_where_none_is_taken(self, miljo: Testmiljo, configured: Configured) -> None:
        only(miljo)
        today = datetime.now(UTC).date()

        assert wire_token(configured(today, today)).verdict is Verdict.FAILED

    def test_doctor_tries_them_and_tells_of_their_age(
        self,
        configured: Configured,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        today = datetime.now(UTC).date()
        config = configured(today - timedelta(days=340), today)
        (tmp_path / "agency.toml").write_text(config.to_toml(), encoding="utf-8")

        code = main(["doctor", "--config", str(tmp_path / "agency.toml")])

        said = capsys.readouterr().out
        assert code == 0
        assert "302 token for the wire: with key ny" in said
        assert "key gammel is a year old" in said
