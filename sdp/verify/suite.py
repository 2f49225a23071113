"""Every check, in the order they are run."""

from __future__ import annotations

from typing import Final

from sdp.verify.checks import ground, network, receipts, refusals, register, sending

SUITE: Final = (
    *ground.CHECKS,
    *network.CHECKS,
    *register.CHECKS,
    *sending.CHECKS,
    *refusals.CHECKS,
    *receipts.CHECKS,
)
"""The checks. 1xx are about keys and trust, 2xx the network, 3xx tokens, 4xx the register, 5xx
packing, 6xx sending, 7xx what must be refused, 8xx receipts."""
