"""Number of examples of a property, by the profile of Hypothesis in use."""

from __future__ import annotations

from hypothesis import settings


def examples(times: float) -> int:
    """Give so many times the examples that the profile has; the profiles are in `conftest`."""
    return max(1, round(settings().max_examples * times))
