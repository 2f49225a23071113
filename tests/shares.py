"""Order of the tests of a run that several processes share."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

import pytest


def begin_with(
    is_long: Callable[[pytest.Item], bool], items: list[pytest.Item], processes: int
) -> list[pytest.Item]:
    """Let the share of each process begin with as many long modules, and end with short ones.

    pytest-xdist gives each process an equal share of the tests in their order, and one that is
    done takes from the end of another's. Short tests come there, and no process waits at last for
    a long one. Modules that lie together stay together, for they share servers and browsers.

    Args:
        is_long: the same answer for all tests of a module, in every process.
        items: in the order of their modules, as pytest collects them.
        processes: among which the tests are shared.
    """
    modules = [list(each) for _, each in groupby(filter(is_long, items), _module)]
    short = [item for item in items if not is_long(item)]
    ordered: list[pytest.Item] = []
    for process in range(processes):
        share = (len(items) - len(ordered)) // (processes - process)
        first, last = (len(modules) * each // processes for each in (process, process + 1))
        long = [item for module in modules[first:last] for item in module]
        rest = max(share - len(long), 0)
        ordered += long + short[:rest]
        del short[:rest]
    return ordered + short


def _module(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]
