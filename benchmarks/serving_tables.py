"""The tables of the documentation about serving."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.dialogue_tables import table

__all__ = ["TABLES"]

Figures = Mapping[str, Any]

_SIDES = {
    "guarded": "ours, guarded",
    "unguarded": "ours, no guard",
    "transformers": "`transformers serve`",
    "transformers, continuous batching": "with continuous batching",
}
_OVER = {
    "unguarded": "no guard",
    "transformers": "`transformers serve`",
    "continuous_batching": "continuous batching",
}


def sides(figures: Figures) -> str:
    """Throughput, first text and memory, by clients and side."""
    tables = {name: figures["tables"][name] for name in _SIDES}
    rows = []
    for clients in tables["guarded"]:
        each = [side[clients] for side in tables.values()]
        speed = (f"{s['tokens_per_second']:.1f}; {s['requests_per_second']:.2f}" for s in each)
        first = (f"{s['first_token_seconds']:.3g}; {s['megabytes']:,.0f}" for s in each)
        rows += [(clients, "tokens / s; requests / s", *speed), ("", "first text, s; MB", *first)]
    return table(("clients", "", *_SIDES.values()), rows)


def ratios(figures: Figures) -> str:
    """Guarded over each other side, medians of the rounds."""
    over = [figures[f"guarded_over_{name}"] for name in _OVER]
    rows = [
        (
            f"{clients} client{'s' if clients != '1' else ''}",
            *(
                "{median:.2f} ({least:.2f} to {most:.2f})".format(**side[clients])
                if clients in side
                else ""
                for side in over
            ),
        )
        for clients in over[0]
    ]
    return table(("guarded over, median of the rounds (least to most)", *_OVER.values()), rows)


TABLES: dict[str, Callable[[Figures], str]] = {"serving": sides, "serving-ratios": ratios}
