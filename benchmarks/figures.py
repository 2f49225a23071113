"""Figures of docs/, drawn from results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "sdp"

from matplotlib import pyplot as plt  # noqa: E402 - the backend is chosen first

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure


def by_size(
    path: Path, sizes: Sequence[int], series: Mapping[str, Sequence[float]], label: str
) -> None:
    """Draw one line for each series against document size in MiB."""
    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    for name, values in series.items():
        axes.plot(sizes, values, marker="o", label=name)
    axes.set_xscale("log", base=2)
    axes.set_xticks(list(sizes), [str(size) for size in sizes])
    axes.set_ylim(bottom=0)
    axes.set(xlabel="document, MiB", ylabel=label)
    axes.grid(alpha=0.3)
    axes.legend()
    _save(figure, path)


def shares(path: Path, found: Mapping[str, float]) -> None:
    """Draw shares of a whole as bars."""
    figure, axes = plt.subplots(figsize=(6.4, 2.6), layout="constrained")
    names = list(found)[::-1]
    bars = axes.barh(names, [100 * found[name] for name in names])
    axes.bar_label(bars, fmt="%.0f %%", padding=3)
    axes.set(xlabel="share of the time of a 50 KB letter, %")
    axes.margins(x=0.12)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
