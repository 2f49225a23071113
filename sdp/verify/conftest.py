"""One run for the whole suite. `sdp.pytest_plugin` declares the options."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from sdp.config import ClientConfig
from sdp.errors import SdpError
from sdp.verify import preflight
from sdp.verify.context import Context
from sdp.verify.preflight import guard_production
from sdp.verify.suite import SUITE, Run

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTEXT: Final = pytest.StashKey[Context]()
_HERE: Final = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Say once what is wrong with the options, before anything is sent."""
    if any(item.path.parent == _HERE for item in items):
        try:
            config.stash[_CONTEXT] = _context(config)
        except (SdpError, OSError, ValueError) as error:
            raise pytest.UsageError(str(error)) from None


@pytest.fixture(scope="session")
def sdp_run(pytestconfig: pytest.Config) -> Iterator[Run]:
    """Run each check once, when it is asked for."""
    with pytestconfig.stash[_CONTEXT] as context:
        yield Run(SUITE, context)


def _context(config: pytest.Config) -> Context:
    path = config.getoption("--sdp-config")
    if path is None:
        raise ValueError("Give --sdp-config, the client configuration to verify.")
    people: Path | None = config.getoption("--sdp-people")
    other: str | None = config.getoption("--sdp-on-behalf-of")
    context = Context(
        ClientConfig.from_toml(path),
        people=preflight.people_in(people) if people else (),
        on_behalf_of=preflight.organisation(other) if other else None,
        wait_seconds=config.getoption("--sdp-wait"),
    )
    guard_production(
        context,
        meant=config.getoption("--sdp-production"),
        organisasjonsnummer=config.getoption("--sdp-confirm"),
    )
    return context
