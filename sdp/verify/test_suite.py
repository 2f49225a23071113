"""The suite as tests: `pytest --pyargs sdp.verify --sdp-config agency.toml`."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest

from sdp.verify.check import Verdict
from sdp.verify.suite import SUITE

if TYPE_CHECKING:
    from sdp.verify.check import Check
    from sdp.verify.suite import Run


@pytest.mark.parametrize("check", SUITE, ids=lambda check: f"{check.number}-{check.name}")
def test_set_up(check: Check, sdp_run: Run) -> None:
    """One check of the set-up."""
    result = sdp_run.result(check.number)
    found, remedy = result.outcome.came_back, result.outcome.remedy
    match result.outcome.verdict:
        case Verdict.FAILED:
            pytest.fail(f"{found}\nDo: {remedy}\nAsk: {result.ask}.", pytrace=False)
        case Verdict.SKIPPED:
            pytest.skip(f"{found} {remedy}".rstrip())
        case Verdict.WARNING:
            warnings.warn(f"{check.number} {check.name}: {found}. {remedy}", stacklevel=1)
        case Verdict.OK:
            pass
