"""Fixtures for the tests of programs that send letters, and the options of the integration suite.

pytest loads this in every run where the library is installed, so it imports nothing but pytest; the
test environment is imported by the first test that asks for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sdp.client import Client
    from sdp.domain import Mottaker
    from sdp.testmiljo import Testmiljo
    from sdp.testmiljo.arrived import Arrived


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line(
        "markers", 'sdp_wire(name): the wire that `sdp_client` sends over, "ebms" or "dpi".'
    )


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare what `pytest --pyargs sdp.verify` is told, as `sdp verify` is."""
    group = parser.getgroup("sdp", "Sikker Digital Post: verifying a set-up")
    group.addoption("--sdp-config", type=Path, help="Client configuration, TOML.")
    group.addoption(
        "--sdp-people",
        type=Path,
        help="File with the numbers of test persons, as for --person @FILE.",
    )
    group.addoption("--sdp-on-behalf-of", help="An organisation to send for as well.")
    group.addoption("--sdp-wait", type=float, default=300.0, help="Seconds to wait for receipts.")
    group.addoption("--sdp-production", action="store_true", help="Run against production.")
    group.addoption("--sdp-confirm", help="Your own organisation number, required for production.")


@pytest.fixture
def testmiljo() -> Iterator[Testmiljo]:
    """Run a test environment for one test: no letters, no receipts and no faults from others.

    It starts in a fraction of a second, since keys are made once per run.
    """
    try:
        from sdp.testmiljo import Testmiljo
    except ModuleNotFoundError as error:
        pytest.fail(str(error), pytrace=False)
    with Testmiljo.start() as miljo:
        yield miljo


@pytest.fixture
def sdp_client(testmiljo: Testmiljo, request: pytest.FixtureRequest) -> Iterator[Client]:
    """Make a client of the test environment, on the wire that the marker `sdp_wire` names."""
    from sdp.client import Client

    with Client(testmiljo.client_config(wire=_wire(request.node))) as client:
        yield client


@pytest.fixture
def innbygger(testmiljo: Testmiljo) -> Callable[..., Mottaker]:
    """Give what makes synthetic citizens: `innbygger()`, or `innbygger(kind=Kind.RESERVED)`."""
    return testmiljo.innbygger


@pytest.fixture
def arrived(testmiljo: Testmiljo) -> Arrived:
    """Say what has arrived: `arrived.one(to=mottaker)`, `arrived.all()`, `arrived.none()`."""
    from sdp.testmiljo.arrived import Arrived

    return Arrived(testmiljo)


def _wire(test: pytest.Item) -> Literal["ebms", "dpi"]:
    marker = test.get_closest_marker("sdp_wire")
    match marker.args if marker else ("ebms",):
        case ("ebms",):
            return "ebms"
        case ("dpi",):
            return "dpi"
        case _:
            pytest.fail('The marker sdp_wire takes one name, "ebms" or "dpi".', pytrace=False)
