"""Fixtures for the tests of programs that send letters.

Name this module among the plugins of your tests, at the top of the outermost `conftest.py`:

    pytest_plugins = ["sdp.testmiljo.pytest_fixtures"]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sdp.testmiljo.environment import Testmiljo

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def testmiljo() -> Iterator[Testmiljo]:
    """Run a test environment for one test: no letters, no receipts and no faults from others.

    It starts in a fraction of a second, since keys are made once per run.
    """
    with Testmiljo.start() as miljo:
        yield miljo
