"""Integration suite that an agency runs against a test environment, to know that it works.

On the command line `sdp verify`; as tests `pytest --pyargs sdp.verify`.
"""

from sdp.verify.check import Check, Outcome, Verdict
from sdp.verify.context import Context
from sdp.verify.suite import SUITE, Result, Run

__all__ = ["SUITE", "Check", "Context", "Outcome", "Result", "Run", "Verdict"]
