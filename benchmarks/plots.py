"""The plots of the documentation, as SVG that is the same for the same figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt

__all__ = ["PLOTS", "draw"]

Figures = Mapping[str, Any]

# Told apart without colour too, by marker; the colours are Okabe and Ito's.
STYLES = {
    "ours": ("#0072B2", "o"),
    "HEMA as published": ("#D55E00", "s"),
    "compact only": ("#009E73", "^"),
    "history, truncated": ("#666666", "x"),
}
SHIFTS = (0.94, 0.98, 1.02, 1.06)
"""The sides stand beside one another where they are equal."""
# Hollow, as lines may lie on one another.
LOOK: dict[str, Any] = {"fillstyle": "none", "markersize": 8}
_SETTINGS: dict[Any, Any] = {
    "svg.hashsalt": "guardrail-memory",  # ids of elements, random otherwise
    "svg.fonttype": "none",  # letters stay letters
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
}


def draw(plot: Callable[[Figures], Any], figures: Figures, path: Path) -> None:
    """Draw one plot into a file."""
    with mpl.rc_context(_SETTINGS):
        figure = plot(figures)
        figure.savefig(path, format="svg", metadata={"Date": None}, facecolor="white")
        plt.close(figure)


def recall_by_distance(figures: Figures) -> Any:
    """Share of questions whose answer stood in the prompt, by how long ago it was last said."""
    length = max(figures["by_length"], key=int)
    figure, axes = plt.subplots(figsize=(7.2, 3.6), layout="constrained")
    for shift, (name, (colour, marker)) in zip(SHIFTS, STYLES.items(), strict=True):
        found = figures["by_length"][length][name]["by_distance"]
        distances = sorted(found, key=int)
        shares = [found[distance]["in_prompt"] for distance in distances]
        ends = [found[distance]["interval"] for distance in distances]
        bars = [abs(end[side] - y) for side in (0, 1) for end, y in zip(ends, shares, strict=True)]
        axes.errorbar(
            [int(distance) * shift for distance in distances],
            shares,
            (bars[: len(shares)], bars[len(shares) :]),
            color=colour,
            marker=marker,
            label=name,
            elinewidth=0.8,
            capsize=2,
        )
    axes.set_xscale("log")
    axes.set_xticks([int(distance) for distance in distances], [f"{int(d):,}" for d in distances])
    axes.minorticks_off()
    axes.set_ylim(-0.02, 1.04)
    axes.set_xlabel("turns since the value was last said")
    axes.set_ylabel("answer in the prompt")
    axes.set_title(f"Recall by distance, {int(length):,} turns (95 % intervals)", fontsize=10)
    figure.legend(loc="outside lower center", ncols=len(STYLES), frameon=False)
    return figure


def cost_by_length(figures: Figures) -> Any:
    """Prompt tokens, and milliseconds that ours takes by stage, by the length of the dialogue."""
    lengths = sorted(figures["by_length"], key=int)
    x = [int(length) for length in lengths]
    figure, (tokens, times) = plt.subplots(1, 2, figsize=(8.4, 3.4), layout="constrained")
    for name, (colour, marker) in STYLES.items():
        y = [figures["by_length"][length][name]["tokens_mean"] for length in lengths]
        tokens.plot(x, y, color=colour, marker=marker, label=name, **LOOK)
    tokens.axhline(figures["budget"], color="black", linestyle=":", linewidth=1)
    tokens.set_ylabel("tokens of the prompt, mean")
    tokens.legend(frameon=False, fontsize=8)
    stages = (("compose", "recall and compose"), ("retrieve", "recall alone"),
              ("embed", "embed the message"), ("store", "store the exchange"))  # fmt: skip
    for (stage, label), marker in zip(stages, "osv^", strict=True):
        y = [figures["by_length"][length]["ours"][f"{stage}_cpu_ms"] for length in lengths]
        times.plot(x, y, marker=marker, label=label)
    times.set_ylim(bottom=0)
    times.set_ylabel("ours, ms of one core, median")
    times.legend(frameon=False, fontsize=8)
    for axes in (tokens, times):
        axes.set_xscale("log")
        axes.set_xticks(x, [f"{length:,}" for length in x])
        axes.minorticks_off()
        axes.set_xlabel("turns of the dialogue")
    return figure


PLOTS: dict[str, tuple[str, Callable[[Figures], Any]]] = {
    "recall-by-distance": ("dialogue-plain", recall_by_distance),
    "cost-by-length": ("dialogue-costs", cost_by_length),
}
"""By the name of the file: the JSON file, and what is drawn of it."""
