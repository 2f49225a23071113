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

    from matplotlib.axes import Axes
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


def growth(
    path: Path, grown: Mapping[str, Any], at_once: Mapping[str, Mapping[str, float]]
) -> None:
    """Draw how cost grows: by document (and memory below it), attachments, and letters at once."""
    figure, ((cost, attachments), (memory, workers)) = plt.subplots(
        2, 2, figsize=(9.6, 6.4), layout="constrained", height_ratios=(3, 2), width_ratios=(3, 2)
    )
    found = grown["document"]
    _cost_by_size(cost, found)
    memory.plot(_sizes(found), [one["peak_mib"] for one in found.values()], marker="o")
    memory.set_ylim(0, 1.3 * max(one["peak_mib"] for one in found.values()))
    memory.set(ylabel="peak memory, MiB", xlabel="document")
    for axes in (cost, memory):
        axes.set_xscale("log")
        axes.set_xticks(_sizes(found), list(found), rotation=60, ha="right", rotation_mode="anchor")
        axes.minorticks_off()
    counts = [int(count) for count in grown["attachments"]]
    attachments.plot(counts, list(grown["attachments"].values()), marker="s", color="C1")
    attachments.set(xlabel="attachments of 1 KB", ylabel="CPU, ms")
    attachments.set_ylim(bottom=0)
    for what, factors in at_once.items():
        workers.plot([1, *map(int, factors)], [1, *factors.values()], marker="o", label=what)
    workers.set(xlabel="at once", ylabel="times one alone")
    workers.set_ylim(bottom=0)
    workers.xaxis.get_major_locator().set_params(integer=True)
    workers.legend(fontsize="small")
    for axes in (cost, attachments, memory, workers):
        axes.grid(alpha=0.3)
    _save(figure, path)


def _cost_by_size(axes: Axes, found: Mapping[str, Mapping[str, Any]]) -> None:
    axes.plot(
        _sizes(found), [one["packed_cpu_ms"] for one in found.values()], marker="o", label="packed"
    )
    whole = [one for one in found.values() if one["message_cpu_ms"] is not None]
    axes.plot(
        [one["size"] for one in whole],
        [one["message_cpu_ms"] for one in whole],
        marker="s",
        label="whole ebMS message",
    )
    axes.set(yscale="log", ylabel="CPU, ms")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.legend()


def _sizes(found: Mapping[str, Mapping[str, Any]]) -> list[int]:
    return [one["size"] for one in found.values()]


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
