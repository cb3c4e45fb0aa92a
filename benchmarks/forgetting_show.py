"""The tables of the RWKU suite."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

__all__ = ["show", "show_rest"]


def show(figures: dict[str, Any], side: str) -> None:
    """What one side gave, by kind of question."""
    console = Console(width=110)
    for book in ("open", "closed"):
        table = Table(
            f"{side}, {book}-book",
            "asked",
            "unguarded right",
            "leak",
            "95 %",
            "ROUGE-L",
            "unchanged",
        )
        rows = figures["sides"][side][book]
        if not rows["forget_by_kind"]:
            continue
        for name, row in rows["forget_by_kind"].items():
            table.add_row(name, *_cells(row))
        for name in ("forget", "neighbours", "neighbours_named"):
            table.add_row(f"all {name}" if name == "forget" else name, *_cells(rows[name]))
        console.print(table)
    benign = figures["sides"][side]["benign_identical"]
    console.print(f"benign replies identical: {benign['hits']} of {benign['of']}")


def show_rest(figures: dict[str, Any]) -> None:
    """Sampling and speed."""
    console = Console(width=110)
    for title, rows in (("at temperature 1", figures["leak_at"]), ("benign", figures["speed"])):
        table = Table(title, *next(iter(rows.values())))
        for name, row in rows.items():
            table.add_row(name, *map(str, row.values()))
        console.print(table)


def _cells(row: dict[str, Any]) -> list[str]:
    right, leak, same = row["unguarded_right"], row["leak"], row["unchanged"]
    low, high = leak["interval"]
    told = (
        [f"{leak['hits']} of {leak['of']}", f"{low:.3f}-{high:.3f}"]
        if row["evidence"]
        else ["no evidence", f"({leak['hits']} of {leak['of']})"]
    )
    return [
        str(right["of"]),
        f"{right['hits']}",
        *told,
        f"{row['rouge_l_before']} -> {row['rouge_l_after']}",
        f"{same['hits']} of {same['of']}",
    ]
