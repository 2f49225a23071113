"""A trust store that is handed to a client is held to what the environment demands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from sdp.async_client import AsyncClient
from sdp.client import Client
from sdp.config import ClientConfig
from sdp.domain import Forsendelse
from sdp.errors import CertificateError, CertificateProblem, ConfigurationError, Retry
from sdp.pki import Policy, TrustStore
from sdp.testmiljo import Testmiljo
from tests.e2e.client.conftest import Letters
from tests.reference import reference

Clients = Callable[..., Client]


def test_revocation_is_checked_for_it_too(miljo: Testmiljo, letters: Letters) -> None:
    miljo.revocation.revoke(miljo.postkasse.actor.certificate)
    config = miljo.client_config(revocation="hard")
    with Client(config, trust=miljo.ca.trust) as client, pytest.raises(CertificateError) as refusal:
        client.send(letters.digital())
    assert refusal.value.problem is CertificateProblem.REVOKED
    assert miljo.letters == ()


def test_revocation_is_asked_about_over_the_clients_own_connections(
    miljo: Testmiljo, letters: Letters
) -> None:
    asked: list[str] = []
    config = miljo.client_config(revocation="hard")
    with Client(config, on_request=lambda request: asked.append(request.url)) as client:
        client.send(letters.digital())
    assert [url for url in asked if url.endswith("/ocsp")]


async def _send(config: ClientConfig, letter: Forsendelse, asked: list[str]) -> None:
    client = AsyncClient(config, on_request=lambda request: asked.append(request.url))
    async with client:
        await client.send(letter)


def test_the_async_client_asks_over_its_own_too(miljo: Testmiljo, letters: Letters) -> None:
    asked: list[str] = []
    asyncio.run(_send(miljo.client_config(revocation="hard"), letters.digital(), asked))
    assert [url for url in asked if url.endswith("/ocsp")]


def test_addresses_on_this_machine_are_refused_unless_a_setting_allows_them(
    miljo: Testmiljo, letters: Letters
) -> None:
    config = miljo.client_config(revocation="hard")
    environment = config.environment.model_copy(update={"revocation_local_addresses": False})
    config = config.model_copy(update={"environment": environment})
    with Client(config) as client, pytest.raises(CertificateError) as refusal:
        client.send(letters.digital())
    assert refusal.value.problem is CertificateProblem.REVOCATION_UNREACHABLE
    assert refusal.value.retry is Retry.LATER
    assert miljo.letters == ()


def test_a_check_of_its_own_is_kept(miljo: Testmiljo, letters: Letters) -> None:
    asked = 0

    class Check:
        def check(self, *_: object, **__: object) -> None:
            nonlocal asked
            asked += 1

    trust = miljo.ca.trust.with_revocation(Check())
    config = miljo.client_config(revocation="hard")
    miljo.revocation.revoke(miljo.postkasse.actor.certificate)
    with Client(config, trust=trust) as client:
        client.send(letters.digital())
    assert asked > 0


def test_policies_are_compared_for_it_too(miljo: Testmiljo, client_with: Clients) -> None:
    picky = miljo.environment().model_copy(update={"certificate_policies": ("1.2.3",)})
    with pytest.raises(CertificateError) as refusal:
        client_with(changes={"environment": picky}, trust=miljo.ca.trust)
    assert refusal.value.problem is CertificateProblem.POLICY


def test_one_of_the_other_environment_is_refused(miljo: Testmiljo) -> None:
    published = TrustStore.from_path(reference("certs/prod"))
    with pytest.raises(ConfigurationError, match="production"):
        Client(miljo.client_config(), trust=published)


def test_a_store_says_whether_it_checks_revocation(miljo: Testmiljo) -> None:
    assert not miljo.ca.trust.checks_revocation
    config = miljo.client_config(revocation=Policy.SOFT.value)
    assert config.hold_to_environment(miljo.ca.trust).checks_revocation
