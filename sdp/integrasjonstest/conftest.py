"""What the suite is told on pytest's command line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sdp.config import ClientConfig
from sdp.integrasjonstest.context import Context
from sdp.integrasjonstest.guard import guard_production
from sdp.integrasjonstest.running import Run
from sdp.integrasjonstest.suite import SUITE

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare what `sdp verify` has as options."""
    group = parser.getgroup("sdp", "verifying a set-up for Sikker Digital Post")
    group.addoption("--sdp-config", type=Path, help="Client configuration, TOML.")
    group.addoption(
        "--sdp-people", type=Path, help="File with the numbers of test persons, one a line."
    )
    group.addoption("--sdp-on-behalf-of", help="An organisation to send for as well.")
    group.addoption("--sdp-wait", type=float, default=300.0, help="Seconds to wait for receipts.")
    group.addoption("--sdp-production", action="store_true", help="Run against production.")
    group.addoption("--sdp-confirm", help="The own organisation number, for production.")


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
