"""The table of the TOFU suite."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

__all__ = ["show"]

_COLUMNS = {
    "rouge_l": "ROUGE-L",
    "rouge_l_paraphrased": "paraphrased",
    "probability": "probability",
    "truth_ratio_median": "truth ratio",
    "extraction_strength": "extraction",
    "forget_quality": "quality p",
}


def show(figures: dict[str, Any]) -> None:
    """Every side on the authors to be forgotten, and what it leaves of the rest."""
    table = Table("TOFU", "authors", *_COLUMNS.values(), "utility")
    for name, side in figures["sides"].items():
        for half in ("all", "odd"):
            cells = (_cell(side[half].get(column)) for column in _COLUMNS)
            kept = _cell(side.get("utility")) if half == "all" else ""
            table.add_row(name, half, *cells, kept)
    Console(width=120).print(table)


def _cell(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1e}" if 0 < value < 1e-3 else f"{value:.3f}"
