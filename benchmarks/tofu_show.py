"""The tables of the TOFU suite."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

__all__ = ["show"]

_SCORES = {
    "probability": "probability",
    "truth_ratio": "truth ratio",
    "truth_ratio_median": "its median",
    "extraction_strength": "extraction",
}


def show(figures: dict[str, Any]) -> None:
    """Every side's replies to the questions of each split, then what those that score gave."""
    console = Console(width=140)
    replies = Table("replies", "to", "asked", "unguarded right", "ROUGE-L recall", "unchanged")
    scores = Table("scores", "authors", *_SCORES.values(), "quality p", "utility")
    for name, side in figures["sides"].items():
        for split, row in _rows(side).items():
            replies.add_row(name, split, *reply_cells(row))
        for half in ("all", "odd"):
            if "probability" in side[half]:
                cells = (_estimate(side[half][key]) for key in _SCORES)
                p = f"{side[half]['forget_quality']['p']:.1e}"
                kept = _estimate(side.get("utility")) if half == "all" else ""
                scores.add_row(name, half, *cells, p, kept)
    console.print(replies)
    console.print(scores)


def _rows(side: dict[str, Any]) -> dict[str, dict[str, Any]]:
    rows = {
        f"{half}, {asked}": side[half][asked]
        for half in ("all", "odd")
        for asked in ("questions", "paraphrased")
    }
    rest: dict[str, dict[str, Any]] = side["rest"]
    return rows | rest


def reply_cells(row: dict[str, Any]) -> list[str]:
    """One row of replies; without evidence it says so, and its figure stands in brackets."""
    right, same = row["unguarded_right"], row["unchanged"]
    found = _estimate(row["rouge_l"])
    return [
        str(right["of"]),
        f"{right['hits']} {_interval(right)}",
        found if row["evidence"] else f"no evidence ({found})",
        f"{same['hits']} {_interval(same)}",
    ]


def _estimate(found: dict[str, Any] | None) -> str:
    if found is None:
        return "-"
    value = found["mean"] if "mean" in found else found["median"]
    return "-" if value is None else f"{value:.3f} {_interval(found)}"


def _interval(found: dict[str, Any]) -> str:
    low, high = found["interval"]
    return f"[{low:.3f} to {high:.3f}]"
