"""One run for the whole suite. `sdp.pytest_plugin` declares the options."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from sdp.config import ClientConfig
from sdp.integrasjonstest.context import Context
from sdp.integrasjonstest.guard import guard_production
from sdp.integrasjonstest.running import Run
from sdp.integrasjonstest.suite import SUITE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def sdp_run(pytestconfig: pytest.Config) -> Iterator[Run]:
    """Run each check once, when it is asked for."""
    path = pytestconfig.getoption("--sdp-config")
    if path is None:
        raise pytest.UsageError("Give --sdp-config, the client configuration to verify.")
    config = ClientConfig.from_toml(path)
    guard_production(
        config,
        meant=pytestconfig.getoption("--sdp-production"),
        organisasjonsnummer=pytestconfig.getoption("--sdp-confirm"),
        moment=datetime.now(UTC),
    )
    people: Path | None = pytestconfig.getoption("--sdp-people")
    with Context(
        config,
        people=tuple(people.read_text(encoding="utf-8").split()) if people else (),
        on_behalf_of=pytestconfig.getoption("--sdp-on-behalf-of"),
        wait_seconds=pytestconfig.getoption("--sdp-wait"),
    ) as context:
        yield Run(SUITE, context)
