"""The integration suite: what an agency runs against a test environment, to know that it works.

On the command line `sdp verify`; as tests `pytest --pyargs sdp.integrasjonstest`.
"""

from sdp.integrasjonstest.check import Check, Outcome, Verdict
from sdp.integrasjonstest.context import Context
from sdp.integrasjonstest.running import Result, Run
from sdp.integrasjonstest.suite import SUITE

__all__ = ["SUITE", "Check", "Context", "Outcome", "Result", "Run", "Verdict"]
