"""Fixtures for the tests of programs that send letters, and the options of the integration suite.

pytest loads this in every run where the library is installed, so it imports nothing but pytest; the
test environment is imported by the first test that asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sdp.client import Client
    from sdp.domain import Mottaker
    from sdp.outbox import Outbox
    from sdp.testmiljo import Testmiljo
    from sdp.testmiljo.world.letters import Letter

_MISSING = pytest.StashKey[str]()


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
def testmiljo(request: pytest.FixtureRequest) -> Iterator[Testmiljo]:
    """Run a test environment for one test: no letters, no receipts and no faults from others.

    It starts in a fraction of a second, since keys are made once per run.
    """
    missing = ""
    try:
        from sdp.testmiljo import Testmiljo
    except ModuleNotFoundError as error:
        missing = str(error)
    if missing:  # told outside of the handler, so that it is told once
        if request.config.stash.get(_MISSING, default=None) is None:
            request.config.stash[_MISSING] = missing
            pytest.fail(missing, pytrace=False)
        pytest.skip("The test environment is not installed, as the first test that needs it told.")
    with Testmiljo.start() as miljo:
        yield miljo


@pytest.fixture
def sdp_client(testmiljo: Testmiljo, request: pytest.FixtureRequest) -> Iterator[Client]:
    """Make a client of the test environment, on the wire that the marker `sdp_wire` names."""
    from sdp.client import Client

    with Client(testmiljo.client_config(wire=_wire(request.node))) as client:
        yield client


@pytest.fixture
def outbox(
    testmiljo: Testmiljo, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Outbox]:
    """Make an outbox in a temporary file that sends to the test environment.

    The wire is the one that the marker `sdp_wire` names. `testmiljo.campaigns()` tells how many of
    its letters came, were opened, lost or doubled.
    """
    try:
        from sdp.outbox import Outbox
        from sdp.outbox.look import Look
    except ModuleNotFoundError as error:
        pytest.fail(str(error), pytrace=False)
    config = testmiljo.client_config(wire=_wire(request.node))
    address = tmp_path / "outbox" / "post.db"
    with Outbox.open(address, config) as opened:
        testmiljo.follow(Look(address))
        yield opened


@pytest.fixture
def innbygger(testmiljo: Testmiljo) -> Callable[..., Mottaker]:
    """Give what makes synthetic citizens: `innbygger()`, or `innbygger(kind=Kind.RESERVED)`."""
    return testmiljo.innbygger


@pytest.fixture
def arrived(testmiljo: Testmiljo) -> Arrived:
    """Say what has arrived: `arrived.one(to=mottaker)`, `arrived.all()`, `arrived.none()`."""
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


@dataclass(frozen=True)
class Arrived:
    """The letters of one test environment, over either wire, digital and for print."""

    miljo: Testmiljo

    def all(self, to: Mottaker | None = None) -> tuple[Letter, ...]:
        """Give every letter, oldest first; those to one mailbox if a citizen is named."""
        return tuple(letter for letter in self.miljo.letters if to is None or _is_to(to, letter))

    def one(self, to: Mottaker | None = None) -> Letter:
        """Give the one letter that has arrived.

        Raises:
            AssertionError: none has, or several have; it says what has, and what was refused.
        """
        __tracebackhide__ = True  # pytest then points at the line of the test
        found = self.all(to)
        if len(found) != 1:
            raise AssertionError(self._told("one letter", to))
        return found[0]

    def none(self, to: Mottaker | None = None) -> None:
        """Claim that no letter has arrived.

        Raises:
            AssertionError: one has; it says what.
        """
        __tracebackhide__ = True
        if self.all(to):
            raise AssertionError(self._told("no letter", to))

    def _told(self, expected: str, to: Mottaker | None) -> str:
        whose = "" if to is None else " to that mailbox"
        lines = [f"expected {expected}{whose}; arrived: {len(self.all(to))}"]
        lines += [f"- {_in_words(letter, to)}" for letter in self.miljo.letters]
        refused = (*self.miljo.broker.rejections, *self.miljo.aksesspunkt.rejections)
        lines += [f"- refused: {rejection}" for rejection in refused]
        return "\n".join(lines)


def _is_to(mottaker: Mottaker, letter: Letter) -> bool:
    return not letter.is_print and letter.digital.postkasseadresse == mottaker.postkasseadresse


def _in_words(letter: Letter, to: Mottaker | None) -> str:
    way = "print" if letter.is_print else "digital"
    elsewhere = "" if to is None or _is_to(to, letter) else ", to somebody else"
    files = ", ".join(document.filnavn for document in letter.documents)
    return f"{way} letter over {letter.wire} with {files}{elsewhere}"
