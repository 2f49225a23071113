"""Figures of docs/, drawn from results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


def growth(path: Path, found: Mapping[str, Mapping[str, Any]]) -> None:
    """Draw processor time and peak memory against the size of a document, from 1 KB to 4 GB."""
    figure, (cost, memory) = plt.subplots(
        2, sharex=True, figsize=(6.4, 5.2), layout="constrained", height_ratios=(2, 1)
    )
    sizes = [one["size"] for one in found.values()]
    whole = {one["size"]: one["message_cpu_ms"] for one in found.values() if one["message_cpu_ms"]}
    cost.plot(sizes, [one["packed_cpu_ms"] for one in found.values()], marker="o", label="packed")
    cost.plot(list(whole), list(whole.values()), marker="s", label="whole ebMS message")
    cost.set(yscale="log", ylabel="CPU, ms")
    cost.yaxis.set_major_formatter("{x:g}")
    cost.legend()
    memory.plot(sizes, [one["peak_mib"] for one in found.values()], marker="o")
    memory.set_ylim(0, 1.3 * max(one["peak_mib"] for one in found.values()))
    memory.set(xscale="log", xlabel="document", ylabel="peak memory, MiB")
    memory.set_xticks(sizes, list(found), rotation=60, ha="right", rotation_mode="anchor")
    memory.minorticks_off()
    for axes in (cost, memory):
        axes.grid(alpha=0.3)
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
