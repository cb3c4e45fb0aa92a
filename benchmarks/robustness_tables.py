"""The tables of the documentation about the robustness of detection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.dialogue_tables import short, table

__all__ = ["TABLES"]

Figures = Mapping[str, Any]

_EXEMPLAR, _NAME = "nearest exemplar", "the name stands in the prompt"


def flagged(figures: Figures, *sides: str) -> str:
    """Shares flagged at 5 % and at 1 %, by row, for some sides one after the other."""
    passages, peers = figures["setups"]["passages"], figures["peers"]
    columns = {
        "ours, with passages": passages,
        "interval of the first": None,
        "ours, name alone": figures["setups"]["name"],
        f"{_EXEMPLAR}, with passages": peers[_EXEMPLAR]["passages"],
        _NAME: peers[_NAME],
    }
    rows = []
    for side in sides:
        rows += [
            (
                f"{side}: {row}",
                str(cells[side]["5pct"]["of"]),
                *(
                    _interval(cells[side]) if column is None else _shares(column[row][side])
                    for column in columns.values()
                ),
            )
            for row, cells in passages.items()
            if side in cells
        ]
    return table(("flagged at 5 % / at 1 %", "of", *columns), rows)


def _shares(cell: Figures) -> str:
    return f"{short(cell['5pct']['share'])} / {short(cell['1pct']['share'])}"


def _interval(cell: Figures) -> str:
    low, high = cell["5pct"]["interval"]
    return f"{short(low)} to {short(high)}"


TABLES: Mapping[str, Callable[[Figures], str]] = {
    "robustness-about": lambda figures: flagged(figures, "named", "described"),
    "robustness-near": lambda figures: flagged(figures, "neighbours", "others"),
}
