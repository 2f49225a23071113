"""Figure of the distance to Difi's Java client, ahead or behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "sdp"

from matplotlib import pyplot as plt  # noqa: E402 - the backend is chosen first

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def draw(path: Path, ahead: Mapping[str, float], aims: Mapping[str, float]) -> None:
    """Draw a bar for each line of the table, and a mark where its aim is.

    Args:
        path: the file, SVG.
        ahead: how many times better than Java, for each line; 1 is as good.
        aims: what it should be, for the lines that have an aim.
    """
    names = list(ahead)[::-1]
    figure, axes = plt.subplots(figsize=(7.6, 0.6 + 0.36 * len(names)), layout="constrained")
    bars = axes.barh(names, [ahead[name] - 1 for name in names], left=1, height=0.6)
    axes.bar_label(bars, [f"{ahead[name]:.1f}" for name in names], padding=6)
    rows = [(aims[name], row) for row, name in enumerate(names) if name in aims]
    axes.scatter(
        [aim for aim, _ in rows], [row for _, row in rows], color="black", marker="|", s=200
    )
    axes.axvline(1, color="gray", linewidth=1)
    axes.set_xscale("log")
    axes.set_xlabel("times better than the Java client; marks: aims")
    axes.margins(x=0.15)
    axes.xaxis.set_major_formatter("{x:g}")
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
