"""`sdp trust` over real HTTP: a proxy on this machine stands where the issuers are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sdp.cli.parameters import certificate
from sdp.cli.trust import trust
from sdp.errors import ConfigurationError
from sdp.pki import TrustStore
from sdp.pki.trust import anchors
from sdp.pki.trust import published as known_anchors
from sdp.pki.trust.published import CaEnvironment
from sdp.testmiljo import Testmiljo
from tests.http_server import QuietHandler, served
from tests.reference import reference

FOLDERS = {CaEnvironment.TEST: "certs/test", CaEnvironment.PRODUCTION: "certs/prod"}


@contextmanager
def issuers(content: dict[str, bytes]) -> Iterator[str]:
    """Serve what issuers publish, by its whole address, to those who ask through this proxy."""

    class Handler(QuietHandler, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = content.get(self.path)
            self.send_response(404 if found is None else 200)
            self.end_headers()
            self.wfile.write(found or b"")

    with served(Handler) as address:
        yield address


def published(environment: CaEnvironment) -> dict[str, bytes]:
    content = {}
    for file in reference(FOLDERS[environment]).iterdir():
        known = known_anchors.published(certificate(str(file)))
        assert known is not None
        if known.url is not None:
            content[known.url] = file.read_bytes()
    return content


def run(*arguments: object) -> Result:
    return CliRunner().invoke(trust, [str(a) for a in arguments], standalone_mode=False)


def fetch(environment: CaEnvironment, folder: Path, proxy: str) -> tuple[int, dict[str, Any]]:
    result = run("fetch", "--environment", environment, "--out", folder, "--proxy", proxy, "--json")
    if result.exception is not None:
        raise result.exception
    return result.return_value, json.loads(result.stdout)


@pytest.mark.parametrize("environment", CaEnvironment)
def test_the_certificates_of_an_environment_are_fetched_and_make_a_store(
    environment: CaEnvironment, tmp_path: Path
) -> None:
    with issuers(published(environment)) as proxy:
        code, told = fetch(environment, tmp_path / "trust", proxy)

    assert code == 0
    assert len(told["fetched"]) == 8
    store = TrustStore.from_path(tmp_path / "trust")
    assert len(store.anchors) == 4
    assert len(store.intermediates) == 4
    anchors.refuse_other_environment(store, production=environment is CaEnvironment.PRODUCTION)


def test_an_issuer_that_gives_something_else_is_told_and_nothing_of_it_is_written(
    tmp_path: Path,
) -> None:
    content = published(CaEnvironment.TEST)
    wrong, right = sorted(url for url in content if "buypassca.com" in url)[:2]
    content[wrong] = content[right]
    with issuers(content) as proxy:
        code, told = fetch(CaEnvironment.TEST, tmp_path, proxy)

    assert code == 1
    (message,) = told["failed"].values()
    assert wrong in message
    assert "fingerprint" in message
    assert len(list(tmp_path.iterdir())) == len(told["fetched"]) == 7


def test_issuers_that_are_down_are_worth_another_try(tmp_path: Path) -> None:
    code, told = fetch(CaEnvironment.TEST, tmp_path, "http://127.0.0.1:1")

    assert code == 3
    assert len(told["failed"]) == 8
    assert not told["fetched"]


def test_the_folder_of_the_other_environment_is_left_as_it_is(tmp_path: Path) -> None:
    with issuers(published(CaEnvironment.TEST)) as proxy:
        fetch(CaEnvironment.TEST, tmp_path, proxy)
    before = {file.name for file in tmp_path.iterdir()}
    with (
        issuers(published(CaEnvironment.PRODUCTION)) as proxy,
        pytest.raises(ConfigurationError, match="mixes test and production"),
    ):
        fetch(CaEnvironment.PRODUCTION, tmp_path, proxy)
    assert {file.name for file in tmp_path.iterdir()} == before


class TestListing:
    @pytest.fixture
    def config(self, testmiljo: Testmiljo, tmp_path: Path) -> Path:
        return testmiljo.write_config(tmp_path)

    def test_the_configured_store_is_listed_with_expiry(self, config: Path) -> None:
        result = run("--config", config, "--json")

        told = json.loads(result.stdout)
        assert result.return_value == 0
        assert told["environment"] == "testmiljo"
        assert [c["name"] for c in told["certificates"]] == [
            "Testmiljo Root CA",
            "Testmiljo Business CA",
        ]
        assert all(c["days_left"] > 1000 and not c["warning"] for c in told["certificates"])

    def test_people_see_a_table_with_the_certificates_that_have_expired(self, config: Path) -> None:
        folder = config.parent / "trust"
        for file in folder.iterdir():
            file.unlink()
        for file in reference("certs/test").iterdir():
            (folder / file.name).write_bytes(file.read_bytes())

        shown = run("--config", config).stdout

        (expired,) = (line for line in shown.splitlines() if "CPN Root SHA256 CA - TEST" in line)
        assert "has expired" in expired
        assert "2022-10-03" in expired
        assert "anchor" in expired

    def test_a_store_of_the_other_environment_is_refused(self, config: Path) -> None:
        folder = config.parent / "trust"
        for file in folder.iterdir():
            file.unlink()
        for file in reference("certs/prod").iterdir():
            (folder / file.name).write_bytes(file.read_bytes())

        result = run("--config", config)

        assert isinstance(result.exception, ConfigurationError)
        assert "is for production" in result.exception.message

    def test_no_configuration_is_a_command_written_wrongly(self) -> None:
        result = run()
        assert result.exception is not None
        assert "--config" in str(result.exception)
